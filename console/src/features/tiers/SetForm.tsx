import { NumberInput, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { searching } from "@/components/searching";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { codeOf, useWords } from "@/features/rulesets/model";
import { inProgram, send } from "@/lib/api";
import { usePointTypes, useProgramCode } from "@/lib/program";
import { Moves } from "./Moves";
import type { TierSet } from "./model";
import { documentOfSet, usePreview } from "./preview";

/** What a tier set counts, over which time, and how members fall. */
export function SetForm({ set, close, made }: { set?: TierSet; close: () => void; made: (code: string) => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const types = usePointTypes().filter((one) => !one.archived_at);
  const { events } = useWords();
  const [name, setName] = useState(set?.name ?? "");
  const [metric, setMetric] = useState<Record<string, string>>((set?.metric as Record<string, string> | undefined) ?? { of: "points", point_type: types.find((one) => one.kind === "qualifying")?.code ?? types[0]?.code ?? "" });
  const first = (typeof set?.window === "object" && set.window ? Object.entries(set.window)[0] : ["lifetime", ""]) as [string, string | number];
  const [window, setWindow] = useState(`${first[0]}${first[0] === "calendar" || first[0] === "anniversary" ? ` ${first[1]}` : ""}`);
  const [count, setCount] = useState<number>(typeof first[1] === "number" ? first[1] : 12);
  const [grace, setGrace] = useState<number>(set?.grace_days ?? 0);
  const [downgrade, setDowngrade] = useState(String(set?.downgrade ?? "recompute"));
  const [kind = "lifetime", period] = window.split(" ");
  const { window: _window, grace_days: _grace, downgrade: _downgrade, ...rest } = set ? documentOfSet(set) : ({ tiers: [{ code: "bronze", name: t("Bronze"), threshold: "0" }] } as unknown as TierSet);
  const document = { ...rest, name, metric, ...(kind === "lifetime" ? {} : { window: { [kind]: period ?? count } }), ...(grace ? { grace_days: grace } : {}), ...(downgrade === "recompute" ? {} : { downgrade }) };
  const code = set?.code ?? codeOf(name);
  const [asked] = useDebouncedValue(set && name ? JSON.stringify(document) : "", 400);
  const preview = usePreview(code, asked);
  const saving = useChange(() => send("PUT", inProgram(program, "tier-sets", code), { ...document, code }, set ? { "If-Match": `"${set.version}"` } : undefined), { refresh: [[program, "tier-sets"], [program, "rule-fields"]], done: t("Saved, and in force."), then: () => { made(code); close(); } });
  const rolling = kind === "rolling_months" || kind === "rolling_days";
  return (
    <FormDrawer title={set ? t("Change {{field}}", { field: set.name || set.code }) : t("New tier set")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} disabled={!name.trim()}>
      <TextInput label={t("Name")} required value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <Select label={t("What is counted")} data={[{ value: "points", label: t("Points that were earned") }, { value: "spend", label: t("Order amounts") }, { value: "purchases", label: t("Orders") }, { value: "event", label: t("Events of a kind") }]} value={metric.of ?? "points"} onChange={(of) => of && setMetric(of === "points" ? { of, point_type: types[0]?.code ?? "" } : of === "event" ? { of, event: events[0] ?? "" } : { of })} />
      {metric.of === "points" && <Select label={t("Point type")} data={types.map((one) => ({ value: one.code, label: one.name }))} value={metric.point_type ?? null} onChange={(point_type) => point_type && setMetric({ ...metric, point_type })} />}
      {metric.of === "event" && <Select label={t("Event")} {...searching} data={events} value={metric.event ?? null} onChange={(event) => event && setMetric({ ...metric, event })} />}
      <Select label={t("Over which time")} data={[{ value: "lifetime", label: t("the whole membership") }, { value: "rolling_months", label: t("the last … months") }, { value: "rolling_days", label: t("the last … days") }, ...["month", "quarter", "year"].map((one) => ({ value: `calendar ${one}`, label: t(`the calendar ${one}`) })), { value: "anniversary year", label: t("the membership year") }]} value={window} onChange={(next) => next && setWindow(next)} />
      {rolling && <NumberInput label={kind === "rolling_months" ? t("Months") : t("Days")} min={1} value={count} onChange={(next) => setCount(Number(next))} />}
      <NumberInput label={t("Days of grace before falling")} min={0} value={grace} onChange={(next) => setGrace(Number(next))} />
      <Select label={t("How members fall")} data={[{ value: "recompute", label: t("to where their value carries them") }, { value: "one_step", label: t("one tier at a time") }, { value: "never", label: t("never") }]} value={downgrade} onChange={(next) => next && setDowngrade(next)} />
      {set && <Moves preview={preview.data} asking={preview.isFetching} error={preview.error} />}
    </FormDrawer>
  );
}
