import { Anchor, Grid, Group, SimpleGrid, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { LazyChart } from "@/components/LazyChart";
import { MemberLink } from "@/components/MemberLink";
import { Section } from "@/components/Page";
import { Stat } from "@/components/Stat";
import { compact, money, month, moment, number, points, signedPoints, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";

interface Compared { base: number; draft: number; difference: number; scale?: number; difference_minor?: string }
type ByType = Record<string, Compared>;

export interface Result {
  counts: Record<string, number>;
  points: ByType;
  rules: { rule: string; fired: { base: number; draft: number }; points: ByType }[];
  months: Record<string, ByType>;
  stores: Record<string, ByType>;
  tiers: Record<string, Record<string, ByType>>;
  members: Record<string, { gain: number; lose: number; same: number }>;
  deciles_by_spend: { decile: number; members: number; spend: number; points: ByType }[];
  gain_most: { member: string; base: number; draft: number; difference: number }[];
  lose_most: { member: string; base: number; draft: number; difference: number }[];
  budgets: { budget: string; measure: string; period: string; max: number | null; base: number; draft: number; used_up_at: string | null }[];
  liability: ByType;
  [more: string]: unknown;
}

/** What a simulation found: cost, members touched and liability, as figures, charts and tables. */
export function SimulationReport({ result }: { result: Result }) {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const main = types.find((one) => one.kind === "redeemable" && result.points[one.code])?.code ?? Object.keys(result.points)[0] ?? "points";
  const type = types.find((one) => one.code === main);
  const total = result.points[main];
  const liability = result.liability[main];
  const members = result.members[main];
  const cost = (one: Compared | undefined) => (one?.difference_minor === undefined ? undefined : money(one.difference_minor, program.currency));
  return (
    <>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="lg">
        <Section><Stat label={t("More points given")} value={signedPoints(total?.difference ?? 0, type?.scale)} note={total && t("{{base}} → {{draft}}", { base: compact(total.base), draft: compact(total.draft) })} /></Section>
        <Section><Stat label={t("Cost of the difference")} value={cost(total) ?? "–"} note={t("at what a point is worth")} /></Section>
        <Section><Stat label={t("Members touched")} value={number((members?.gain ?? 0) + (members?.lose ?? 0))} note={t("{{gain}} gain, {{lose}} lose, {{same}} the same", { gain: number(members?.gain ?? 0), lose: number(members?.lose ?? 0), same: number(members?.same ?? 0) })} /></Section>
        <Section><Stat label={t("Liability")} value={cost(liability) ?? signedPoints(liability?.difference ?? 0, type?.scale)} note={liability && t("{{base}} → {{draft}} outstanding", { base: compact(liability.base), draft: compact(liability.draft) })} /></Section>
      </SimpleGrid>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}><Section title={t("Points given by month")}><Months result={result} main={main} /></Section></Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}><Section title={t("Who gets the difference")}><Deciles result={result} main={main} /></Section></Grid.Col>
      </Grid>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 4 }}><Section title={t("Cost by month")}><CostByMonth result={result} main={main} /></Section></Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6, md: 4 }}><Section title={t("Members touched")}><Touched result={result} main={main} /></Section></Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6, md: 4 }}><Section title={t("Liability")}><Liability result={result} /></Section></Grid.Col>
      </Grid>
      <Section title={t("Rules")} pad={false}>
        <div className="scroll" tabIndex={0} role="region" aria-label={t("Rules")}>
          <table className="table numeric">
            <thead><tr><th scope="col">{t("Rule")}</th><th scope="col">{t("Points")}</th><th scope="col" className="end">{t("Fired before")}</th><th scope="col" className="end">{t("with the draft")}</th><th scope="col" className="end">{t("Gave before")}</th><th scope="col" className="end">{t("with the draft")}</th><th scope="col" className="end">{t("Difference")}</th><th scope="col" className="end">{t("Cost")}</th></tr></thead>
            <tbody>
              {result.rules.flatMap((one) => Object.entries(one.points).map(([code, amount]) => (
                <tr key={one.rule + code}>
                  <td>{one.rule.includes(":") ? words(one.rule.replace("/", " ")) : <Anchor size="sm" renderRoot={(props) => <Link to="/$program/rules/edit/$rule" params={{ program: program.code, rule: one.rule }} {...props} />}>{one.rule}</Anchor>}</td>
                  <td>{types.find((known) => known.code === code)?.name ?? code}</td>
                  <td className="end">{number(one.fired.base)}</td>
                  <td className="end">{number(one.fired.draft)}</td>
                  <td className="end">{points(amount.base, amount.scale)}</td>
                  <td className="end">{points(amount.draft, amount.scale)}</td>
                  <td className={`end ${amount.difference > 0 ? "good" : amount.difference < 0 ? "bad" : ""}`}>{amount.difference ? signedPoints(amount.difference, amount.scale) : "–"}</td>
                  <td className="end">{amount.difference ? (cost(amount) ?? "–") : "–"}</td>
                </tr>
              )))}
            </tbody>
          </table>
        </div>
      </Section>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 6 }}><Section title={t("Gain most")}><Extremes rows={result.gain_most} /></Section></Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}><Section title={t("Lose most")}><Extremes rows={result.lose_most} /></Section></Grid.Col>
      </Grid>
      {result.budgets.length > 0 && (
        <Section title={t("Budgets")}>
          <Table className="numeric">
            <Table.Thead><Table.Tr><Table.Th>{t("Budget")}</Table.Th><Table.Th ta="right">{t("At most")}</Table.Th><Table.Th ta="right">{t("Before")}</Table.Th><Table.Th ta="right">{t("with the draft")}</Table.Th><Table.Th>{t("Used up")}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{result.budgets.map((one) => <Table.Tr key={one.budget + one.measure + one.period}><Table.Td>{one.budget}</Table.Td><Table.Td ta="right">{one.max === null ? "–" : number(one.max)}</Table.Td><Table.Td ta="right">{number(one.base)}</Table.Td><Table.Td ta="right">{number(one.draft)}</Table.Td><Table.Td>{one.used_up_at ? moment(one.used_up_at, program.zone) : "–"}</Table.Td></Table.Tr>)}</Table.Tbody>
          </Table>
        </Section>
      )}
    </>
  );
}

function Months({ result, main }: { result: Result; main: string }) {
  const { t } = useTranslation();
  const option = useMemo(() => {
    const months = Object.keys(result.months).sort();
    const series = (side: "base" | "draft") => months.map((one) => result.months[one]?.[main]?.[side] ?? 0);
    return {
      legend: {},
      xAxis: { type: "category", data: months.map(month) },
      yAxis: { type: "value", axisLabel: { formatter: compact } },
      series: [{ name: t("Rules of the day"), type: "bar", data: series("base"), itemStyle: { borderRadius: [3, 3, 0, 0], color: "#b9bdb5" } }, { name: t("Draft"), type: "bar", data: series("draft"), itemStyle: { borderRadius: [3, 3, 0, 0] } }],
    };
  }, [result, main, t]);
  return <LazyChart label={t("Points given by month, under the rules of the day and under the draft")} option={option} />;
}

/** What the difference costs in each month, at what a point is worth. */
function CostByMonth({ result, main }: { result: Result; main: string }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const option = useMemo(() => {
    const months = Object.keys(result.months).sort();
    const cost = months.map((one) => Number(result.months[one]?.[main]?.difference_minor ?? 0) / 100);
    return {
      tooltip: { valueFormatter: (value: unknown) => money(Number(value) * 100, currency) },
      xAxis: { type: "category", data: months.map(month) },
      yAxis: { type: "value", axisLabel: { formatter: compact }, splitNumber: 3 },
      series: [{ name: t("Cost of the difference"), type: "bar", data: cost, barMaxWidth: 28, itemStyle: { borderRadius: 3 } }],
    };
  }, [result, main, currency, t]);
  return <LazyChart label={t("What the difference costs, month by month")} option={option} height={190} />;
}

/** How many members gain, lose, or get the same. */
function Touched({ result, main }: { result: Result; main: string }) {
  const { t } = useTranslation();
  const members = result.members[main];
  const option = useMemo(() => {
    const parts = [["gain", "#1a8270"], ["lose", "#d08c2f"], ["same", "#b9bdb5"]] as const;
    return { tooltip: { trigger: "item" }, legend: { bottom: 0, top: "auto", left: "center", right: "auto" }, series: [{ type: "pie", radius: ["50%", "74%"], center: ["50%", "43%"], label: { show: false }, data: parts.map(([name, color]) => ({ name: t(name), value: members?.[name] ?? 0, itemStyle: { color } })) }] };
  }, [members, t]);
  return <LazyChart label={t("{{gain}} gain, {{lose}} lose, {{same}} the same", { gain: number(members?.gain ?? 0), lose: number(members?.lose ?? 0), same: number(members?.same ?? 0) })} option={option} height={190} />;
}

/** What members would have to spend at the end, under the rules of the day and under the draft. */
function Liability({ result }: { result: Result }) {
  const { t } = useTranslation();
  const types = usePointTypes();
  const option = useMemo(() => {
    const rows = Object.entries(result.liability);
    const side = (which: "base" | "draft") => rows.map(([, one]) => one[which] / 10 ** (one.scale ?? 0));
    return {
      legend: {},
      xAxis: { type: "category", data: rows.map(([code]) => types.find((one) => one.code === code)?.name ?? code) },
      yAxis: { type: "value", axisLabel: { formatter: compact }, splitNumber: 3 },
      series: [{ name: t("Rules of the day"), type: "bar", data: side("base"), barMaxWidth: 34, itemStyle: { color: "#b9bdb5", borderRadius: [3, 3, 0, 0] } }, { name: t("Draft"), type: "bar", data: side("draft"), barMaxWidth: 34, itemStyle: { borderRadius: [3, 3, 0, 0] } }],
    };
  }, [result, types, t]);
  return <LazyChart label={t("Points outstanding, under the rules of the day and under the draft")} option={option} height={190} />;
}

function Deciles({ result, main }: { result: Result; main: string }) {
  const { t } = useTranslation();
  const option = useMemo(
    () => ({
      xAxis: { type: "category", data: result.deciles_by_spend.map((one) => String(one.decile)), name: "" },
      yAxis: { type: "value", axisLabel: { formatter: compact } },
      series: [{ type: "bar", name: t("Difference"), data: result.deciles_by_spend.map((one) => one.points[main]?.difference ?? 0), itemStyle: { borderRadius: 3 } }],
    }),
    [result, main, t],
  );
  return (
    <>
      <LazyChart label={t("Difference by tenth of members, the smallest spenders first")} option={option} height={232} />
      <Text size="xs" c="dimmed" ta="center">{t("Tenths of members by what they spent, the smallest first")}</Text>
    </>
  );
}

function Extremes({ rows }: { rows: Result["gain_most"] }) {
  const { t } = useTranslation();
  if (rows.length === 0) return <Text size="sm" c="dimmed">{t("Nobody.")}</Text>;
  return (
    <>
      {rows.slice(0, 8).map((one) => (
        <Group key={one.member} justify="space-between" py={5}>
          <MemberLink id={one.member} />
          <Text size="sm" className="numeric">{number(one.base)} → {number(one.draft)} <Text span fw={600}>({signedPoints(one.difference)})</Text></Text>
        </Group>
      ))}
    </>
  );
}
