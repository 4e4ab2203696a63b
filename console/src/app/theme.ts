import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const pine: MantineColorsTuple = [
  "#effaf7", "#d8f2ea", "#aee4d5", "#7dd1bc", "#4fb9a1", "#2f9e87", "#1a8270", "#13695b", "#12544a", "#11453d",
];
// A warm neutral: calmer than blue greys beside pine. 6 and darker pass 4.5:1 on white.
const gray: MantineColorsTuple = [
  "#fafaf8", "#f4f4f1", "#e9e9e4", "#dcdcd6", "#c4c4bd", "#9b9c95", "#6a6c66", "#4c4e49", "#32342f", "#1d1f1b",
];
const dark: MantineColorsTuple = [
  "#d6d8d4", "#b4b7b1", "#9ea29b", "#5d615b", "#40443f", "#323631", "#272a26", "#1e211d", "#171916", "#10120f",
];

export const theme = createTheme({
  primaryColor: "pine",
  primaryShade: { light: 7, dark: 6 },
  colors: { pine, gray, dark },
  respectReducedMotion: true,
  autoContrast: true,
  luminanceThreshold: 0.32,
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: '"Inter Variable", system-ui, -apple-system, "Segoe UI", "Noto Sans SC", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace',
  headings: { fontWeight: "620", sizes: { h1: { fontSize: "1.6rem", lineHeight: "1.25" }, h2: { fontSize: "1.15rem" }, h3: { fontSize: "1rem" } } },
  components: {
    Paper: { defaultProps: { radius: "lg" } },
    Badge: { defaultProps: { variant: "light", radius: "sm", tt: "none", fw: 550 } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, multiline: true, maw: 320 } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    Select: { defaultProps: { allowDeselect: false, comboboxProps: { shadow: "md" } } },
    // The placeholder that takes the focus first is a child that a menu may not have; its first item takes it instead.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: { defaultProps: { centered: true, radius: "lg" } },
    Drawer: { defaultProps: { position: "right", size: "lg" } },
  },
});

/** Text colours that pass WCAG AA where the framework's own do not. */
export const variables: CSSVariablesResolver = (known) => {
  const shades = (shade: number) =>
    Object.fromEntries(
      Object.keys(known.colors).flatMap((name) => [
        [`--mantine-color-${name}-light-color`, `var(--mantine-color-${name}-${shade})`],
        [`--mantine-color-${name}-outline`, `var(--mantine-color-${name}-${shade})`],
      ]),
    );
  return {
    variables: {},
    light: {
      ...shades(9),
      "--mantine-color-orange-light-color": "#8a3200",
      "--mantine-color-yellow-light-color": "#6b4a00",
      "--mantine-color-red-light-color": "#a51d1d",
      "--mantine-color-dimmed": "#62645e",
      "--mantine-color-placeholder": "#6a6c66",
      "--mantine-color-error": "#b3261e",
      "--mantine-color-anchor": "#12544a",
      "--mantine-color-body": "#fafaf8",
      "--regulars-surface": "#ffffff",
      "--regulars-line": "#e6e6e0",
      "--regulars-good": "#12694f",
      "--regulars-bad": "#b3261e",
    },
    dark: {
      ...shades(2),
      "--mantine-color-dimmed": "#a4a89f",
      "--mantine-color-placeholder": "#949890",
      "--mantine-color-error": "#ff9b90",
      "--mantine-color-anchor": "#7dd1bc",
      "--mantine-color-body": "#141613",
      "--regulars-surface": "#1c1f1b",
      "--regulars-line": "#30342f",
      "--regulars-good": "#7dd1bc",
      "--regulars-bad": "#ff9b90",
    },
  };
};
