import { NumberInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { useMay } from "@/components/May";
import { useDraft } from "@/components/useDraft";
import { codeOf } from "@/features/rulesets/model";
import { usePointTypes } from "@/lib/program";
import { Moves } from "./Moves";
import { isPlanned, type Tier, type TierSet } from "./model";
import { documentOfSet, usePreview, useSaving } from "./preview";

interface Form { name: string; description: string; threshold: number | ""; award: number | ""; type: string; invited: boolean; active: boolean }

/** Return the tiers of a set with one of them as the form says, from the lowest to the highest. */
function withTier(set: TierSet, tier: Tier | null, form: Form, type: string): Tier[] {
  const { threshold: _t, award: _a, invitation_only: _i, status: _x, description: _d, ...rest } = tier ?? ({} as Tier);
  const made = {
    ...rest, code: tier?.code ?? codeOf(form.name), name: form.name,
    ...(form.description ? { description: form.description } : {}),
    ...(form.invited ? { invitation_only: true } : { threshold: String(form.threshold === "" ? 0 : form.threshold) }),
    ...(form.award ? { award: { point_type: form.type || type, points: String(form.award) } } : {}),
    ...(form.active ? {} : { status: "inactive" as const }),
  } as Tier;
  const others = set.tiers.filter((one) => one !== tier);
  return [...others, made].sort((one, other) => Number(one.invitation_only ?? 0) - Number(other.invitation_only ?? 0) || Number(one.threshold ?? 0) - Number(other.threshold ?? 0));
}

/** A tier, new or as it is; says who would move before it is saved. */
export function TierForm({ set, tier, close }: { set: TierSet; tier: Tier | null; close: () => void }) {
  const { t } = useTranslation();
  const types = usePointTypes().filter((one) => one.kind !== "qualifying" && !one.archived_at);
  const [form, setForm, draft] = useDraft<Form>(`tier ${set.code} ${tier?.code ?? ""} ${isPlanned(set) ? set.in_force_from : ""}`, {
    name: tier?.name ?? "", description: tier?.description ?? "", threshold: tier ? Number(tier.threshold ?? 0) : "", award: tier?.award ? Number(tier.award.points) : "",
    type: tier?.award?.point_type ?? "", invited: tier?.invitation_only === true, active: tier?.status !== "inactive",
  });
  const change = (part: Partial<Form>) => setForm({ ...form, ...part });
  const usual = types[0]?.code ?? "points";
  const document = { ...documentOfSet(set), tiers: withTier(set, tier, form, usual) };
  const ready = form.name.trim() !== "" && (form.invited || form.threshold !== "");
  const may = useMay("programs:write");
  const [asked] = useDebouncedValue(ready && may ? JSON.stringify(document) : "", 400);
  const preview = usePreview(set.code, asked);
  const saving = useSaving(set, draft, close);
  return (
    <FormDrawer needs="programs:write" title={tier ? t("Edit {{name}}", { name: tier.name || tier.code }) : t("New tier")} opened close={close} submit={() => saving.mutate(document)} saving={saving.isPending} error={saving.error} disabled={!ready} draft={draft}>
      <TextInput label={t("Name")} required value={form.name} onChange={(event) => change({ name: event.currentTarget.value })} data-autofocus />
      <Textarea label={t("Description")} autosize value={form.description} onChange={(event) => change({ description: event.currentTarget.value })} />
      <Switch label={t("Only by invitation")} checked={form.invited} onChange={(event) => change({ invited: event.currentTarget.checked })} />
      {!form.invited && <NumberInput label={set.metric.of === "points" ? t("Net points required") : t("Required")} required min={0} thousandSeparator=" " value={form.threshold} onChange={(next) => change({ threshold: next === "" ? "" : Number(next) })} />}
      <NumberInput label={t("Points awarded on entry")} min={0} thousandSeparator=" " value={form.award} onChange={(next) => change({ award: next === "" ? "" : Number(next) })} />
      {form.award !== "" && types.length > 1 && <Select label={t("In which points")} data={types.map((one) => ({ value: one.code, label: one.name }))} value={form.type || usual} onChange={(type) => type && change({ type })} />}
      <Switch label={t("Active")} checked={form.active} onChange={(event) => change({ active: event.currentTarget.checked })} />
      {may && <Moves preview={preview.data} tiers={document.tiers} asking={preview.isFetching} error={preview.error} />}
    </FormDrawer>
  );
}
