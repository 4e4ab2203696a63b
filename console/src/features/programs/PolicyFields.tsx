import { Divider, Group, NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ScaledInput } from "@/components/Amounts";
import { useProgram } from "@/lib/program";
import { ENDS, EXPIRIES, type Expiry, expiryOf, type Pending, PENDINGS, pendingOf, type Policy, shifted, withExpiry, withPending } from "./policy";

interface Props {
  policy: Policy;
  set: (policy: Policy) => void;
  scale: number;
  kind: string;
  /** It exists: what is fixed once it is made cannot be changed. */
  made: boolean;
  at: (path: string) => string | undefined;
}

const whole = (value: number | string) => (value === "" ? undefined : Number(value));
const amount = (value: number | string | null | undefined) => (value == null || value === "" ? null : Number(value));

/** What is done with points of a kind: when they count, when they end, how many there may be, what one is worth. */
export function PolicyFields({ policy, set, scale, kind, made, at }: Props) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const change = (part: Partial<Policy>) => set({ ...policy, ...part });
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const debt = policy.debt ?? {};
  return (
    <>
      <Divider label={t("When they count and when they end")} labelPosition="left" />
      <PendingFields policy={policy} set={set} at={at} />
      <ExpiryFields policy={policy} set={set} at={at} />
      <Group grow align="flex-start">
        <Select label={t("Spent first")} data={[{ value: "expiry", label: t("what ends first") }, { value: "earned", label: t("what was earned first") }]} value={policy.spend_order ?? "expiry"} error={at("policy.spend_order")} onChange={(order) => change({ spend_order: order === "expiry" ? undefined : (order ?? undefined) })} />
        <NumberInput label={t("Days of grace")} description={t("For ended points that come back from a cancelled spend")} min={0} max={3660} allowDecimal={false} placeholder="7" value={policy.return_grace_days ?? ""} error={at("policy.return_grace_days")} onChange={(value) => change({ return_grace_days: whole(value) })} />
      </Group>
      <Divider label={t("How many")} labelPosition="left" />
      <ScaledInput label={t("A member holds at most")} placeholder="∞" scale={scale} value={amount(policy.balance_max)} error={at("policy.balance_max")} onChange={(value) => change({ balance_max: value })} />
      <Group grow align="flex-start">
        {(["day", "month", "year"] as const).map((period) => (
          <ScaledInput key={period} label={period === "day" ? t("Earned a day") : period === "month" ? t("Earned a month") : t("Earned a year")} placeholder="∞" scale={scale} value={amount(policy.earn_max?.[period])} error={at(`policy.earn_max.${period}`)} onChange={(value) => change({ earn_max: { ...policy.earn_max, [period]: value ?? undefined } })} />
        ))}
      </Group>
      <Switch label={t("A member may owe points")} description={t("When an order is returned whose points are spent already")} checked={debt.allowed ?? false} onChange={(event) => change({ debt: event.currentTarget.checked ? { allowed: true, max: debt.max ?? 1000 * 10 ** scale } : undefined })} />
      {debt.allowed && <ScaledInput label={t("Owed at most")} required scale={scale} value={amount(debt.max)} error={at("policy.debt.max")} onChange={(max) => change({ debt: { allowed: true, max } })} />}
      <Divider label={t("Worth")} labelPosition="left" />
      <TextInput label={t("What one point is worth ({{currency}})", { currency })} description={t("For liability and for paying with points; empty: nothing is said")} inputMode="decimal" value={policy.value_minor == null ? "" : shifted(String(policy.value_minor), -digits)} error={at("policy.value_minor")} onChange={(event) => change({ value_minor: event.currentTarget.value === "" ? undefined : shifted(event.currentTarget.value.replace(",", "."), digits) })} />
      {kind === "qualifying" && <Switch label={t("Each earning is kept apart")} description={t("Needed where they wait or end; fixed once made")} disabled={made} checked={policy.lots ?? Boolean(policy.expiry ?? policy.pending)} onChange={(event) => change({ lots: event.currentTarget.checked })} />}
    </>
  );
}

function PendingFields({ policy, set, at }: Pick<Props, "policy" | "set" | "at">) {
  const { t } = useTranslation();
  const way = pendingOf(policy);
  const labels: Record<Pending, string> = { at_once: t("at once"), days: t("after some days"), until_event: t("when an event of the order comes"), manual: t("when somebody releases them") };
  return (
    <Group grow align="flex-start">
      <Select label={t("Usable")} data={PENDINGS.map((value) => ({ value, label: labels[value] }))} value={way} error={at("policy.pending")} onChange={(next) => next && set(withPending(policy, next as Pending))} />
      {way === "days" && <NumberInput label={t("Days")} min={1} max={3660} allowDecimal={false} value={policy.pending?.days ?? ""} error={at("policy.pending.days")} onChange={(days) => set({ ...policy, pending: { days: whole(days) } })} />}
      {way === "until_event" && <TextInput label={t("Event")} value={policy.pending?.until_event ?? ""} error={at("policy.pending.until_event")} onChange={(event) => set({ ...policy, pending: { until_event: event.currentTarget.value } })} />}
    </Group>
  );
}

function ExpiryFields({ policy, set, at }: Pick<Props, "policy" | "set" | "at">) {
  const { t } = useTranslation();
  const way = expiryOf(policy);
  const expiry = policy.expiry ?? {};
  const labels: Record<Expiry, string> = { never: t("never"), rolling_months: t("so many months after they were earned"), rolling_days: t("so many days after they were earned"), end_of: t("at the end of a calendar period"), fixed: t("on a fixed day"), inactivity_days: t("so many days without earning or spending") };
  const ends: Record<(typeof ENDS)[number], string> = { month: t("month"), quarter: t("quarter"), half_year: t("half-year"), year: t("year") };
  const length = way === "rolling_months" || way === "rolling_days" || way === "inactivity_days";
  return (
    <>
      <Select label={t("They end")} data={EXPIRIES.map((value) => ({ value, label: labels[value] }))} value={way} error={at("policy.expiry")} onChange={(next) => next && set(withExpiry(policy, next as Expiry))} />
      {length && <NumberInput label={way === "rolling_months" ? t("Months") : t("Days")} required min={1} max={way === "rolling_months" ? 120 : 3660} allowDecimal={false} value={Number(expiry[way] ?? 0) || ""} error={at(`policy.expiry.${way}`)} onChange={(value) => set({ ...policy, expiry: { [way]: whole(value) } })} />}
      {way === "fixed" && <TextInput type="date" label={t("Day")} required value={String(expiry.fixed ?? "")} error={at("policy.expiry.fixed")} onChange={(event) => set({ ...policy, expiry: { fixed: event.currentTarget.value } })} />}
      {way === "end_of" && (
        <Group grow align="flex-start">
          <Select label={t("End of the")} data={ENDS.map((value) => ({ value, label: ends[value] }))} value={String(expiry.end_of ?? "year")} error={at("policy.expiry.end_of")} onChange={(next) => next && set({ ...policy, expiry: { ...expiry, end_of: next } })} />
          <NumberInput label={t("Months after they were earned")} min={0} max={120} allowDecimal={false} value={Number(expiry.after_months ?? 0)} error={at("policy.expiry.after_months")} onChange={(value) => set({ ...policy, expiry: { ...expiry, after_months: whole(value) } })} />
        </Group>
      )}
    </>
  );
}
