import { ActionIcon, Button, Group, NumberInput, Paper, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { BankFields } from "@/features/settlement/BankFields";
import { bankOf } from "@/features/settlement/model";
import { wrongAt } from "@/features/staff/model";
import { ifMatch, inProgram, send, type Tagged } from "@/lib/api";
import { words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import type { Bank, Fee, Rate, TermsOf } from "./model";

const PERIODS = ["day", "week", "month", "quarter", "year"];

/** What a partner pays and is paid, edited whole; lines that stand on a statement keep their price. */
export function TermsForm({ partner, before, close }: { partner: string; before: Tagged<TermsOf>; close: () => void }) {
  const { t } = useTranslation();
  const { code, currency } = useProgram();
  // The bank account is not kept in the browser.
  const [form, setForm, draft] = useDraft<TermsOf>(`terms ${partner}`, { ...before.value, bank: undefined });
  const [bank, setBank] = useState<Bank>({ holder: "", iban: "", bic: "", ...before.value.bank });
  const set = (part: Partial<TermsOf>) => setForm({ ...form, ...part });
  const tolerance = { points: 0, amount: "0.00", days: 1, ...form.tolerance };
  const saving = useChange(() => send("PUT", inProgram(code, "partners", partner, "terms"), { ...form, bank: bankOf(bank) }, ifMatch(before.etag)), { refresh: [[code, "partners"]], done: t("Saved."), draft, then: close });
  return (
    <FormDrawer title={t("Terms")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft}>
      <Group grow align="flex-start">
        <Select label={t("Statement every")} data={PERIODS.map((value) => ({ value, label: t(words(value)) }))} value={form.period ?? "month"} onChange={(period) => period && set({ period })} />
        <NumberInput label={t("To be paid within (days)")} min={0} max={365} value={form.due_days ?? 30} error={wrongAt(saving.error, "due_days")} onChange={(due) => set({ due_days: Number(due) || 0 })} />
      </Group>
      <Rates rates={form.rates ?? []} set={(rates) => set({ rates })} error={saving.error} />
      <Fees fees={form.fees ?? []} set={(fees) => set({ fees })} error={saving.error} />
      <Text size="sm" fw={600}>{t("The partner's own figures match within")}</Text>
      <Group grow align="flex-start">
        <NumberInput label={t("Points")} min={0} value={tolerance.points} onChange={(points) => set({ tolerance: { ...tolerance, points: Number(points) || 0 } })} />
        <TextInput label={t("Amount ({{currency}})", { currency })} inputMode="decimal" value={tolerance.amount} error={wrongAt(saving.error, "tolerance.amount")} onChange={(event) => set({ tolerance: { ...tolerance, amount: event.currentTarget.value } })} />
        <NumberInput label={t("Days")} min={0} max={31} value={tolerance.days} onChange={(days) => set({ tolerance: { ...tolerance, days: Number(days) || 0 } })} />
      </Group>
      <BankFields bank={bank} set={setBank} error={saving.error} />
    </FormDrawer>
  );
}

function Rates({ rates, set, error }: { rates: Rate[]; set: (rates: Rate[]) => void; error: unknown }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const types = usePointTypes().filter((one) => !one.archived_at);
  const change = (at: number, part: Partial<Rate>) => set(rates.map((one, place) => (place === at ? { ...one, ...part } : one)));
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>{t("Prices of points")}</Text>
      {rates.map((one, at) => (
        <Paper key={at} withBorder p="xs">
          <Group gap="xs" align="flex-end" wrap="nowrap">
            <Select size="xs" flex={1} label={t("Point type")} data={types.map((type) => ({ value: type.code, label: type.name }))} value={one.point_type} error={wrongAt(error, `rates[${at}].point_type`)} onChange={(point_type) => point_type && change(at, { point_type })} />
            <Select size="xs" flex={1} label={t("The partner")} data={[{ value: "issue", label: t("pays for points given") }, { value: "burn", label: t("is paid for points spent there") }, { value: "honour", label: t("pays for its points spent elsewhere") }]} value={one.direction} onChange={(direction) => direction && change(at, { direction })} />
            <ActionIcon size={30} aria-label={t("Remove price {{n}}", { n: at + 1 })} onClick={() => set(rates.filter((_, other) => other !== at))}><IconX size={15} /></ActionIcon>
          </Group>
          <Group gap="xs" mt={6} grow align="flex-start">
            <TextInput size="xs" label={t("{{currency}} a point", { currency })} inputMode="decimal" value={one.per_point ?? ""} error={wrongAt(error, `rates[${at}].per_point`) ?? wrongAt(error, `rates[${at}]`)} onChange={(event) => change(at, { per_point: event.currentTarget.value || null, percent: null })} />
            <TextInput size="xs" label={t("or % of its worth")} inputMode="decimal" value={one.percent ?? ""} error={wrongAt(error, `rates[${at}].percent`)} onChange={(event) => change(at, { percent: event.currentTarget.value || null, per_point: null })} />
            <TextInput size="xs" type="date" label={t("From day")} value={one.since ?? ""} error={wrongAt(error, `rates[${at}].since`)} onChange={(event) => change(at, { since: event.currentTarget.value || null })} />
          </Group>
        </Paper>
      ))}
      <Button variant="default" size="xs" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => set([...rates, { point_type: types[0]?.code ?? "", direction: "issue", per_point: "0.01" }])}>{t("Add a price")}</Button>
    </Stack>
  );
}

function Fees({ fees, set, error }: { fees: Fee[]; set: (fees: Fee[]) => void; error: unknown }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const kinds = ["amount", "per_line", "percent", "percent_of_sales"] as const;
  const kindOf = (one: Fee) => kinds.find((kind) => one[kind] != null) ?? "amount";
  const change = (at: number, fee: Fee) => set(fees.map((one, place) => (place === at ? fee : one)));
  const labels = { amount: t("{{currency}} a statement", { currency }), per_line: t("{{currency}} a line", { currency }), percent: t("% of what is billed"), percent_of_sales: t("% of sales to members") };
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>{t("Fees")}</Text>
      {fees.map((one, at) => (
        <Group key={at} gap="xs" align="flex-end" wrap="nowrap">
          <TextInput size="xs" flex={1} label={t("Code")} value={one.code} error={wrongAt(error, `fees[${at}].code`)} onChange={(event) => change(at, { ...one, code: event.currentTarget.value })} />
          <Select size="xs" flex={1} label={t("Kind")} data={kinds.map((value) => ({ value, label: labels[value] }))} value={kindOf(one)} onChange={(kind) => kind && change(at, { code: one.code, [kind]: one[kindOf(one)] ?? "0" })} />
          <TextInput size="xs" w={90} label={t("How much")} inputMode="decimal" value={one[kindOf(one)] ?? ""} error={wrongAt(error, `fees[${at}]`)} onChange={(event) => change(at, { code: one.code, [kindOf(one)]: event.currentTarget.value })} />
          <ActionIcon size={30} aria-label={t("Remove fee {{n}}", { n: at + 1 })} onClick={() => set(fees.filter((_, other) => other !== at))}><IconX size={15} /></ActionIcon>
        </Group>
      ))}
      <Button variant="default" size="xs" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => set([...fees, { code: `fee-${fees.length + 1}`, amount: "0.00" }])}>{t("Add a fee")}</Button>
    </Stack>
  );
}
