import { ActionIcon, Anchor, Badge, Button, Group, Menu, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { IconCalendarTime, IconDots, IconPlus, IconStairsUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { type Column, DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { LazyChart } from "@/components/LazyChart";
import { May, ReadOnly } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { get, inProgram, type PageOf, send } from "@/lib/api";
import { day, number, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { BehindDrawer } from "@/features/dashboards/Behind";
import { type Report, widget } from "@/features/dashboards/model";
import { Ending } from "./Ending";
import { plannedQuery, type Tier, type TierSet, tierSetsQuery } from "./model";
import { Plan, PlanForm } from "./Plan";
import { documentOfSet } from "./preview";
import { SendLink } from "./SendLink";
import { SetForm } from "./SetForm";
import { TierForm } from "./TierForm";

/** Tier sets: the ladder as a grid, how many members stand where, and who would move before anything changes. */
export default function Tiers() {
  const { t } = useTranslation();
  const program = useProgram();
  const sets = useQuery(tierSetsQuery(program.code));
  const { permissions } = useSession();
  const linked = useSearch({ strict: false }) as { set?: string; tier?: string };
  const [chosen, setChosen] = useState<string | null>(linked.set ?? null);
  const [making, setMaking] = useState(false);
  const set = sets.data?.find((one) => one.code === chosen) ?? sets.data?.[0];
  return (
    <Page title={t("Tiers")} about={t("How members rise and fall. A member stands in every tier set by itself.")} actions={permissions.includes("programs:write") && <Button variant={set ? "default" : "filled"} leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>{t("New tier set")}</Button>}>
      <ReadOnly needs="programs:write" />
      <Refusal error={sets.error} retry={() => void sets.refetch()} />
      {sets.data?.length === 0 && <Section><Empty icon={IconStairsUp} title={t("No tiers yet")} action={<May needs="programs:write"><Button onClick={() => setMaking(true)}>{t("New tier set")}</Button></May>}>{t("A tier set counts points, spend, orders or any event over a time, and says from how many on a tier is reached.")}</Empty></Section>}
      {(sets.data?.length ?? 0) > 1 && <SegmentedControl aria-label={t("Tier set")} value={set?.code ?? ""} onChange={setChosen} data={(sets.data ?? []).map((one) => ({ value: one.code, label: one.name || one.code }))} style={{ alignSelf: "flex-start" }} />}
      {!sets.data && !sets.error && <Skeleton h={260} radius="lg" />}
      {set && <Ladder key={set.code} set={set} linked={linked.set === set.code ? linked.tier : undefined} />}
      {making && <SetForm close={() => setMaking(false)} made={setChosen} />}
    </Page>
  );
}

function Ladder({ set, linked }: { set: TierSet; linked?: string }) {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const confirm = useConfirm();
  const { permissions } = useSession();
  const writes = permissions.includes("programs:write");
  const path = inProgram(program.code, "tier-sets", set.code);
  const [editing, setEditing] = useState<Tier | "new" | null>(() => set.tiers.find((tier) => tier.code === linked) ?? null);
  const [sending, setSending] = useState<Tier | null>(null);
  const [ending, setEnding] = useState<{ tiers: Tier[]; title: string; yes: string } | null>(null);
  const [behind, setBehind] = useState<Tier | null>(null);
  const [changingSet, setChangingSet] = useState(false);
  const [planning, setPlanning] = useState(false);
  const planned = useQuery(plannedQuery(program.code));
  const plan = planned.data?.find((one) => one.code === set.code);
  const versions = useQuery({ queryKey: [program.code, "tier-sets", set.code, "versions"], queryFn: async () => (await get<PageOf<TierSet>>(`${path}/versions`)).data });
  const standing = useQuery({ queryKey: [program.code, "reports", "tiers", set.code], enabled: permissions.includes("reports:read"), queryFn: () => get<Report>(inProgram(program.code, "reports", "tiers"), { by: "tier", limit: 1_000 }), staleTime: 30_000, retry: false });
  const refresh = [[program.code, "tier-sets"], [program.code, "rule-fields"]];
  const put = useChange((tiers: Tier[]) => send("PUT", path, { ...documentOfSet(set), tiers }, { "If-Match": `"${set.version}"` }), { refresh, done: t("Saved, and in force."), toast: true, then: () => setEnding(null) });
  const off = useChange(() => send("DELETE", path), { refresh, done: t("Nobody rises or falls in it any more."), toast: true });
  const on = useChange(() => send("PUT", path, { ...documentOfSet(set), status: "active" }), { refresh, done: t("It is active again."), toast: true });
  const created = (code: string) => versions.data?.filter((version) => version.tiers.some((tier) => tier.code === code)).at(-1)?.in_force_from;
  const members = (code: string) => standing.data && Number(standing.data.rows.find((row) => row.key === `${set.code}:${code}`)?.members ?? 0);
  const standingIn = set.tiers.reduce((sum, tier) => sum + (members(tier.code) ?? 0), 0);
  const remove = (tier: Tier) => setEnding({ tiers: set.tiers.filter((one) => one !== tier), title: t("Delete {{tier}}?", { tier: tier.name || tier.code }), yes: t("Delete") });
  const toggle = (tier: Tier) => {
    const tiers = set.tiers.map((one) => (one === tier ? { ...one, status: tier.status === "inactive" ? ("active" as const) : ("inactive" as const) } : one));
    if (tier.status === "inactive") put.mutate(tiers);
    else setEnding({ tiers, title: t("Deactivate {{tier}}?", { tier: tier.name || tier.code }), yes: t("Deactivate") });
  };
  const measured = set.metric.of === "points" ? (types.find((one) => one.code === set.metric.point_type)?.name ?? set.metric.point_type ?? "") : t(words(set.metric.of));
  const active = set.status !== "inactive";
  const chart = useMemo(() => {
    const shown = set.tiers;
    return { tooltip: { trigger: "item", valueFormatter: (value: unknown) => number(Number(value)) }, grid: { left: 8, right: 40, top: 6, bottom: 4, containLabel: true }, xAxis: { type: "value", axisLabel: { show: false }, splitLine: { show: false } }, yAxis: { type: "category", data: shown.map((one) => one.name || one.code) }, series: [{ type: "bar", data: shown.map((one) => members(one.code) ?? 0), barMaxWidth: 26, itemStyle: { borderRadius: [0, 5, 5, 0] }, label: { show: true, position: "right", formatter: (point: { value: number }) => number(point.value) } }] };
  }, [standing.data, set]); // eslint-disable-line
  return (
    <Stack gap="lg">
      <Section pad={false} title={<Group gap="xs">{set.name || set.code}<Status value={active ? "active" : "inactive"} /></Group>}
        aside={<Group gap="xs"><Text size="sm" c="dimmed">{t("counts {{what}} over {{window}}", { what: measured, window: windowSays(t, set.window) })}</Text>{writes && <><Button size="xs" variant="default" onClick={() => setChangingSet(true)}>{t("Change")}</Button>{planned.data && !plan && <Button size="xs" variant="default" leftSection={<IconCalendarTime size={14} />} onClick={() => setPlanning(true)}>{t("Plan a change")}</Button>}{active ? <Button size="xs" variant="default" onClick={async () => (await confirm({ title: t("Deactivate this tier set?"), body: t("Nobody rises or falls in it any more; it can be activated again."), yes: t("Deactivate"), danger: true })) && off.mutate(undefined)}>{t("Deactivate")}</Button> : <Button size="xs" onClick={() => on.mutate(undefined)}>{t("Activate")}</Button>}<Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setEditing("new")}>{t("New tier")}</Button></>}</Group>}>
        <DataTable
          label={t("Tiers")}
          columns={[
            { id: "name", header: t("Name"), cell: (tier) => <Group gap={6}><Text size="sm" fw={600}>{tier.name || tier.code}</Text><Text size="xs" c="dimmed" className="mono">{tier.code}</Text></Group> },
            { id: "description", header: t("Description"), cell: (tier) => <Text size="sm" c="dimmed">{tier.description ?? ""}</Text> },
            { id: "threshold", header: t("{{what}} required", { what: measured }), end: true, value: (tier) => Number(tier.threshold ?? 0), cell: (tier) => (tier.invitation_only ? <Badge color="violet">{t("by invitation")}</Badge> : number(Number(tier.threshold))) },
            { id: "award", header: t("Points awarded"), end: true, value: (tier) => Number(tier.award?.points ?? 0), cell: (tier) => (tier.award ? number(Number(tier.award.points)) : "–") },
            ...(standing.data ? [{ id: "members", header: t("Members"), end: true, cell: (tier: Tier) => { const count = members(tier.code); return count === undefined ? "" : count === 0 ? "0" : <Anchor component="button" type="button" size="sm" onClick={() => setBehind(tier)} aria-label={t("{{n}} members of {{tier}}", { n: number(count), tier: tier.name || tier.code })}>{number(count)}</Anchor>; } } satisfies Column<Tier>] : []),
            { id: "status", header: t("Status"), cell: (tier) => <Status value={tier.status ?? "active"} /> },
            { id: "created", header: t("Created on"), value: (tier) => created(tier.code) ?? "", cell: (tier) => { const at = created(tier.code); return at ? day(at, program.zone) : ""; } },
            {
              id: "do", header: "", end: true,
              cell: (tier) => (
                <Menu position="bottom-end">
                  <Menu.Target><ActionIcon aria-label={t("What can be done with {{name}}", { name: tier.name || tier.code })}><IconDots size={16} /></ActionIcon></Menu.Target>
                  <Menu.Dropdown>{writes && <><Menu.Item onClick={() => setEditing(tier)}>{t("Edit")}</Menu.Item><Menu.Item onClick={() => toggle(tier)}>{tier.status === "inactive" ? t("Activate") : t("Deactivate")}</Menu.Item></>}<Menu.Item onClick={() => setSending(tier)}>{t("Send link")}</Menu.Item>{writes && <><Menu.Divider /><Menu.Item c="var(--mantine-color-error)" onClick={() => remove(tier)}>{t("Delete")}</Menu.Item></>}</Menu.Dropdown>
                </Menu>
              ),
            },
          ]}
          rows={set.tiers}
          rowKey={(tier) => tier.code}
          open={setEditing}
        />
      </Section>
      {plan && <Plan set={set} plan={plan} writes={writes} />}
      {standing.data && <Section title={t("Where members stand")} aside={<Text size="sm" c="dimmed">{t("{{n}} members", { n: number(standingIn) })}</Text>}><LazyChart label={t("Members by tier")} option={chart} height={60 + set.tiers.length * 36} onPick={(_name, index) => setBehind(set.tiers[index] ?? null)} /></Section>}
      {editing && <TierForm set={set} tier={editing === "new" ? null : editing} close={() => setEditing(null)} />}
      {sending && <SendLink set={set} tier={sending} close={() => setSending(null)} />}
      {ending && <Ending set={set} {...ending} saving={put.isPending} done={() => put.mutate(ending.tiers)} close={() => setEnding(null)} />}
      {behind && <BehindDrawer widget={tierWidget(behind.name || behind.code)} cell={{ key: `${set.code}:${behind.code}`, label: "" }} close={() => setBehind(null)} />}
      {planning && <PlanForm set={set} close={() => setPlanning(false)} />}
      {changingSet && <SetForm set={set} close={() => setChangingSet(false)} made={() => undefined} />}
    </Stack>
  );
}

const tierWidget = (title: string) => widget("tier", { title, report: "tiers", by: "tier", field: "members" });

function windowSays(t: (key: string, values?: Record<string, unknown>) => string, window: unknown): string {
  if (typeof window !== "object" || window === null) return t("the whole membership");
  const [kind, value] = Object.entries(window)[0] ?? [];
  if (kind === "rolling_months") return t("the last {{n}} months", { n: Number(value) });
  if (kind === "rolling_days") return t("the last {{n}} days", { n: Number(value) });
  if (kind === "calendar") return t(`the calendar ${String(value)}`);
  return t(`the membership ${String(value)}`);
}
