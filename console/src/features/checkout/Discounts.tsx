import { Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { money } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { type Checkout, lineName, useRewardNames } from "./model";

const LINK = { color: "var(--mantine-color-anchor)", textDecoration: "none" };

/** Everything that takes money off, in its order: each voucher and reward, on which lines, and the way to why it does. */
export function Discounts({ checkout }: { checkout: Checkout }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  if (checkout.discounts.length === 0) return null;
  return (
    <Section title={t("Vouchers and discounts")} pad={false}>
      <div className="scroll" tabIndex={0} role="region" aria-label={t("Vouchers and discounts")}>
        <Table fz="sm" className="numeric" horizontalSpacing="md">
          <Table.Thead><Table.Tr><Table.Th>{t("What")}</Table.Th><Table.Th>{t("Of what")}</Table.Th><Table.Th ta="right">{t("Taken off")}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {checkout.discounts.map((off) => (
              <Table.Tr key={`${off.source} ${off.code}`}>
                <Table.Td><Source source={off.source} code={off.code} /><Text size="xs" c="dimmed">{off.source === "voucher" ? t("Voucher") : t("Reward")}</Text></Table.Td>
                <Table.Td>
                  {Object.entries(off.lines).map(([place, amount]) => <Text key={place} size="xs">{lineName(checkout.lines[Number(place)], Number(place))}: {money(amount, currency)}</Text>)}
                  {off.shipping > 0 && <Text size="xs">{t("Shipping")}: {money(off.shipping, currency)}</Text>}
                  {off.add_item && <Text size="xs">{t("{{item}} goes in free", { item: off.add_item })}</Text>}
                </Table.Td>
                <Table.Td ta="right">{money(off.amount, currency)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Section>
  );
}

function Source({ source, code }: { source: string; code: string }) {
  const program = useProgram().code;
  const { nameOf, readable } = useRewardNames();
  const vouchers = useMay("vouchers:read");
  if (source === "voucher") return vouchers ? <Link className="mono" style={LINK} to={"/$program/vouchers" as never} params={{ program } as never} search={{ code } as never}>{code}</Link> : <span className="mono">{code}</span>;
  return readable ? <Link style={LINK} to={"/$program/rewards/$reward" as never} params={{ program, reward: code } as never}>{nameOf(code)}</Link> : <>{code}</>;
}
