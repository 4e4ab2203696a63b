import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/Page";
import { money, number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { type Checkout, useRewardNames } from "./model";

/** The lines as they are paid: what was taken off each and by what, how many pieces came back. */
export function Basket({ checkout }: { checkout: Checkout }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const { nameOf } = useRewardNames();
  const offsOf = (place: number) => checkout.discounts.filter((off) => off.lines[place]).map((off) => ({ key: `${off.source} ${off.code}`, amount: off.lines[place] ?? 0, by: off.source === "reward" ? nameOf(off.code) : off.code }));
  const money_ = (minor: number) => money(minor, currency);
  const forRewards = checkout.rewards.reduce((sum, one) => sum + one.money, 0);
  const sum = (label: string, amount: number, bold = false) => <Table.Tr><Table.Td colSpan={3} fw={bold ? 600 : undefined}>{label}</Table.Td><Table.Td ta="right" fw={bold ? 600 : undefined}>{money_(amount)}</Table.Td></Table.Tr>;
  return (
    <Section title={t("Basket")} pad={false}>
      <div className="scroll" tabIndex={0} role="region" aria-label={t("Basket")}>
        <Table fz="sm" className="numeric" horizontalSpacing="md">
          <Table.Thead><Table.Tr><Table.Th>{t("Line")}</Table.Th><Table.Th ta="right">{t("Pieces")}</Table.Th><Table.Th ta="right">{t("Price")}</Table.Th><Table.Th ta="right">{t("To pay")}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {checkout.lines.map((line, place) => (
              <Table.Tr key={place}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{line.name || line.sku}<Text size="xs" c="dimmed">{[line.name && line.sku, line.category].filter(Boolean).join(" · ")}</Text>{offsOf(place).map((off) => <Text key={off.key} size="xs">−{money_(off.amount)} {off.by}</Text>)}</Table.Td>
                <Table.Td ta="right">{number(line.quantity ?? 1)}{line.returned > 0 && <Text size="xs" c="dimmed">{t("{{n}} back", { n: number(line.returned) })}</Text>}</Table.Td>
                <Table.Td ta="right">{money_(line.amount)}</Table.Td>
                <Table.Td ta="right">{money_(line.to_pay)}</Table.Td>
              </Table.Tr>
            ))}
            {checkout.shipping > 0 && sum(t("Shipping"), checkout.shipping)}
            {forRewards > 0 && sum(t("Money for rewards"), forRewards)}
            {sum(t("To pay"), checkout.to_pay, true)}
          </Table.Tbody>
        </Table>
      </div>
    </Section>
  );
}
