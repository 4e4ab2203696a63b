import { ActionIcon, Badge, Box, Group, Menu, Progress, Text, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconDots, IconGripVertical } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { type DragEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { useMay } from "@/components/May";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { inProgram, send } from "@/lib/api";
import { compact, day, number, percent, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { documentOf, type Limit, nameOf, type Part, type Rule } from "./model";

export interface RuleReport { point_type?: string | null; rows: Record<string, unknown>[] }

interface RowProps { rule: Rule; groups: Part[]; unpublished?: string; toGroup: (group: string) => void; given: RuleReport[] | undefined; budgets: RuleReport | undefined; campaign?: string; first: boolean; last: boolean; place: number; move: (to: number) => void; drop: (code: string) => void }

/** A rule of the list: what it is called, when it runs, what it used and gave, and what can be done with it. */
export function RuleRow({ rule, groups, unpublished, toGroup, given, budgets, campaign, first, last, place, move, drop }: RowProps) {
  const { t } = useTranslation();
  const program = useProgram();
  const may = useMay("rules:write");
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
        {may && <Tooltip label={t("Drag to change the order")}><Box draggable={may} onDragStart={(event: DragEvent) => event.dataTransfer.setData("text/rule", rule.code)} c="dimmed" style={{ cursor: "grab", display: "flex" }} visibleFrom="sm" aria-hidden><IconGripVertical size={17} /></Box></Tooltip>}
        <Box flex={1} miw={0}>
          <Text size="sm" fw={580} td="none" c="inherit" renderRoot={(props) => <Link to="/$program/rules/edit/$rule" params={{ program: program.code, rule: rule.code }} {...props} />}>{nameOf(rule)}</Text>
          <Group gap={8} mt={2}>
            <Text size="xs" c="dimmed" className="mono">{rule.code}</Text>
            {unpublished && <Badge size="sm" color="blue" variant="outline">{unpublished === "create" ? t("not published yet") : t("changed in the draft")}</Badge>}
            {campaign && <Badge size="sm" color="violet">{campaign}</Badge>}
            {schedule?.from && <Text size="xs" c="dimmed">{t("from {{day}}", { day: day(schedule.from.slice(0, 10)) })}</Text>}
            {schedule?.to && <Text size="xs" c="dimmed">{t("until {{day}}", { day: day(schedule.to.slice(0, 10)) })}</Text>}
            {schedule?.weekdays && <Text size="xs" c="dimmed">{schedule.weekdays.map((one) => t(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][one - 1] ?? "")).join(" ")}</Text>}
            {schedule?.hours?.map(([from, to]) => <Text key={from} size="xs" c="dimmed">{from}–{to}</Text>)}
            {schedule?.rrule && <Text size="xs" c="dimmed">{t("recurring")}</Text>}
            {rule.limits?.map((limit, index) => <Text key={index} size="xs" c="dimmed">{saidLimit(limit, t)}</Text>)}
            <Given rule={rule} given={given} />
          </Group>
        </Box>
        <BudgetUse rule={rule} budgets={budgets} />
        <Awards rule={rule} given={given} />
        <Status value={rule.status ?? "active"} />
        {may && rule.status !== "archived" && <Stepping name={nameOf(rule)} first={first} last={last} place={place} move={move} />}
        <Doing rule={rule} groups={groups} toGroup={toGroup} first={first} last={last} place={place} move={move} />
      </Group>
    </Box>
  );
}

/** Up and down, one place each; the button that was pressed keeps the focus where the rule goes. */
function Stepping({ name, first, last, place, move }: Pick<RowProps, "first" | "last" | "place" | "move"> & { name: string }) {
  const { t } = useTranslation();
  const buttons = useRef<HTMLDivElement>(null);
  const held = useRef(-1);
  useEffect(() => {
    if (held.current < 0) return;
    const [up, down] = buttons.current?.querySelectorAll("button") ?? [];
    const wanted = held.current === 0 ? up : down;
    (wanted?.disabled ? (wanted === up ? down : up) : wanted)?.focus();
    held.current = -1;
  }, [place]);
  const go = (which: number) => {
    held.current = which;
    move(which === 0 ? place - 1 : place + 1);
  };
  return (
    <Group ref={buttons} gap={0} wrap="nowrap" visibleFrom="sm">
      <ActionIcon size={26} disabled={first} aria-label={t("Move {{rule}} up", { rule: name })} onClick={() => go(0)}><IconArrowUp size={15} /></ActionIcon>
      <ActionIcon size={26} disabled={last} aria-label={t("Move {{rule}} down", { rule: name })} onClick={() => go(1)}><IconArrowDown size={15} /></ActionIcon>
    </Group>
  );
}

/** What can be done with a rule; everything but copying takes force with the next version. */
function Doing({ rule, groups, toGroup, first, last, place, move }: Pick<RowProps, "rule" | "groups" | "toGroup" | "first" | "last" | "place" | "move">) {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const may = useMay("rules:write");
  const edit = () => void navigate({ to: "/$program/rules/edit/$rule", params: { program: program.code, rule: rule.code } });
  const path = inProgram(program.code, "rules", rule.code);
  const seen = rule.revision ? { "If-Match": `"${rule.revision}"` } : undefined;
  const refresh = [[program.code, "rules"], [program.code, "rulesets"]];
  const setting = useChange((status: Rule["status"]) => (status === "archived" ? send("DELETE", path, undefined, seen) : send("PUT", path, { ...documentOf(rule), status }, seen)), { refresh, done: t("Saved in the draft; it takes force when it is published."), toast: true });
  const status = rule.status ?? "active";
  const archive = async () => (await confirm({ title: t("Archive this rule?"), body: t("It takes effect with the next version that is published. Nothing that was given is taken back."), yes: t("Archive"), danger: true })) && setting.mutate("archived");
  const others = [{ code: "main", name: t("Main") }, ...groups].filter((one) => one.code !== (rule.group ?? "main"));
  return (
    <Menu position="bottom-end">
      <Menu.Target><ActionIcon size={26} aria-label={t("What can be done with {{name}}", { name: nameOf(rule) })}><IconDots size={16} /></ActionIcon></Menu.Target>
      {!may ? <Menu.Dropdown><Menu.Item onClick={edit}>{t("Read it")}</Menu.Item></Menu.Dropdown> : <Menu.Dropdown>
        <Menu.Item onClick={edit}>{t("Edit")}</Menu.Item>
        <Menu.Item onClick={() => void navigate({ to: "/$program/rules/new", params: { program: program.code }, search: { copy: rule.code } as never })}>{t("Copy to a new rule")}</Menu.Item>
        {status === "active" && <Menu.Item onClick={() => setting.mutate("paused")}>{t("Pause")}</Menu.Item>}
        {(status === "paused" || status === "draft") && <Menu.Item onClick={() => setting.mutate("active")}>{t("Activate")}</Menu.Item>}
        {status === "archived" && <Menu.Item onClick={() => setting.mutate("draft")}>{t("Bring back as a draft")}</Menu.Item>}
        {status !== "archived" && !first && <Menu.Item hiddenFrom="sm" onClick={() => move(place - 1)}>{t("Move up")}</Menu.Item>}
        {status !== "archived" && !last && <Menu.Item hiddenFrom="sm" onClick={() => move(place + 1)}>{t("Move down")}</Menu.Item>}
        {status !== "archived" && others.length > 0 && <Menu.Divider />}
        {status !== "archived" && others.map((one) => <Menu.Item key={one.code} onClick={() => toGroup(one.code)}>{t("To the group {{name}}", { name: one.name ?? one.code })}</Menu.Item>)}
        {status !== "archived" && <><Menu.Divider /><Menu.Item c="var(--mantine-color-error)" onClick={() => void archive()}>{t("Archive")}</Menu.Item></>}
      </Menu.Dropdown>}
    </Menu>
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

const EVERY: Record<string, string> = { order: "per order", day: "a day", week: "a week", month: "a month", quarter: "a quarter", year: "a year" };
const EACH: Record<string, string> = { member: "per member", rule: "for all members together", campaign: "for the whole campaign", member_in_campaign: "per member in the campaign" };

/** A limit in a few words: once per member a month. */
function saidLimit(limit: Limit, t: (key: string, values?: Record<string, unknown>) => string): string {
  const max = compact(Number(limit.max));
  const what = limit.measure === "count" ? (Number(limit.max) === 1 ? t("once") : t("{{n}} times at most", { n: max })) : t("at most {{max}} {{measure}}", { max, measure: t(limit.measure) });
  return [what, t(EACH[limit.per] ?? limit.per), limit.period in EVERY ? t(EVERY[limit.period] ?? "") : ""].filter(Boolean).join(" ");
}

/** What the rule gave of the points that it awards first, and how many that are in points. */
function useGiven(rule: Rule, given: RuleReport[] | undefined) {
  const types = usePointTypes();
  const code = rule.then[0]?.award?.point_type;
  const report = given?.find((one) => one.point_type === code) ?? given?.[0];
  const row = report?.rows.find((one) => one.key === rule.code);
  const scale = types.find((one) => one.code === report?.point_type)?.scale ?? 0;
  return { awards: Number(row?.awards ?? 0), issued: Number(row?.issued ?? 0) / 10 ** scale };
}

/** What the rule gave in the last 30 days, where there is no room for a column of it. */
function Given({ rule, given }: { rule: Rule; given: RuleReport[] | undefined }) {
  const { t } = useTranslation();
  const row = useGiven(rule, given);
  return row.awards ? <Text size="xs" c="dimmed" hiddenFrom="sm">{row.issued ? `${compact(row.issued)} · ` : ""}{t("{{n}} times in 30 days", { n: number(row.awards) })}</Text> : null;
}

/** What the rule gave in the last 30 days. */
function Awards({ rule, given }: { rule: Rule; given: RuleReport[] | undefined }) {
  const { t } = useTranslation();
  const types = usePointTypes();
  const row = useGiven(rule, given);
  const effect = rule.then[0];
  const kind = effect && Object.keys(effect)[0];
  const type = types.find((one) => one.code === effect?.award?.point_type)?.name;
  return (
    <Box ta="right" visibleFrom="sm" miw={110}>
      <Text size="sm" fw={550} className="numeric">{row.issued ? compact(row.issued) : "–"}</Text>
      <Text size="xs" c="dimmed">{row.awards ? t("{{n}} times in 30 days", { n: number(row.awards) }) : (type ?? t(words(kind ?? "")))}</Text>
    </Box>
  );
}
