import { Badge, Button, Group, SimpleGrid, Skeleton, Table, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { getTagged, inProgram } from "@/lib/api";
import { day, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import type { TermsOf } from "./model";
import { TermsForm } from "./TermsForm";

/** What a partner pays and is paid. */
export function Terms({ partner }: { partner: string }) {
  const { t } = useTranslation();
  const { code, currency } = useProgram();
  const { permissions } = useSession();
  const types = usePointTypes();
  const [editing, setEditing] = useState(false);
  const found = useQuery({ queryKey: [code, "partners", partner, "terms"], queryFn: () => getTagged<TermsOf>(inProgram(code, "partners", partner, "terms")) });
  const terms = found.data?.value;
  const nameOf = (wanted: string) => types.find((one) => one.code === wanted)?.name ?? wanted;
  const directions: Record<string, string> = { issue: t("pays for points given"), burn: t("is paid for points spent there"), honour: t("pays for its points spent elsewhere") };
  const tolerance = { points: 0, amount: "0.00", days: 1, ...terms?.tolerance };
  return (
    <Section title={t("Terms")} aside={permissions.includes("partners:write") && <Button size="xs" variant="default" leftSection={<IconPencil size={14} />} disabled={!terms} onClick={() => setEditing(true)}>{t("Edit")}</Button>}>
      <Refusal error={found.error} />
      {!terms && !found.error && <Skeleton h={90} />}
      {terms && (
        <>
          <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="md" mb="md">
            <Fact label={t("Statement every")}>{t(words(terms.period ?? "month"))}</Fact>
            <Fact label={t("To be paid within")}>{t("{{n}} days", { n: terms.due_days ?? 30 })}</Fact>
            <Fact label={t("Its own figures match within")}>{t("{{points}} points, {{amount}} {{currency}}, {{days}} days", { ...tolerance, currency })}</Fact>
            <Fact label={t("Bank account")}>{terms.bank ? <>{terms.bank.holder} · <span className="mono">{terms.bank.iban}</span></> : t("not written yet")}</Fact>
          </SimpleGrid>
          {!terms.rates?.length && !terms.fees?.length && <Text size="sm" c="dimmed">{t("No prices yet: statements count points and come to nothing.")}</Text>}
          {(terms.rates?.length ?? 0) > 0 && (
            <div className="scroll" tabIndex={0} role="region" aria-label={t("Prices of points")}>
              <Table fz="sm" miw={460}>
                <Table.Thead><Table.Tr><Table.Th>{t("Points")}</Table.Th><Table.Th>{t("The partner")}</Table.Th><Table.Th>{t("Price")}</Table.Th><Table.Th>{t("Valid")}</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>{terms.rates?.map((one, at) => <Table.Tr key={at}><Table.Td>{nameOf(one.point_type)}</Table.Td><Table.Td>{directions[one.direction]}</Table.Td><Table.Td className="numeric">{one.per_point != null ? t("{{price}} {{currency}} a point", { price: one.per_point, currency }) : t("{{n}} % of its worth", { n: one.percent ?? "" })}</Table.Td><Table.Td>{one.since || one.until ? `${one.since ? day(one.since) : ""} – ${one.until ? day(one.until) : ""}` : t("always")}</Table.Td></Table.Tr>)}</Table.Tbody>
              </Table>
            </div>
          )}
          {(terms.fees?.length ?? 0) > 0 && <Group gap="xs" mt="md"><Text size="sm" c="dimmed">{t("Fees")}</Text>{terms.fees?.map((one) => <Badge key={one.code} color="gray">{one.code}: {one.amount != null ? `${one.amount} ${currency}` : one.per_line != null ? t("{{amount}} {{currency}} a line", { amount: one.per_line, currency }) : one.percent_of_sales != null ? t("{{percent}} % of sales", { percent: one.percent_of_sales }) : `${one.percent} %`}</Badge>)}</Group>}
          {(terms.accepts?.length ?? 0) > 0 && <Group gap="xs" mt="xs"><Text size="sm" c="dimmed">{t("Takes points of others")}</Text>{terms.accepts?.map((one) => <Badge key={one.point_type}>{nameOf(one.point_type)}{one.rate ? ` × ${one.rate}` : ""}</Badge>)}</Group>}
        </>
      )}
      {editing && found.data && <TermsForm partner={partner} before={found.data} close={() => setEditing(false)} />}
    </Section>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return <div><Text size="xs" c="dimmed">{label}</Text><Text size="sm" style={{ overflowWrap: "anywhere" }}>{children}</Text></div>;
}
