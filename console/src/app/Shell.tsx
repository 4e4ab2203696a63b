import { ActionIcon, AppShell, Avatar, Box, Burger, Group, Kbd, Menu, NavLink, ScrollArea, Select, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconCheck, IconDeviceDesktop, IconLanguage, IconLogout, IconMoon, IconSearch, IconSun, IconUserCircle } from "@tabler/icons-react";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { words } from "@/lib/format";
import { LANGUAGES, type Language, languageChosen, languageOf, speak } from "@/lib/i18n";
import { useOwnPartner, useProgramCode } from "@/lib/program";
import { useSession, useSignOut } from "@/lib/session";
import { store } from "@/lib/stored";
import { isClosed, placesFor } from "./navigation";
import { NotYours } from "./Trouble";

const Palette = lazy(() => import("./Palette"));

/** The frame of every page of a program: navigation, program switcher, search, and who is signed in. */
export default function Shell() {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure();
  const [palette, setPalette] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const program = useProgramCode();
  const session = useSession();
  const partner = useOwnPartner();
  const closed = isClosed(path, program, session.permissions, partner);
  useHotkeys([["mod+K", () => setPalette(true)], ["/", () => setPalette(true)]]);
  useEffect(close, [path, close]);
  useEffect(() => store("program", program), [program]);
  useEffect(() => {
    // English is what an account begins with: it says nothing against the language of the browser.
    const own = languageOf(session.person.locale);
    if (!languageChosen() && own !== "en") void speak(own);
  }, [session.person.locale]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 236, breakpoint: "sm", collapsed: { mobile: !opened } }} padding={{ base: "md", sm: "xl" }}>
      <a className="skip" href="#main">{t("Skip to the content")}</a>
      <AppShell.Header px="md" style={{ background: "var(--regulars-surface)", borderColor: "var(--regulars-line)" }}>
        <Group h="100%" wrap="nowrap" gap="sm">
          <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("Navigation")} />
          <Link to="/$program" params={{ program }} aria-label={t("Home")} style={{ display: "flex" }}>
            <img src="/console/mark.svg" width={28} height={28} alt="" />
          </Link>
          <ProgramSwitcher />
          <Box style={{ flex: 1 }} />
          <UnstyledButton onClick={() => setPalette(true)} visibleFrom="sm" px="sm" h={34} style={{ border: "1px solid var(--regulars-line)", borderRadius: 8 }}>
            <Group gap={8} wrap="nowrap">
              <IconSearch size={15} aria-hidden />
              <Text size="sm" c="dimmed">{t("Search or go to")}</Text>
              <Kbd size="xs">Ctrl K</Kbd>
            </Group>
          </UnstyledButton>
          <ActionIcon hiddenFrom="sm" size="lg" onClick={() => setPalette(true)} aria-label={t("Search or go to")}><IconSearch size={19} /></ActionIcon>
          <ColourSwitch />
          <Person />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" style={{ background: "var(--regulars-surface)", borderColor: "var(--regulars-line)" }} aria-label={t("Navigation")}>
        <ScrollArea type="never">
          {placesFor(session.permissions, partner).map((group) => (
            <Box key={group.label} mb="sm">
              {group.label && <Text size="xs" fw={600} c="dimmed" px="sm" mb={4}>{t(group.label)}</Text>}
              {group.places.map(({ to, label, icon: Glyph }) => {
                const address = to.replace("$program", program);
                const active = to === "/$program" ? path === address || path === `${address}/` : path.startsWith(address);
                return (
                  <NavLink key={to} renderRoot={(props) => <Link to={to} params={{ program }} activeOptions={{ exact: to === "/$program" }} {...props} />} className="nav-link" active={active} aria-current={active ? "page" : undefined} label={t(label)} leftSection={<Glyph size={18} stroke={1.7} aria-hidden />} py={7} />
                );
              })}
            </Box>
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} style={{ outline: "none" }}>
        {closed ? <NotYours /> : <Outlet />}
      </AppShell.Main>
      {palette && (
        <Suspense>
          <Palette close={() => setPalette(false)} />
        </Suspense>
      )}
    </AppShell>
  );
}

/** Stands for making a program among the choices; no program's code has a space. */
const NEW = "+ new";

function ProgramSwitcher() {
  const { t } = useTranslation();
  const { programs, permissions } = useSession();
  const program = useProgramCode();
  const navigate = useNavigate();
  const named = programs.map((one) => ({ value: one.code, label: one.name }));
  const makes = permissions.includes("platform:write");
  const go = (code: string | null) => code && void (code === NEW ? navigate({ to: "/programs/new" }) : navigate({ to: "/$program", params: { program: code } }));
  return (
    <Select
      aria-label={t("Program")}
      data={makes ? [...named, { value: NEW, label: t("New program …") }] : named}
      value={program}
      onChange={go}
      searchable={programs.length > 7}
      variant="unstyled"
      w={{ base: 150, sm: 210 }}
      styles={{ input: { fontWeight: 600 } }}
    />
  );
}

function ColourSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const choices = [["light", t("Light"), IconSun], ["dark", t("Dark"), IconMoon], ["auto", t("As the system"), IconDeviceDesktop]] as const;
  const Glyph = choices.find(([value]) => value === colorScheme)?.[2] ?? IconSun;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t("Colours")}><Glyph size={18} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map(([value, label, Choice]) => (
          <Menu.Item key={value} leftSection={<Choice size={16} />} rightSection={value === colorScheme ? <IconCheck size={14} /> : null} onClick={() => setColorScheme(value)}>{label}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Person() {
  const { t, i18n } = useTranslation();
  const { person, roles } = useSession();
  const program = useProgramCode();
  const signOut = useSignOut();
  const navigate = useNavigate();
  const leave = async () => {
    await signOut();
    await navigate({ to: "/sign-in", search: {} });
  };
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <UnstyledButton aria-label={t("Account of {{name}}", { name: person.name })} style={{ borderRadius: 999 }}>
          <Avatar name={person.name} color="pine" size={32} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Box px="sm" py={6}>
          <Text size="sm" fw={600}>{person.name}</Text>
          <Text size="xs" c="dimmed">{person.email}</Text>
          <Text size="xs" c="dimmed">{[...new Set(roles.map((one) => t(words(one.role))))].join(", ")}</Text>
        </Box>
        <Menu.Divider />
        <Menu.Item leftSection={<IconUserCircle size={16} />} renderRoot={(props) => <Link to="/$program/account" params={{ program }} {...props} />}>{t("My account")}</Menu.Item>
        <Menu.Divider />
        <Menu.Label><Group gap={6}><IconLanguage size={14} aria-hidden />{t("Language")}</Group></Menu.Label>
        {(Object.keys(LANGUAGES) as Language[]).map((language) => (
          <Menu.Item key={language} lang={language} rightSection={i18n.language === language ? <IconCheck size={14} /> : null} onClick={() => void speak(language, true)}>{LANGUAGES[language]}</Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leave()}>{t("Sign out")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
