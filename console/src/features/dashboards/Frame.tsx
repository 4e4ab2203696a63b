import { ActionIcon, Group, Menu, Text } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconDots, IconFileSpreadsheet, IconFileTypeCsv, IconGripVertical, IconListSearch, IconPhoto, IconTable } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useProgramCode } from "@/lib/program";
import type { Cell } from "./drill";
import { download, savePicture } from "./exporting";
import type { Step } from "./grid";
import { askedBy, reportsQuery, useToday, type Widget } from "./model";
import { WidgetView } from "./WidgetView";

const BehindDrawer = lazy(async () => ({ default: (await import("./Behind")).BehindDrawer }));

interface Props { widget: Widget; height: number; editing: boolean; edit: () => void; step: (step: Step) => void; change: (widget: Widget | null) => void }

/** A widget's frame: its title and what can be done with it: opened, taken along, and while editing moved, also without a mouse. */
export function Frame({ widget, height, editing, edit, step, change }: Props) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const { ref: watched, inViewport } = useInViewport();
  const [wasSeen, setSeen] = useState(false);
  const [cell, setCell] = useState<Cell | null>(null);
  const [asTable, setAsTable] = useState(false);
  if (inViewport && !wasSeen) setSeen(true);
  const name = widget.title || t(widget.report);
  const shown = asTable ? { ...widget, show: "table" as const, rows: 100 } : widget;
  const scrolls = shown.show === "table" || shown.show === "list";
  const takes = editing || widget.show !== "list";
  return (
    <div ref={watched} className="surface" style={{ height: "100%", padding: "12px 16px", display: "flex", flexDirection: "column", overflow: "hidden" }}>
      <Group justify="space-between" wrap="nowrap" gap={4} mb={4}>
        <Group gap={6} wrap="nowrap" miw={0}>
          {editing && <Grip name={name} step={step} />}
          <Text component="h2" size="sm" fw={550} c={widget.show === "figure" ? "dimmed" : undefined} truncate>{name}</Text>
        </Group>
        {takes && <Menu position="bottom-end">
          <Menu.Target><ActionIcon size={26} aria-label={t("What can be done with {{name}}", { name })}><IconDots size={16} /></ActionIcon></Menu.Target>
          <Menu.Dropdown>
            {editing ? <Moving edit={edit} step={step} remove={() => change(null)} /> : <Taking widget={widget} name={name} place={place} asTable={asTable} toggle={() => setAsTable(!asTable)} open={() => setCell({ key: null, label: "" })} />}
          </Menu.Dropdown>
        </Menu>}
      </Group>
      <div ref={place} style={{ flex: 1, minHeight: 0, overflow: scrolls ? "auto" : "hidden" }}><WidgetView widget={shown} height={height} seen={wasSeen} open={editing ? undefined : setCell} /></div>
      {cell && <Suspense><BehindDrawer widget={widget} cell={cell} close={() => setCell(null)} /></Suspense>}
    </div>
  );
}

const STEPS: Record<string, Step> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const SIZES: Record<string, Step> = { ArrowLeft: "narrower", ArrowRight: "wider", ArrowUp: "shorter", ArrowDown: "taller" };

/** What a widget is held by: the mouse drags it, arrows move it, and with Shift they make it larger and smaller. */
function Grip({ name, step }: { name: string; step: (step: Step) => void }) {
  const { t } = useTranslation();
  const grip = useRef<HTMLButtonElement>(null);
  const keys = (event: KeyboardEvent) => {
    const found = (event.shiftKey ? SIZES : STEPS)[event.key];
    if (!found) return;
    event.preventDefault();
    step(found);
    // Where widgets stand below each other the page puts it elsewhere: it stays the one that is held.
    requestAnimationFrame(() => grip.current?.focus());
  };
  return <ActionIcon ref={grip} className="grip" size={24} style={{ cursor: "grab" }} aria-label={t("Move {{name}}: arrow keys; with Shift its size", { name })} onKeyDown={keys}><IconGripVertical size={16} /></ActionIcon>;
}

/** Where a widget stands, step by step. */
function Moving({ edit, step, remove }: Pick<Props, "edit" | "step"> & { remove: () => void }) {
  const { t } = useTranslation();
  const words: Record<Step, string> = { left: t("To the left"), right: t("To the right"), up: t("Move up"), down: t("Move down"), wider: t("Wider"), narrower: t("Narrower"), taller: t("Taller"), shorter: t("Shorter") };
  return (
    <>
      <Menu.Item onClick={edit}>{t("Edit")}</Menu.Item>
      <Menu.Divider />
      {(Object.keys(words) as Step[]).map((one) => <Menu.Item key={one} closeMenuOnClick={false} onClick={() => step(one)}>{words[one]}</Menu.Item>)}
      <Menu.Divider />
      <Menu.Item c="var(--mantine-color-error)" onClick={remove}>{t("Remove")}</Menu.Item>
    </>
  );
}

interface TakingProps { widget: Widget; name: string; place: React.RefObject<HTMLDivElement | null>; asTable: boolean; toggle: () => void; open: () => void }

/** What is behind a widget, and how it is taken along. */
function Taking({ widget, name, place, asTable, toggle, open }: TakingProps) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const drill = useQuery(reportsQuery(program)).data?.find((one) => one.report === widget.report)?.drill_down;
  const query = askedBy(widget, useToday());
  const picture = async () => {
    if (!(await savePicture(place.current, name))) notifications.show({ message: t("There is no picture to save here."), color: "yellow", closeButtonProps: { "aria-label": t("Close") } });
  };
  const saved = (format: "csv" | "xlsx") => ({ component: "a" as const, href: query && download(program, widget.report, query, format), download: true });
  return (
    <>
      {drill && <Menu.Item leftSection={<IconListSearch size={16} />} onClick={open}>{t("The rows behind it")}</Menu.Item>}
      {!["table", "figure", "live"].includes(widget.show) && <Menu.Item leftSection={<IconTable size={16} />} onClick={toggle}>{asTable ? t("As a picture") : t("As a table")}</Menu.Item>}
      <Menu.Item leftSection={<IconFileTypeCsv size={16} />} {...saved("csv")}>CSV</Menu.Item>
      <Menu.Item leftSection={<IconFileSpreadsheet size={16} />} {...saved("xlsx")}>XLSX</Menu.Item>
      {!["table", "figure"].includes(widget.show) && !asTable && <Menu.Item leftSection={<IconPhoto size={16} />} onClick={() => void picture()}>PNG</Menu.Item>}
    </>
  );
}
