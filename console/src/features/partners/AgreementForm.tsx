import { Group, Select, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ScaledInput } from "@/components/Amounts";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { wrongAt } from "@/features/staff/model";
import { inProgram, send } from "@/lib/api";
import { words } from "@/lib/format";
import { usePointTypes, useProgramCode } from "@/lib/program";

const PERIODS = ["day", "week", "month", "quarter", "year", "lifetime"];

/** A new agreement for the partner's own account: what it pays for, how, and up to what. */
export function AgreementForm({ partner, refresh, close }: { partner: string; refresh: (readonly unknown[])[]; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const types = usePointTypes().filter((one) => !one.archived_at && (one.partner === null || one.partner === partner));
  const [form, setForm, draft] = useDraft(`agreement ${partner}`, { type: types[0]?.code ?? "", mode: "postpaid", basis: "issue", most: null as number | null, period: "month" });
  const scale = types.find((one) => one.code === form.type)?.scale ?? 0;
  const code = `${partner}-${form.type}`.slice(0, 63);
  const body = { account: `partner:${partner}`, point_type: form.type, mode: form.mode, ...(form.mode === "postpaid" ? { basis: form.basis } : {}), ...(form.most !== null ? { caps: [{ points: form.most, period: form.period }] } : {}) };
  const saving = useChange(() => send("PUT", inProgram(program, "funding", code), body), { refresh, done: t("Saved."), draft, then: close });
  return (
    <FormDrawer title={t("New agreement")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} disabled={!form.type}>
      <Select label={t("Points it pays for")} data={types.map((one) => ({ value: one.code, label: one.name }))} value={form.type} error={wrongAt(saving.error, "point_type")} onChange={(type) => type && setForm({ ...form, type })} data-autofocus />
      <Group grow align="flex-start">
        <Select label={t("How")} data={[{ value: "postpaid", label: t("billed afterwards") }, { value: "prepaid", label: t("from points bought ahead") }]} value={form.mode} onChange={(mode) => mode && setForm({ ...form, mode })} />
        {form.mode === "postpaid" && <Select label={t("Billed when points are")} data={[{ value: "issue", label: t("given") }, { value: "redemption", label: t("spent") }]} value={form.basis} onChange={(basis) => basis && setForm({ ...form, basis })} />}
      </Group>
      <Group grow align="flex-start">
        <ScaledInput label={t("At most")} description={t("Beyond it the house pays")} scale={scale} value={form.most} error={wrongAt(saving.error, "caps[0].points")} onChange={(most) => setForm({ ...form, most })} />
        <Select label={t("in a")} data={PERIODS.map((value) => ({ value, label: t(words(value)) }))} value={form.period} onChange={(period) => period && setForm({ ...form, period })} mt={20} />
      </Group>
      <Text size="sm" c="dimmed">{t("Account, points, and how it is billed are fixed once made.")}</Text>
      <Text size="xs" c="dimmed">{t("Its code is")} <span className="mono">{code}</span></Text>
    </FormDrawer>
  );
}
