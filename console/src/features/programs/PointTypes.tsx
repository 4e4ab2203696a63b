import { NumberInput, Select, Text, TextInput } from "@mantine/core";
import { IconCoins } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { PartnerAnswer, PointTypeAnswer } from "@/lib/answers";
import { everything, inProgram } from "@/lib/api";
import { day, price, words } from "@/lib/format";
import { useProgram, useProgramCode } from "@/lib/program";
import { Parts } from "./Parts";
import { ENDS, expiryOf, type Policy, policyBody } from "./policy";
import { PolicyFields } from "./PolicyFields";

interface Form { name: string; kind: string; scale: number; partner: string; policy: Policy }

/** Partners to choose from. */
export function usePartners(): { value: string; label: string }[] {
  const program = useProgramCode();
  const found = useQuery({ queryKey: [program, "partners", "choices"], queryFn: () => everything<PartnerAnswer>(inProgram(program, "partners")), staleTime: 60_000 });
  return (found.data ?? []).filter((one) => !one.archived_at).map((one) => ({ value: one.code, label: one.name }));
}

/** Return a function that tells in words when points end. */
function useEnding(): (policy: Policy) => string {
  const { t } = useTranslation();
  const ends: Record<(typeof ENDS)[number], string> = { month: t("month"), quarter: t("quarter"), half_year: t("half-year"), year: t("year") };
  return (policy) => {
    const expiry = policy.expiry ?? {};
    switch (expiryOf(policy)) {
      case "rolling_months":
        return t("{{n}} months after they were earned", { n: expiry.rolling_months });
      case "rolling_days":
        return t("{{n}} days after they were earned", { n: expiry.rolling_days });
      case "inactivity_days":
        return t("after {{n}} days without earning or spending", { n: expiry.inactivity_days });
      case "fixed":
        return t("on {{day}}", { day: day(String(expiry.fixed)) });
      case "end_of":
        return t("at the end of the {{period}}, {{n}} months after they were earned", { period: ends[expiry.end_of as (typeof ENDS)[number]], n: expiry.after_months ?? 0 });
      default:
        return t("never");
    }
  };
}

/** The kinds of points: what they are for, how long they last, what one is worth. */
export default function PointTypes() {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const partners = usePartners();
  const ending = useEnding();
  return (
    <Parts<PointTypeAnswer, Form>
      title={t("Point types")}
      about={t("Redeemable points are spent; qualifying points lift members through the tiers; partners may have points of their own.")}
      newLabel={t("New point type")}
      place="point-types"
      icon={IconCoins}
      emptyTitle={t("No point types yet")}
      emptyText={t("A program begins with one: the points its members collect.")}
      columns={[
        { id: "kind", header: t("Kind"), value: (one) => one.kind, cell: (one) => <>{t(words(one.kind))}{one.partner && <Text size="xs" c="dimmed">{partners.find((two) => two.value === one.partner)?.label ?? one.partner}</Text>}</> },
        { id: "scale", header: t("Decimals"), end: true, cell: (one) => one.scale },
        { id: "expiry", header: t("They end"), cell: (one) => <Text size="sm">{ending(one.policy as Policy)}</Text> },
        { id: "value", header: t("One is worth"), end: true, cell: (one) => ((one.policy as Policy).value_minor == null ? "–" : price((one.policy as Policy).value_minor ?? 0, currency)) },
      ]}
      form={(type) => ({ name: type?.name ?? "", kind: type?.kind ?? "redeemable", scale: type?.scale ?? 0, partner: type?.partner ?? "", policy: (type?.policy as Policy | undefined) ?? { expiry: { rolling_months: 12 } } })}
      fields={(form, set, type, at) => (
        <>
          <TextInput label={t("Name")} required value={form.name} error={at("name")} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
          <Select label={t("Kind")} description={type ? t("Fixed once made") : undefined} disabled={type !== null} data={[{ value: "redeemable", label: t("Redeemable: members spend them") }, { value: "qualifying", label: t("Qualifying: they lift members through the tiers") }, { value: "partner", label: t("A partner's own") }]} value={form.kind} error={at("kind")} onChange={(kind) => kind && set({ kind })} />
          {form.kind === "partner" && <Select label={t("Partner")} required disabled={type !== null} data={partners} value={form.partner || null} error={at("partner")} onChange={(partner) => set({ partner: partner ?? "" })} />}
          <NumberInput label={t("Decimals")} description={type ? t("Fixed once made") : undefined} disabled={type !== null} min={0} max={6} allowDecimal={false} value={form.scale} error={at("scale")} onChange={(scale) => set({ scale: Number(scale) })} />
          <PolicyFields policy={form.policy} set={(policy) => set({ policy })} scale={form.scale} kind={form.kind} made={type !== null} at={at} />
        </>
      )}
      body={({ partner, policy, ...form }) => ({ ...form, partner: partner || null, policy: policyBody(policy) })}
      archive={t("Archive")}
    />
  );
}
