import { NumberInput, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { searching } from "@/components/searching";
import { FormDrawer } from "@/components/FormDrawer";
import { useDraft } from "@/components/useDraft";
import { codeOf, useWords } from "@/features/rulesets/model";
import { type PointType, usePointTypes } from "@/lib/program";
import { Moves } from "./Moves";
import { isPlanned, type TierSet } from "./model";
import { documentOfSet, usePreview, useSaving } from "./preview";

interface Form { name: string; metric: Record<string, string>; window: string; count: number; grace: number; downgrade: string }

function formOf(set: TierSet | undefined): Form {
  const [kind, value] = (typeof set?.window === "object" && set.window ? Object.entries(set.window)[0] : ["lifetime", ""]) as [string, string | number];
  const named = kind === "calendar" || kind === "anniversary";
  return {
    name: set?.name ?? "", metric: (set?.metric as Record<string, string> | undefined) ?? { of: "points" }, window: named ? `${kind} ${value}` : kind,
    count: typeof value === "number" ? value : 12, grace: set?.grace_days ?? 0, downgrade: String(set?.downgrade ?? "recompute"),
  };
}

/** Return the set as the form says; a new one begins with one tier. */
function setOf(set: TierSet | undefined, form: Form, types: PointType[], bronze: string): TierSet {
  const { window: _window, grace_days: _grace, downgrade: _downgrade, ...rest } = set ? documentOfSet(set) : ({ tiers: [{ code: "bronze", name: bronze, threshold: "0" }] } as unknown as TierSet);
  const [kind = "lifetime", period] = form.window.split(" ");
  const usual = types.find((one) => one.kind === "qualifying")?.code ?? types[0]?.code ?? "";
  return {
    ...rest, name: form.name, code: set?.code ?? codeOf(form.name),
    metric: form.metric.of === "points" ? { ...form.metric, point_type: form.metric.point_type ?? usual } : form.metric,
    ...(kind === "lifetime" ? {} : { window: { [kind]: period ?? form.count } }), ...(form.grace ? { grace_days: form.grace } : {}), ...(form.downgrade === "recompute" ? {} : { downgrade: form.downgrade }),
  } as TierSet;
}

/** What a tier set counts, over which time, and how members fall. */
export function SetForm({ set, close, made }: { set?: TierSet; close: () => void; made: (code: string) => void }) {
  const { t } = useTranslation();
  const types = usePointTypes().filter((one) => !one.archived_at);
  const { events } = useWords();
  const [form, setForm, draft] = useDraft<Form>(`tier set ${set?.code ?? ""} ${set && isPlanned(set) ? set.in_force_from : ""}`, formOf(set));
  const change = (part: Partial<Form>) => setForm({ ...form, ...part });
  const document = setOf(set, form, types, t("Bronze"));
  const { metric } = document as { metric: Record<string, string> };
  const [asked] = useDebouncedValue(set && form.name ? JSON.stringify(document) : "", 400);
  const preview = usePreview(document.code, asked);
  const saving = useSaving(set ?? document, draft, () => { made(document.code); close(); });
  const rolling = form.window === "rolling_months" || form.window === "rolling_days";
  return (
    <FormDrawer title={set ? t("Change {{field}}", { field: set.name || set.code }) : t("New tier set")} opened close={close} submit={() => saving.mutate(document)} saving={saving.isPending} error={saving.error} disabled={!form.name.trim()} draft={draft}>
      <TextInput label={t("Name")} required value={form.name} onChange={(event) => change({ name: event.currentTarget.value })} data-autofocus />
      <Select label={t("What is counted")} data={[{ value: "points", label: t("Points that were earned") }, { value: "spend", label: t("Order amounts") }, { value: "purchases", label: t("Orders") }, { value: "event", label: t("Events of a kind") }]} value={metric.of ?? "points"} onChange={(of) => of && change({ metric: of === "event" ? { of, event: events[0] ?? "" } : { of } })} />
      {metric.of === "points" && <Select label={t("Point type")} data={types.map((one) => ({ value: one.code, label: one.name }))} value={metric.point_type ?? null} onChange={(point_type) => point_type && change({ metric: { ...metric, point_type } })} />}
      {metric.of === "event" && <Select label={t("Event")} {...searching} data={events} value={metric.event ?? null} onChange={(event) => event && change({ metric: { ...metric, event } })} />}
      {metric.of === "event" && <TextInput label={t("Field that is added up")} description={t("Empty: events are counted")} value={metric.field ?? ""} onChange={(event) => { const { field: _, ...rest } = metric; change({ metric: event.currentTarget.value ? { ...rest, field: event.currentTarget.value } : rest }); }} />}
      <Select label={t("Over which time")} data={[{ value: "lifetime", label: t("the whole membership") }, { value: "rolling_months", label: t("the last … months") }, { value: "rolling_days", label: t("the last … days") }, ...["month", "quarter", "year"].map((one) => ({ value: `calendar ${one}`, label: t(`the calendar ${one}`) })), { value: "anniversary year", label: t("the membership year") }]} value={form.window} onChange={(window) => window && change({ window })} />
      {rolling && <NumberInput label={form.window === "rolling_months" ? t("Months") : t("Days")} min={1} value={form.count} onChange={(count) => change({ count: Number(count) })} />}
      <NumberInput label={t("Days of grace before falling")} min={0} value={form.grace} onChange={(grace) => change({ grace: Number(grace) })} />
      <Select label={t("How members fall")} data={[{ value: "recompute", label: t("to where their value carries them") }, { value: "one_step", label: t("one tier at a time") }, { value: "never", label: t("never") }]} value={form.downgrade} onChange={(downgrade) => downgrade && change({ downgrade })} />
      {set && <Moves preview={preview.data} tiers={document.tiers} asking={preview.isFetching} error={preview.error} />}
    </FormDrawer>
  );
}
