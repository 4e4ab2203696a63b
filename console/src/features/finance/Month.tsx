import { Alert, Badge, Group, List, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Section } from "@/components/Page";
import { Stat } from "@/components/Stat";
import { get } from "@/lib/api";
import { moment, money, month, percent, points, price, signedPoints, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import type { Period } from "./model";
import { usePayer } from "./payer";

interface Late { transfer: string; member: string; occurred_at: string; posted_at: string; point_type: string; kind: string; points: number }

/** One month: pools of points with what is deferred for them, its journal, its trial balance, and what came late. */
export function Month({ period, path }: { period: Period; path: string }) {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const types = usePointTypes();
  const scaleOf = (type: string) => types.find((one) => one.code === type)?.scale ?? 0;
  const nameOf = (type: string) => types.find((one) => one.code === type)?.name ?? type;
  const late = useQuery({ queryKey: [code, "finance", "late", period.period], queryFn: async () => (await get<{ data: Late[] }>(`${path}/late-items`)).data });
  const payer = usePayer();
  const cash = (minor: number) => (minor ? money(minor, period.currency) : "");
  const deferred = period.pools.reduce((sum, one) => sum + one.closing_deferred, 0);
  const wrong = period.ties.filter((one) => one.pools !== one.ledger);
  return (
    <>
      <Section>
        <Group gap="xl" align="flex-start">
          <Stat label={t("Sales of the month")} value={money(period.sales, period.currency)} />
          <Stat label={t("Deferred at its end")} value={money(deferred, period.currency)} />
          <Stat label={t("Status")} value={<Badge size="lg" color={period.closed ? "gray" : "blue"}>{period.closed ? t("Closed") : period.status === "reopened" ? t("Opened again") : t("Not closed yet")}</Badge>} note={period.closed ? t("its figures never change") : period.waits_for.length ? t("may change until {{months}} are closed", { months: period.waits_for.map(month).join(", ") }) : t("as it stands now")} />
          <Stat label={t("Against the ledger")} value={<Group gap={6} component="span">{period.ties_out ? <IconCircleCheck size={22} className="good" aria-hidden /> : <IconCircleX size={22} className="bad" aria-hidden />}<Text span fz="md" fw={600}>{period.ties_out ? t("ties out") : t("does not tie out")}</Text></Group>} />
        </Group>
      </Section>
      {wrong.length > 0 && <Alert color="red" icon={<IconCircleX aria-hidden />} title={t("These points are not what the ledger says")}><List size="sm">{wrong.map((one) => <List.Item key={one.point_type}>{nameOf(one.point_type)}: {points(one.pools, scaleOf(one.point_type))} / {points(one.ledger, scaleOf(one.point_type))}</List.Item>)}</List></Alert>}
      <Section title={t("Points and what is deferred for them")} pad={false}>
        <DataTable
          label={t("Points and what is deferred for them")}
          columns={[
            { id: "pool", header: t("Points"), value: (one) => one.point_type, cell: (one) => <><Text size="sm" fw={580}>{nameOf(one.point_type)}</Text><Text size="xs" c="dimmed">{payer(one.funding)}</Text></> },
            { id: "opening", header: t("At the beginning"), end: true, cell: (one) => <><Text size="sm">{points(one.opening_points, scaleOf(one.point_type))}</Text><Text size="xs" c="dimmed">{money(one.opening_deferred, period.currency)}</Text></> },
            { id: "moves", header: t("In between"), cell: (one) => <>{Object.entries(one.movements).filter(([, moved]) => moved).sort(([kind], [other]) => kind.localeCompare(other)).map(([kind, moved]) => <Text key={kind} size="sm" className="numeric" style={{ whiteSpace: "nowrap" }}>{t(words(kind))} {signedPoints(moved, scaleOf(one.point_type))}{one.late[kind] ? <Text span size="xs" c="dimmed"> ({t("late: {{points}}", { points: signedPoints(one.late[kind] ?? 0, scaleOf(one.point_type)) })})</Text> : null}</Text>)}</> },
            { id: "closing", header: t("At the end"), end: true, cell: (one) => <><Text size="sm" fw={580}>{points(one.closing_points, scaleOf(one.point_type))}</Text><Text size="xs" c="dimmed">{money(one.closing_deferred, period.currency)}</Text></> },
            { id: "price", header: t("Price"), end: true, cell: (one) => <Text size="sm">{one.price_minor === null ? t("without a price") : t("{{price}} a point", { price: price(one.price_minor, period.currency) })}</Text> },
            { id: "breakage", header: t("Never redeemed"), end: true, cell: (one) => <Text size="sm">{percent(Number(one.breakage))}</Text> },
          ]}
          rows={period.pools}
          rowKey={(one) => `${one.point_type} ${one.funding}`}
          empty={<Text size="sm" c="dimmed" px="lg" pb="lg">{t("No points in this month.")}</Text>}
        />
      </Section>
      <Section title={t("Journal")} pad={false}>
        <DataTable
          label={t("Journal")}
          columns={[
            { id: "account", header: t("Account"), value: (one) => one.code, cell: (one) => <><Text size="sm">{one.code}</Text><Text size="xs" c="dimmed">{t(words(one.account))}</Text></> },
            { id: "text", header: t("Text"), cell: (one) => <><Text size="sm">{t(words(one.text))}</Text><Text size="xs" c="dimmed">{[nameOf(one.point_type), one.funding && payer(one.funding)].filter(Boolean).join(" · ")}</Text></> },
            { id: "debit", header: t("Debit"), end: true, value: (one) => one.debit, cell: (one) => cash(one.debit) },
            { id: "credit", header: t("Credit"), end: true, value: (one) => one.credit, cell: (one) => cash(one.credit) },
          ]}
          rows={period.entries.map((one, at) => ({ ...one, at }))}
          rowKey={(one) => String(one.at)}
          empty={<Text size="sm" c="dimmed" px="lg" pb="lg">{t("No entries: points have no price in money, or nothing moved. Give a point type a value in its policy.")}</Text>}
        />
      </Section>
      {period.trial_balance.length > 0 && (
        <Section title={t("Trial balance of the month")} pad={false}>
          <DataTable
            label={t("Trial balance of the month")}
            columns={[
              { id: "account", header: t("Account"), value: (one) => one.code, cell: (one) => <><Text size="sm">{one.code}</Text><Text size="xs" c="dimmed">{t(words(one.account))}</Text></> },
              { id: "debit", header: t("Debit"), end: true, value: (one) => one.debit, cell: (one) => cash(one.debit) },
              { id: "credit", header: t("Credit"), end: true, value: (one) => one.credit, cell: (one) => cash(one.credit) },
              { id: "balance", header: t("Balance"), end: true, value: (one) => one.balance, cell: (one) => <b>{money(one.balance, period.currency)}</b> },
            ]}
            rows={period.trial_balance}
            rowKey={(one) => `${one.code} ${one.account}`}
          />
        </Section>
      )}
      {(late.data?.length ?? 0) > 0 && (
        <Section title={t("Late items")} pad={false}>
          <DataTable
            label={t("Late items")}
            columns={[
              { id: "transfer", header: t("Transfer"), cell: (one) => <span className="mono">{one.transfer}</span> },
              { id: "occurred", header: t("Happened"), value: (one) => one.occurred_at, cell: (one) => moment(one.occurred_at, zone) },
              { id: "posted", header: t("Posted"), value: (one) => one.posted_at, cell: (one) => moment(one.posted_at, zone) },
              { id: "kind", header: t("Kind"), cell: (one) => t(words(one.kind)) },
              { id: "points", header: t("Points"), end: true, value: (one) => one.points, cell: (one) => <>{points(one.points, scaleOf(one.point_type))}<Text size="xs" c="dimmed">{nameOf(one.point_type)}</Text></> },
            ]}
            rows={late.data}
            rowKey={(one) => one.transfer}
          />
        </Section>
      )}
    </>
  );
}
