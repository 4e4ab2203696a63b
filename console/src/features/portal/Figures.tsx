import { Group, Select, SimpleGrid, Skeleton, Text } from "@mantine/core";
import { IconChartBar } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { LazyChart } from "@/components/LazyChart";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { compact, day, month, number, points } from "@/lib/format";
import { usePointTypes } from "@/lib/program";
import { type Overview, type Story, storyOf, useOverview, type While } from "./model";

const ORDER: Story[] = ["given", "taken_back", "spent", "returned"];
// Beyond so many days a bar stands for a month.
const DAYS_MOST = 95;

/** A partner's figures of a while: points given and spent, day by day, and where. */
export function Figures({ partner, during }: { partner: string; during: While }) {
  const { t } = useTranslation();
  const types = usePointTypes();
  const found = useOverview(partner, during);
  const [chosen, choose] = useState<string | null>(null);
  const all = found.data;
  const moved = useMemo(() => [...new Set(all?.days.map((one) => one.point_type))], [all]);
  if (found.error) return <Refusal error={found.error} retry={() => void found.refetch()} />;
  if (!all) return <Skeleton h={320} radius="md" />;
  const busiest = [...moved].sort((one, other) => weight(all, other) - weight(all, one))[0] ?? types[0]?.code ?? "";
  const type = types.find((one) => one.code === (chosen ?? busiest));
  const scale = type?.scale ?? 0;
  const sums = sumsOf(all, chosen ?? busiest);
  const named: Record<Story, string> = { given: t("Points given"), taken_back: t("Taken back"), spent: t("Points spent"), returned: t("Given back") };
  return (
    <>
      <Section title={t("Figures")} aside={moved.length > 1 && <Select size="xs" w={190} aria-label={t("Point type")} data={moved.map((code) => ({ value: code, label: types.find((one) => one.code === code)?.name ?? code }))} value={chosen ?? busiest} onChange={choose} />}>
        <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="lg">
          <Stat label={t("Transactions")} value={number(all.transactions)} />
          <Stat label={t("Members")} value={number(all.members)} note={t("counted once")} />
          {ORDER.map((story) => <Stat key={story} label={named[story]} value={points(sums[story], scale)} note={type?.name} />)}
        </SimpleGrid>
      </Section>
      <Section title={t("Points by day")}>
        {all.days.length === 0 ? <Empty icon={IconChartBar} title={t("Nothing moved in this time")}>{t("Orders that your shop sends, and points spent at it, are drawn here.")}</Empty> : <LazyChart label={t("Points given and spent by day")} option={chartOf(all, chosen ?? busiest, scale, named)} height={260} />}
      </Section>
      {all.stores.length > 0 && (
        <Section title={t("By store")} pad={false}>
          <DataTable
            label={t("By store")}
            columns={[
              { id: "store", header: t("Store"), value: (one) => one.store, cell: (one) => (one.store ? <span className="mono">{one.store}</span> : <Text span size="sm" c="dimmed">{t("no store named")}</Text>) },
              { id: "share", header: t("Share"), cell: (one) => <Bar share={one.transactions / Math.max(1, all.transactions)} /> },
              { id: "transactions", header: t("Transactions"), end: true, value: (one) => one.transactions, cell: (one) => number(one.transactions) },
              { id: "members", header: t("Members"), end: true, value: (one) => one.members, cell: (one) => number(one.members) },
            ]}
            rows={all.stores.slice(0, 50)}
            rowKey={(one) => one.store}
          />
        </Section>
      )}
    </>
  );
}

function Bar({ share }: { share: number }) {
  return <Group gap={0} w="100%" maw={220} miw={60} h={8} style={{ background: "var(--regulars-line)", borderRadius: 4 }} aria-hidden><span style={{ width: `${Math.max(2, share * 100)}%`, height: "100%", borderRadius: 4, background: "var(--mantine-color-pine-5)" }} /></Group>;
}

function weight(all: Overview, type: string): number {
  return all.days.filter((one) => one.point_type === type).reduce((sum, one) => sum + one.transactions, 0);
}

function sumsOf(all: Overview, type: string): Record<Story, number> {
  const sums: Record<Story, number> = { given: 0, taken_back: 0, spent: 0, returned: 0 };
  for (const one of all.days) if (one.point_type === type) sums[storyOf(one.kind)] += one.points;
  return sums;
}

/** Bars up for what members get, down for what they give; by month where days would be too many. */
function chartOf(all: Overview, type: string, scale: number, named: Record<Story, string>) {
  const long = (Date.parse(all.end) - Date.parse(all.start)) / 86_400_000 > DAYS_MOST;
  const keyOf = (value: string) => (long ? value.slice(0, 7) : value);
  const rows = all.days.filter((one) => one.point_type === type);
  const keys = [...new Set(rows.map((one) => keyOf(one.day)))].sort();
  const series = ORDER.filter((story) => rows.some((one) => storyOf(one.kind) === story)).map((story) => {
    const way = story === "given" || story === "returned" ? 1 : -1;
    const sums = new Map<string, number>();
    for (const one of rows) if (storyOf(one.kind) === story) sums.set(keyOf(one.day), (sums.get(keyOf(one.day)) ?? 0) + (way * one.points) / 10 ** scale);
    return { name: named[story], type: "bar", stack: "all", barMaxWidth: 26, data: keys.map((key) => sums.get(key) ?? 0) };
  });
  return {
    legend: { top: 0, right: 0, itemWidth: 12, itemHeight: 8, textStyle: { color: "inherit" } },
    xAxis: { type: "category", data: keys.map((key) => (long ? month(key) : day(key))) },
    yAxis: { type: "value", axisLabel: { formatter: (value: number) => compact(value) } },
    series,
  };
}
