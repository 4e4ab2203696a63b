import { ActionIcon, Badge, Box, Button, Group, Menu, Modal, Progress, SegmentedControl, SimpleGrid, Text, TextInput, ThemeIcon, Tooltip, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconArrowDown, IconArrowUp, IconBasket, IconCake, IconChartBar, IconCoin, IconGripVertical, IconHeart, IconHistory, IconListDetails, IconMultiplier2x, IconPlus, IconRocket, IconSearch, IconShoppingCartQuestion, IconStairsUp, IconStar, IconTrophy, IconWriting, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { WaitingVersions } from "@/features/approval/Waiting";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { get, inProgram, send } from "@/lib/api";
import { compact, day, number, percent, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { documentOf, draftChangesQuery, partsQuery, type Rule, rulesQuery, versionsQuery } from "./model";
import { Publish } from "./Publish";
import { TEMPLATES, type Template } from "./templates";

interface RuleReport { rows: Record<string, unknown>[] }

/** All rules: what they are, whether they run, what they gave; the order is changed by dragging. */
export default function Rules() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [status, setStatus] = useState("all");
  const [publishing, setPublishing] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const rules = useQuery(rulesQuery(program.code));
  const parts = useQuery(partsQuery(program.code)).data ?? [];
  const versions = useQuery(versionsQuery(program.code));
  const latest = versions.data?.[0];
  const changes = useQuery({ ...draftChangesQuery(program.code, latest?.version ?? 0), enabled: versions.data !== undefined }).data;
  const given = useQuery({ queryKey: [program.code, "reports", "promotions"], queryFn: () => get<RuleReport>(inProgram(program.code, "reports", "promotions"), { limit: 500 }), retry: false }).data;
  const budgets = useQuery({ queryKey: [program.code, "reports", "budgets"], queryFn: () => get<RuleReport>(inProgram(program.code, "reports", "budgets"), { limit: 500 }), retry: false }).data;
  const reorder = useChange(
    async (order: Rule[]) => {
      for (const [place, rule] of order.entries()) {
        const priority = (order.length - place) * 10;
        if ((rule.priority ?? 0) !== priority) await send("PUT", inProgram(program.code, "rules", rule.code), { ...documentOf(rule), priority }, rule.revision ? { "If-Match": `"${rule.revision}"` } : undefined);
      }
    },
    { refresh: [[program.code, "rules"], [program.code, "rulesets"]], done: t("The order is saved in the draft."), toast: true },
  );
  const inOrder = [...(rules.data ?? [])].sort((one, other) => (other.priority ?? 0) - (one.priority ?? 0) || one.code.localeCompare(other.code));
  const shown = inOrder.filter((rule) => (status === "all" || (rule.status ?? "active") === status) && `${rule.name ?? ""} ${rule.code}`.toLowerCase().includes(text.toLowerCase()));
  const groups = [...new Set(shown.map((rule) => rule.group ?? "main"))].sort((one, other) => (one === "main" ? -1 : other === "main" ? 1 : one.localeCompare(other)));
  const place = (to: string, label: string, Glyph: Icon) => <Button variant="default" leftSection={<Glyph size={16} />} renderRoot={(props) => <Link to={to as never} params={{ program: program.code } as never} {...props} />}>{label}</Button>;
  return (
    <Page
      title={t("Rules")}
      about={latest ? t("Version {{version}} is in force since {{day}}. {{changes}}", { version: latest.version, day: day(latest.in_force_from, program.zone), changes: changes?.length ? t("Changes in the draft: {{n}}.", { n: changes.length }) : t("The draft says the same.") }) : t("Nothing is published yet: rules take force when they are.")}
      actions={
        <>
          {place("/$program/rules/try", t("Try a basket"), IconShoppingCartQuestion)}
          {place("/$program/rules/simulate", t("Simulate"), IconChartBar)}
          <Menu position="bottom-end">
            <Menu.Target><Button variant="default">{t("More")}</Button></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconListDetails size={16} />} onClick={() => void navigate({ to: "/$program/rules/parts", params: { program: program.code } })}>{t("Groups, campaigns, collections")}</Menu.Item>
              <Menu.Item leftSection={<IconHistory size={16} />} onClick={() => void navigate({ to: "/$program/rules/versions", params: { program: program.code } })}>{t("Versions")}</Menu.Item>
              <Menu.Item leftSection={<IconAlertTriangle size={16} />} onClick={() => void navigate({ to: "/$program/rules/conflicts", params: { program: program.code } })}>{t("Conflicts")}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button variant="default" leftSection={<IconRocket size={16} />} onClick={() => setPublishing(true)} disabled={!changes?.length}>{changes?.length ? t("Publish ({{n}})", { n: changes.length }) : t("Publish")}</Button>
          <Button leftSection={<IconPlus size={16} />} onClick={() => setChoosing(true)}>{t("New rule")}</Button>
        </>
      }
    >
      <WaitingVersions />
      <Group gap="sm">
        <TextInput flex={1} miw={200} maw={420} leftSection={<IconSearch size={16} />} placeholder={t("Find a rule")} aria-label={t("Find a rule")} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <SegmentedControl aria-label={t("Status")} value={status} onChange={setStatus} data={[{ value: "all", label: t("All") }, { value: "active", label: t("Active") }, { value: "draft", label: t("Drafts") }, { value: "paused", label: t("Paused") }]} />
      </Group>
      <Refusal error={rules.error} retry={() => void rules.refetch()} />
      {rules.data?.length === 0 && <Section><Empty icon={IconListDetails} title={t("No rules yet")} action={<Button onClick={() => setChoosing(true)}>{t("Begin with a template")}</Button>}>{t("A rule says: when this happens, and these conditions hold, do that.")}</Empty></Section>}
      {groups.map((group) => {
        const part = parts.find((one) => one.kind === "group" && one.code === group);
        const members = shown.filter((rule) => (rule.group ?? "main") === group);
        return (
          <Section key={group} pad={false} title={group === "main" ? t("Main") : (part?.name ?? group)} aside={<Text size="xs" c="dimmed">{groupSays(t, group, String(part?.mode ?? "stack"), part?.exclusive === true)}</Text>}>
            <Box component="ul" m={0} p={0} style={{ listStyle: "none" }}>
              {members.map((rule, index) => (
                <RuleRow key={rule.code} rule={rule} given={given} budgets={budgets} first={index === 0} last={index === members.length - 1} campaign={parts.find((one) => one.kind === "campaign" && one.code === rule.campaign)?.name}
                  move={(to) => reorder.mutate(moved(inOrder, members, rule, to))} drop={(code) => { const dragged = members.find((one) => one.code === code); if (dragged && dragged !== rule) reorder.mutate(moved(inOrder, members, dragged, index)); }} place={index} />
              ))}
            </Box>
          </Section>
        );
      })}
      {publishing && <Publish close={() => setPublishing(false)} />}
      {choosing && <Choose close={() => setChoosing(false)} />}
    </Page>
  );
}

function groupSays(t: (key: string) => string, group: string, mode: string, exclusive: boolean): string {
  if (exclusive) return t("When one of these applies, no other group does");
  return group === "main" || mode === "stack" ? t("All that apply add up") : mode === "best" ? t("The best for the member applies") : t("The first that applies counts");
}

/** Return all rules in the order after `rule` was put to place `to` among its group. */
function moved(all: Rule[], group: Rule[], rule: Rule, to: number): Rule[] {
  const ordered = group.filter((one) => one !== rule);
  ordered.splice(to, 0, rule);
  const places = all.flatMap((one, index) => (group.includes(one) ? [index] : []));
  const next = [...all];
  for (const [index, place] of places.entries()) next[place] = ordered[index] as Rule;
  return next;
}

interface RowProps { rule: Rule; given: RuleReport | undefined; budgets: RuleReport | undefined; campaign?: string; first: boolean; last: boolean; place: number; move: (to: number) => void; drop: (code: string) => void }

function RuleRow({ rule, given, budgets, campaign, first, last, place, move, drop }: RowProps) {
  const { t } = useTranslation();
  const program = useProgram();
  const [over, setOver] = useState(false);
  const schedule = rule.schedule;
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    drop(event.dataTransfer.getData("text/rule"));
  };
  return (
    <Box component="li" onDragOver={(event: DragEvent) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={onDrop} style={{ borderTop: over ? "2px solid var(--mantine-primary-color-filled)" : "1px solid var(--regulars-line)" }}>
      <Group wrap="nowrap" gap="sm" px="md" py={11}>
        <Tooltip label={t("Drag to change the order")}><Box draggable onDragStart={(event: DragEvent) => event.dataTransfer.setData("text/rule", rule.code)} c="dimmed" style={{ cursor: "grab", display: "flex" }} visibleFrom="sm" aria-hidden><IconGripVertical size={17} /></Box></Tooltip>
        <Box flex={1} miw={0}>
          <Text size="sm" fw={580} td="none" c="inherit" renderRoot={(props) => <Link to="/$program/rules/edit/$rule" params={{ program: program.code, rule: rule.code }} {...props} />}>{rule.name ?? rule.code}</Text>
          <Group gap={8} mt={2}>
            <Text size="xs" c="dimmed" className="mono">{rule.code}</Text>
            {campaign && <Badge size="sm" color="violet">{campaign}</Badge>}
            {schedule?.from && <Text size="xs" c="dimmed">{t("from {{day}}", { day: day(schedule.from.slice(0, 10)) })}</Text>}
            {schedule?.to && <Text size="xs" c="dimmed">{t("until {{day}}", { day: day(schedule.to.slice(0, 10)) })}</Text>}
            {schedule?.weekdays && <Text size="xs" c="dimmed">{schedule.weekdays.map((one) => t(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][one - 1] ?? "")).join(" ")}</Text>}
            {rule.limits?.map((limit, index) => <Text key={index} size="xs" c="dimmed">{t("at most {{max}} {{measure}} per {{per}}", { max: compact(Number(limit.max)), measure: t(limit.measure), per: t(limit.per) })}</Text>)}
          </Group>
        </Box>
        <BudgetUse rule={rule} budgets={budgets} />
        <Awards rule={rule} given={given} />
        <Status value={rule.status ?? "active"} />
        <Group gap={0} wrap="nowrap" visibleFrom="sm">
          <ActionIcon size={26} disabled={first} aria-label={t("Move {{rule}} up", { rule: rule.name ?? rule.code })} onClick={() => move(place - 1)}><IconArrowUp size={15} /></ActionIcon>
          <ActionIcon size={26} disabled={last} aria-label={t("Move {{rule}} down", { rule: rule.name ?? rule.code })} onClick={() => move(place + 1)}><IconArrowDown size={15} /></ActionIcon>
        </Group>
      </Group>
    </Box>
  );
}

/** How much of the budget of the rule, or of its campaign, is used. */
function BudgetUse({ rule, budgets }: { rule: Rule; budgets: RuleReport | undefined }) {
  const { t } = useTranslation();
  const row = budgets?.rows.find((one) => [rule.code, `rule:${rule.code}`, ...(rule.campaign ? [rule.campaign, `campaign:${rule.campaign}`] : [])].some((code) => String(one.key) === code || String(one.key).startsWith(`${code} `) || String(one.key).startsWith(`${code}/`)));
  if (!row || row.share === null || row.share === undefined) return null;
  const share = Number(row.share);
  return (
    <Box miw={110} visibleFrom="md">
      <Progress value={share * 100} size="sm" color={share > 0.9 ? "orange" : "pine"} aria-label={t("Budget")} />
      <Text size="xs" c="dimmed" ta="right">{t("{{share}} of the budget", { share: percent(share) })}</Text>
    </Box>
  );
}

/** What the rule gave in the time of the report, as far as the report names it. */
function Awards({ rule, given }: { rule: Rule; given: RuleReport | undefined }) {
  const { t } = useTranslation();
  const types = usePointTypes();
  const row = given?.rows.find((one) => one.key === rule.code);
  const effect = rule.then[0];
  const kind = effect && Object.keys(effect)[0];
  const type = types.find((one) => one.code === effect?.award?.point_type)?.name;
  return (
    <Box ta="right" visibleFrom="sm" miw={110}>
      <Text size="sm" fw={550} className="numeric">{row?.issued ? compact(Number(row.issued)) : "–"}</Text>
      <Text size="xs" c="dimmed">{row?.awards ? t("{{n}} times", { n: number(Number(row.awards)) }) : (type ?? t(words(kind ?? "")))}</Text>
    </Box>
  );
}

const ICONS: Record<Template["icon"], Icon> = { double: IconMultiplier2x, cake: IconCake, heart: IconHeart, basket: IconBasket, stairs: IconStairsUp, star: IconStar, first: IconTrophy, coin: IconCoin, review: IconWriting, visits: IconHistory };

function Choose({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const go = (template?: string) => {
    close();
    void navigate({ to: "/$program/rules/new", params: { program: program.code }, search: (template ? { template } : {}) as never });
  };
  return (
    <Modal opened onClose={close} size="xl" title={<Text fw={620} fz="lg">{t("Begin with a template")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} spacing="sm">
        {TEMPLATES.map((template) => {
          const Glyph = ICONS[template.icon];
          return (
            <UnstyledButton key={template.code} className="surface" p="md" onClick={() => go(template.code)}>
              <ThemeIcon variant="light" size={34} radius="md" mb={8} aria-hidden><Glyph size={19} stroke={1.7} /></ThemeIcon>
              <Text size="sm" fw={600}>{t(template.name)}</Text>
              <Text size="xs" c="dimmed">{t(template.about)}</Text>
            </UnstyledButton>
          );
        })}
      </SimpleGrid>
      <Button mt="md" variant="default" fullWidth onClick={() => go()}>{t("Begin with nothing")}</Button>
    </Modal>
  );
}
