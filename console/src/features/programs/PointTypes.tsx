import { JsonInput, NumberInput, Select, Text, TextInput } from "@mantine/core";
import { IconCoins } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { PointTypeAnswer } from "@/lib/answers";
import { words } from "@/lib/format";
import { Parts } from "./Parts";

interface Form { name: string; kind: string; scale: number; policy: Record<string, unknown>; text: string }

function policyOf(form: Form): Record<string, unknown> {
  let policy = form.policy;
  try {
    policy = JSON.parse(form.text) as Record<string, unknown>;
  } catch {
    // the field says that it is not JSON
  }
  return policy;
}

/** The kinds of points: what they are for, how long they last, what one is worth. */
export default function PointTypes() {
  const { t } = useTranslation();
  const expiry = (policy: Record<string, unknown>) => {
    const said = policy.expiry as Record<string, unknown> | undefined;
    const [kind, value] = Object.entries(said ?? {})[0] ?? [];
    return kind ? `${t(words(kind))} ${String(value)}` : t("never");
  };
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
        { id: "kind", header: t("Kind"), value: (one) => one.kind, cell: (one) => t(words(one.kind)) },
        { id: "scale", header: t("Decimals"), end: true, cell: (one) => one.scale },
        { id: "expiry", header: t("Ends after"), cell: (one) => <Text size="sm">{expiry(one.policy as Record<string, unknown>)}</Text> },
        { id: "value", header: t("Worth of one, minor units"), end: true, cell: (one) => String((one.policy as Record<string, unknown>).value_minor ?? "–") },
      ]}
      form={(type) => ({ name: type?.name ?? "", kind: type?.kind ?? "redeemable", scale: type?.scale ?? 0, policy: (type?.policy ?? {}) as Record<string, unknown>, text: JSON.stringify(type?.policy ?? { expiry: { rolling_months: 12 } }, null, 2) })}
      fields={(form, set, type) => (
        <>
          <TextInput label={t("Name")} required value={form.name} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
          <Select label={t("Kind")} disabled={type !== null} data={["redeemable", "qualifying", "partner"].map((value) => ({ value, label: t(words(value)) }))} value={form.kind} onChange={(kind) => kind && set({ kind })} />
          <NumberInput label={t("Decimals")} disabled={type !== null} min={0} max={6} value={form.scale} onChange={(scale) => set({ scale: Number(scale) })} />
          <JsonInput label={t("Policy")} description={t("Pending time, expiry, caps, debt, worth; see the guide of point types")} value={form.text} onChange={(text) => set({ text })} validationError={t("This is not JSON yet.")} autosize minRows={6} formatOnBlur styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }} />
        </>
      )}
      body={(form) => ({ name: form.name, kind: form.kind, scale: form.scale, policy: policyOf(form) })}
      archive={t("Archive")}
    />
  );
}
