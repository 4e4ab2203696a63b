import { Box, NumberInput, Select } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { searching } from "@/components/searching";
import { NumberComparison } from "./ConditionRow";
import { Conditions, type FieldGroup } from "./Conditions";
import { type Condition, type ConditionGroup, type Diagnostic, type Measure, useWords } from "./model";

interface Props {
  condition: Condition;
  onChange: (condition: Condition) => void;
  groups: FieldGroup[];
  place: string;
  diagnostics: Diagnostic[];
}

const AGGREGATES: Record<string, string> = { count: "how often", sum: "the sum of", min: "the smallest", max: "the largest", distinct: "how many different", days_since: "days since the latest" };

/** A number about what the member did before: which event, what of it, over which time. */
export function BehaviourRow({ condition, onChange, place, diagnostics }: Props) {
  const { t } = useTranslation();
  const words = useWords();
  const measure: Measure = condition.measure ?? { event: "Order Completed" };
  const aggregate = measure.aggregate ?? "count";
  const groups = useMemo(() => words.groups.filter((group) => ["order", "event", "context"].includes(group.code)), [words.groups]);
  const fields = groups.flatMap((group) => group.fields).filter((field) => aggregate === "distinct" || field.kind === "money" || field.kind === "number");
  const set = (next: Partial<Measure>) => {
    const merged = { ...measure, ...next };
    const needsField = ["sum", "min", "max", "distinct"].includes(merged.aggregate ?? "count");
    const { field, where, window, ...rest } = merged;
    onChange({
      ...condition,
      measure: { ...rest, ...(needsField ? { field: field ?? "order.amount" } : {}), ...(window && merged.aggregate !== "days_since" ? { window } : {}), ...(where?.rules.length ? { where } : {}) },
    });
  };
  const sets = Object.keys(words.tier_sets);
  return (
    <>
      <Select w={190} size="sm" aria-label={t("What of it")} data={Object.entries(AGGREGATES).map(([value, label]) => ({ value, label: t(label) }))} value={aggregate} onChange={(next) => next && set({ aggregate: next })} />
      {["sum", "min", "max", "distinct"].includes(aggregate) && <Select w={170} size="sm" {...searching} aria-label={t("Of which field")} data={fields.map((field) => ({ value: field.path, label: field.label }))} value={measure.field ?? null} onChange={(field) => field && set({ field })} />}
      <Select w={180} size="sm" {...searching} aria-label={t("Event")} data={[...new Set([...words.events, measure.event])]} value={measure.event} onChange={(event) => event && set({ event })} />
      {aggregate !== "days_since" && <WindowPicker value={measure.window} onChange={(window) => set({ window })} sets={sets} events={words.events} />}
      <NumberComparison condition={condition} onChange={onChange} />
      {measure.where && (
        <Box w="100%" className="clause" ml={6}>
          <Conditions value={measure.where} onChange={(where: ConditionGroup) => set({ where })} groups={groups} place={`${place}.measure.where`} diagnostics={diagnostics} label={t("Which of these events")} />
        </Box>
      )}
    </>
  );
}

function WindowPicker({ value, onChange, sets, events }: { value: unknown; onChange: (window: unknown) => void; sets: string[]; events: string[] }) {
  const { t } = useTranslation();
  const window = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const kind = window.last_days !== undefined ? "last_days" : window.calendar !== undefined ? `calendar ${String(window.calendar)}` : window.tier_period !== undefined ? `tier ${String(window.tier_period)}` : window.since !== undefined ? "since" : "lifetime";
  const data = [
    { value: "last_days", label: t("in the last … days") },
    { value: "lifetime", label: t("ever") },
    ...["day", "week", "month", "quarter", "year"].map((one) => ({ value: `calendar ${one}`, label: t(`this ${one}`) })),
    ...sets.map((set) => ({ value: `tier ${set}`, label: t("this period of {{set}}", { set }) })),
    { value: "since", label: t("since …") },
  ];
  const choose = (next: string | null) => {
    if (next === "last_days") onChange({ last_days: 30 });
    else if (next === "lifetime") onChange("lifetime");
    else if (next === "since") onChange({ since: events[0] ?? "" });
    else if (next?.startsWith("calendar ")) onChange({ calendar: next.slice(9) });
    else if (next?.startsWith("tier ")) onChange({ tier_period: next.slice(5) });
  };
  return (
    <>
      <Select w={170} size="sm" aria-label={t("Over which time")} data={data} value={kind} onChange={choose} />
      {kind === "last_days" && <NumberInput w={80} size="sm" min={1} aria-label={t("Days")} value={Number(window.last_days)} onChange={(days) => onChange({ last_days: Number(days) })} />}
      {kind === "since" && <Select w={170} size="sm" {...searching} aria-label={t("Since which event")} data={events} value={String(window.since)} onChange={(since) => onChange({ since })} />}
    </>
  );
}
