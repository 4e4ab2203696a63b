import { NumberInput, SegmentedControl, Select, Text, Textarea, TextInput } from "@mantine/core";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { ReceiptAnswer } from "@/lib/answers";
import { waits } from "@/features/approval/model";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { send } from "@/lib/api";
import { points as shownPoints } from "@/lib/format";
import { usePointTypes, useProgramCode } from "@/lib/program";

interface Form { direction: "credit" | "debit"; type: string | null; amount: number | ""; reason: string; reference: string }

/** Give or take points by hand, with a reason that people read. The same form sent twice counts once. */
export function Adjust({ close, path, queryKey }: { close: () => void; path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const types = usePointTypes().filter((one) => !one.archived_at);
  const [form, setForm, draft] = useDraft<Form>(`adjust ${path}`, { direction: "credit", type: null, amount: "", reason: "", reference: "" });
  const { direction, type, amount, reason, reference } = form;
  const once = useRef("");
  const chosen = types.find((one) => one.code === type) ?? types.find((one) => one.kind === "redeemable") ?? types[0];
  const scale = chosen?.scale ?? 0;
  const adjusting = useChange(
    () => {
      const body = { direction, points: Math.round(Number(amount) * 10 ** scale), reason, point_type: chosen?.code, ...(reference ? { reference } : {}) };
      return send<ReceiptAnswer | { approval: number }>("POST", `${path}/adjustments`, body, { "Idempotency-Key": (once.current ||= crypto.randomUUID()) });
    },
    {
      refresh: [queryKey, [program, "approvals"]],
      done: (answer) => (waits(answer) ? t("It waits for approval.") : direction === "credit" ? t("{{points}} points given.", { points: shownPoints(answer.points, scale) }) : t("{{points}} points taken.", { points: shownPoints(answer.points, scale) })),
      draft,
      then: close,
    },
  );
  const set = (part: Partial<Form>) => {
    once.current = "";
    setForm({ ...form, ...part });
  };
  return (
    <FormDrawer title={t("Adjust points")} opened close={close} submit={() => adjusting.mutate(undefined)} saving={adjusting.isPending} error={adjusting.error} yes={direction === "credit" ? t("Give") : t("Take")} disabled={!amount || !reason.trim()} draft={draft}>
      <SegmentedControl fullWidth value={direction} onChange={(value) => set({ direction: value as Form["direction"] })} data={[{ value: "credit", label: t("Give") }, { value: "debit", label: t("Take") }]} />
      <Select label={t("Point type")} data={types.map((one) => ({ value: one.code, label: one.name }))} value={chosen?.code ?? null} onChange={(next) => set({ type: next })} />
      <NumberInput label={t("Points")} min={0} decimalScale={scale} allowNegative={false} thousandSeparator=" " value={amount} onChange={(value) => set({ amount: value === "" ? "" : Number(value) })} required />
      <Textarea label={t("Reason")} description={t("The member's history shows it, and who gave it.")} required autosize minRows={2} value={reason} onChange={(event) => set({ reason: event.currentTarget.value })} />
      <TextInput label={t("Reference")} description={t("Your case, order or receipt; nothing personal.")} value={reference} onChange={(event) => set({ reference: event.currentTarget.value })} />
      <Text size="xs" c="dimmed">{t("The same form sent twice counts once.")}</Text>
    </FormDrawer>
  );
}
