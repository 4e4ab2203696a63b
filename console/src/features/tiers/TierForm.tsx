import { NumberInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { codeOf } from "@/features/rulesets/model";
import { inProgram, send } from "@/lib/api";
import { usePointTypes, useProgramCode } from "@/lib/program";
import { Moves } from "./Moves";
import type { Tier, TierSet } from "./model";
import { documentOfSet, usePreview } from "./preview";

/** A tier, new or as it is; says who would move before it is saved. */
export function TierForm({ set, tier, close }: { set: TierSet; tier: Tier | null; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const types = usePointTypes().filter((one) => one.kind !== "qualifying" && !one.archived_at);
  const [name, setName] = useState(tier?.name ?? "");
  const [description, setDescription] = useState(tier?.description ?? "");
  const [threshold, setThreshold] = useState<number | "">(tier ? Number(tier.threshold ?? 0) : "");
  const [award, setAward] = useState<number | "">(tier?.award ? Number(tier.award.points) : "");
  const [type, setType] = useState<string | null>(tier?.award?.point_type ?? types[0]?.code ?? null);
  const [invited, setInvited] = useState(tier?.invitation_only === true);
  const [active, setActive] = useState(tier?.status !== "inactive");
  const { threshold: _t, award: _a, invitation_only: _i, status: _x, description: _d, ...rest } = tier ?? ({} as Tier);
  const made = {
    ...rest, code: tier?.code ?? codeOf(name), name,
    ...(description ? { description } : {}), ...(invited ? { invitation_only: true } : { threshold: String(threshold === "" ? 0 : threshold) }),
    ...(award ? { award: { point_type: type ?? types[0]?.code ?? "points", points: String(award) } } : {}), ...(active ? {} : { status: "inactive" as const }),
  } as Tier;
  const others = set.tiers.filter((one) => one !== tier);
  const tiers = [...others, made].sort((one, other) => Number(one.invitation_only ?? 0) - Number(other.invitation_only ?? 0) || Number(one.threshold ?? 0) - Number(other.threshold ?? 0));
  const document = { ...documentOfSet(set), tiers };
  const ready = name.trim() !== "" && (invited || threshold !== "");
  const [asked] = useDebouncedValue(ready ? JSON.stringify(document) : "", 400);
  const preview = usePreview(set.code, asked);
  const saving = useChange(() => send("PUT", inProgram(program, "tier-sets", set.code), document, { "If-Match": `"${set.version}"` }), { refresh: [[program, "tier-sets"], [program, "rule-fields"]], done: t("Saved, and in force."), then: close });
  return (
    <FormDrawer title={tier ? t("Edit {{name}}", { name: tier.name || tier.code }) : t("New tier")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} disabled={!ready}>
      <TextInput label={t("Name")} required value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <Textarea label={t("Description")} autosize value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
      <Switch label={t("Only by invitation")} checked={invited} onChange={(event) => setInvited(event.currentTarget.checked)} />
      {!invited && <NumberInput label={set.metric.of === "points" ? t("Net points required") : t("Required")} required min={0} thousandSeparator=" " value={threshold} onChange={(next) => setThreshold(next === "" ? "" : Number(next))} />}
      <NumberInput label={t("Points awarded on entry")} min={0} thousandSeparator=" " value={award} onChange={(next) => setAward(next === "" ? "" : Number(next))} />
      {award !== "" && types.length > 1 && <Select label={t("In which points")} data={types.map((one) => ({ value: one.code, label: one.name }))} value={type} onChange={setType} />}
      <Switch label={t("Active")} checked={active} onChange={(event) => setActive(event.currentTarget.checked)} />
      <Moves preview={preview.data} asking={preview.isFetching} error={preview.error} />
    </FormDrawer>
  );
}
