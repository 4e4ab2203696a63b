import { List, NumberInput, Switch, Text, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { wrongAt } from "@/features/staff/model";
import { FormDrawer } from "@/components/FormDrawer";
import { Section } from "@/components/Page";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { inProgram, send } from "@/lib/api";
import { number, points } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import type { Policy } from "./model";

/** How many decimals points by hand are counted in: those of what is spent. */
function useScale(): number {
  return usePointTypes().find((one) => one.kind === "redeemable")?.scale ?? 0;
}

/** What needs a second person, in sentences. */
export function Limits({ policy, aside }: { policy: Policy; aside?: ReactNode }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const scale = useScale();
  const said = [
    policy.publishing && t("every version of the rules"),
    policy.budget_points_over !== null && t("a new or changed budget over {{points}} points", { points: number(Number(policy.budget_points_over)) }),
    policy.budget_money_over !== null && t("a new or changed budget over {{amount}} {{currency}}", { amount: number(Number(policy.budget_money_over)), currency }),
    policy.adjustment_over !== null && t("more than {{points}} points by hand, given or taken by one person in a day", { points: points(policy.adjustment_over, scale) }),
  ].filter((one) => one !== false);
  return (
    <Section title={t("What needs a second person")} aside={aside}>
      {said.length === 0 ? <Text size="sm" c="dimmed">{t("Nothing does: everything is done at once by whoever may do it.")}</Text> : <><List size="sm">{said.map((one) => <List.Item key={one}>{one}</List.Item>)}</List><Text size="sm" c="dimmed" mt="xs">{t("A request waits for {{n}} days, then it ends.", { n: policy.days })}</Text></>}
    </Section>
  );
}

/** The limits; only who stands above the program may set them, which the API checks. */
export function PolicyForm({ policy, close }: { policy: Policy; close: () => void }) {
  const { t } = useTranslation();
  const { code, currency } = useProgram();
  const scale = useScale();
  const [form, setForm, draft] = useDraft("limits", {
    publishing: policy.publishing,
    budget_points_over: policy.budget_points_over ?? "",
    budget_money_over: policy.budget_money_over ?? "",
    adjustment: policy.adjustment_over === null ? ("" as number | string) : policy.adjustment_over / 10 ** scale,
    days: policy.days as number | string,
  });
  const saving = useChange(
    () =>
      send("PUT", inProgram(code, "approvals", "policy"), {
        publishing: form.publishing,
        budget_points_over: form.budget_points_over.trim() || null,
        budget_money_over: form.budget_money_over.trim() || null,
        adjustment_over: form.adjustment === "" ? null : Math.round(Number(form.adjustment) * 10 ** scale),
        days: Number(form.days),
      }),
    { refresh: [[code, "approvals"]], done: t("Saved."), draft, then: close },
  );
  const wrong = (path: string) => wrongAt(saving.error, path);
  return (
    <FormDrawer title={t("What needs a second person")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft}>
      <Switch label={t("Every version of the rules")} checked={form.publishing} onChange={(event) => setForm({ ...form, publishing: event.currentTarget.checked })} />
      <TextInput label={t("Budgets over so many points")} description={t("Empty: never")} inputMode="decimal" value={form.budget_points_over} error={wrong("budget_points_over")} onChange={(event) => setForm({ ...form, budget_points_over: event.currentTarget.value })} />
      <TextInput label={t("Budgets over so much money ({{currency}})", { currency })} description={t("Empty: never")} inputMode="decimal" value={form.budget_money_over} error={wrong("budget_money_over")} onChange={(event) => setForm({ ...form, budget_money_over: event.currentTarget.value })} />
      <NumberInput label={t("Points by hand over")} description={t("What one person gives or takes of one wallet in a day. Empty: never")} min={0} decimalScale={scale} allowNegative={false} value={form.adjustment} error={wrong("adjustment_over")} onChange={(adjustment) => setForm({ ...form, adjustment })} />
      <NumberInput label={t("Days a request waits")} min={1} max={90} allowDecimal={false} required value={form.days} error={wrong("days")} onChange={(days) => setForm({ ...form, days })} />
    </FormDrawer>
  );
}
