import { Anchor, Box, Group, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { LazyChart } from "@/components/LazyChart";
import { Refusal } from "@/components/Refusal";
import { compact, day, money, mondayOf, month, number, percent, points, signedPercent } from "@/lib/format";
import { usePointTypes, useProgramCode } from "@/lib/program";
import { type Cell, opens } from "./drill";
import { Heat } from "./Heat";
import { Work } from "./Work";
import { type Kind, type Report, type ReportRow, reportsQuery, shifted, TIMES, usePace, useReport, type Widget } from "./model";

/** A figure in the words of its kind. */
export function figure(value: unknown, kind: Kind | undefined, currency: string, scale = 0): string {
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.map((one) => figure(one, kind, currency, scale)).join(" · ");
  if (kind === "money") return money(String(value), currency);
  if (kind === "share") return percent(Number(value));
  if (kind === "text") return String(value);
  if (kind === "points") return points(Number(value), scale);
  return number(Number(value));
}

function labelOf(row: ReportRow, by: string): string {
  if (by === "month") return month(row.key);
  if (by === "week") return day(mondayOf(row.key));
  if (by === "day") return day(row.key);
  return row.label || row.key;
}

/** How many decimals the points of a report have: those of its point type, or by point type of the row's. */
function useScale(report: Report): (row?: ReportRow) => number {
  const types = usePointTypes();
  return useCallback((row) => types.find((one) => one.code === (report.by === "point_type" ? row?.key : report.point_type))?.scale ?? 0, [types, report]);
}

type Open = (cell: Cell) => void;

interface ViewProps { widget: Widget; height: number; seen?: boolean; open?: Open }

/** What a widget shows, in the form it was chosen in; `open` shows the rows behind what is clicked. */
export function WidgetView({ widget, height, seen = true, open }: ViewProps) {
  const program = useProgramCode();
  const found = useReport(widget, seen);
  const drill = useQuery({ ...reportsQuery(program), enabled: widget.show !== "list" }).data?.find((one) => one.report === widget.report)?.drill_down;
  if (widget.show === "list") return <Work report={widget.report} />;
  if (widget.show === "live") return <Live height={height} />;
  if (found.error) return <Refusal error={found.error} />;
  if (!seen) return <Box h={Math.max(30, height - 8)} />;
  if (!found.data) return <Skeleton h={Math.max(30, height - 8)} />;
  const report = found.data;
  const opened = opens(report, drill) ? open : undefined;
  if (widget.show === "figure") return <Figure widget={widget} report={report} open={drill ? opened : undefined} />;
  if (widget.show === "table") return <Rows widget={widget} report={report} open={opened} />;
  if (widget.show === "heat") return <Heat widget={widget} report={report} height={height} open={opened} />;
  return <Picture widget={widget} report={report} height={height} open={opened} />;
}

/** Events a second, as they come. */
function Live({ height }: { height: number }) {
  const { t } = useTranslation();
  const paces = usePace();
  return (
    <Box mih={height - 20}>
      <Group gap={8}>
        <Text fz={28} fw={640} lh={1.2} className="numeric" style={{ letterSpacing: "-0.02em" }}>{number(paces.at(-1) ?? 0)}</Text>
        <span className="live" aria-hidden />
      </Group>
      <Text size="xs" c="dimmed">{t("events a second, over the last minute")}</Text>
      <Spark values={paces} />
    </Box>
  );
}

interface ShownProps { widget: Widget; report: Report; open?: Open }

function Figure({ widget, report, open }: ShownProps) {
  const { t } = useTranslation();
  const scale = useScale(report);
  const kind = report.fields.find((one) => one.name === widget.field)?.kind;
  const value = report.totals[widget.field] ?? report.rows.at(-1)?.[widget.field];
  const before = report.comparison?.totals?.[widget.field];
  const change = before && value !== null && Number(before) !== 0 ? Number(value) / Number(before) - 1 : null;
  const shown = kind === "money" ? compactMoney(value, report.currency) : figure(value, kind, report.currency, scale(report.rows.at(-1)));
  const said = <Text fz="min(28px, 15cqi)" fw={640} lh={1.2} className="numeric" style={{ letterSpacing: "-0.02em", whiteSpace: "nowrap" }} title={figure(value, kind, report.currency, scale(report.rows.at(-1)))}>{shown}</Text>;
  const since = widget.compare && change === null ? t("nothing before to compare with") : sinceWhen(widget, t);
  return (
    <Box style={{ containerType: "inline-size" }}>
      {open ? <UnstyledButton className="opens" onClick={() => open({ key: null, label: "" })} aria-label={t("{{figure}}: the rows behind it", { figure: shown })}>{said}</UnstyledButton> : said}
      <Text size="xs" c="dimmed" truncate title={since}>
        {change !== null && <Text span size="xs" fw={600} className={change >= 0 ? "good" : "bad"}>{signedPercent(change)} </Text>}
        {since}
      </Text>
      <Spark values={report.rows.map((row) => Number(row[widget.field] ?? 0))} />
    </Box>
  );
}

function sinceWhen(widget: Widget, t: (key: string, values?: Record<string, unknown>) => string): string {
  if (widget.compare === "year") return t("against a year earlier");
  if (widget.from) return widget.compare ? t("against the same time before") : `${day(widget.from)} – ${day(shifted(widget.to ?? widget.from, -1))}`;
  return widget.compare ? t("against the {{days}} days before", { days: widget.days }) : t("last {{days}} days", { days: widget.days });
}

/** The run of a figure, without a scale: the number beside it says how much. */
function Spark({ values }: { values: number[] }) {
  if (values.length < 3) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const points = values.map((value, index) => `${((index / (values.length - 1)) * 200).toFixed(1)},${(30 - ((value - low) / (high - low || 1)) * 26).toFixed(1)}`);
  return (
    <svg viewBox="0 0 200 32" preserveAspectRatio="none" width="100%" height={30} aria-hidden style={{ display: "block", marginTop: 6 }}>
      <polyline points={points.join(" ")} fill="none" stroke="light-dark(#7dbfb0, #2f7f6f)" strokeWidth={1.5} vectorEffect="non-scaling-stroke" strokeLinejoin="round" />
    </svg>
  );
}

function compactMoney(value: unknown, currency: string): string {
  const full = money(String(value ?? 0), currency);
  return full.length > 11 ? full.replace(/[.,]\d\d(?!\d)/, "") : full;
}

function Rows({ widget, report, open }: ShownProps) {
  const { t } = useTranslation();
  const scale = useScale(report);
  const fields = report.fields.filter((one) => one.name === widget.field || one.kind === "count" || one.kind === "share").slice(0, 4);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={widget.title || report.title} style={{ margin: "0 -14px", maxHeight: "100%" }}>
      <table className="table numeric">
        <thead><tr><th scope="col">{t(report.by)}</th>{fields.map((one) => <th key={one.name} scope="col" className="end" title={t(one.says)}>{t(one.name.replace(/_/g, " "))}</th>)}</tr></thead>
        <tbody>
          {report.rows.slice(0, widget.rows).map((row) => {
            const label = labelOf(row, report.by);
            return <tr key={row.key}><td>{open ? <Anchor component="button" type="button" size="sm" ta="left" onClick={() => open({ key: row.key, label })}>{label}</Anchor> : label}</td>{fields.map((one) => <td key={one.name} className="end">{figure(row[one.name], one.kind, report.currency, scale(row))}</td>)}</tr>;
          })}
        </tbody>
      </table>
    </div>
  );
}

function Picture({ widget, report, height, open }: ShownProps & { height: number }) {
  const { t } = useTranslation();
  const scale = useScale(report);
  const rows = useMemo(() => rowsOf(widget, report), [widget, report]);
  const option = useMemo(() => optionOf(widget, report, rows, scale, t), [widget, report, rows, scale, t]);
  const kind = report.fields.find((one) => one.name === widget.field)?.kind;
  const summary = `${widget.title || report.title}: ${report.rows.slice(0, 12).map((row) => `${labelOf(row, report.by)} ${figure(row[widget.field], kind, report.currency, scale(row))}`).join(", ")}`;
  const upside = widget.show === "bar" && !TIMES.includes(report.by);
  const pick = useCallback((_name: string, index: number, value: number) => {
    const row = rows[upside ? rows.length - 1 - index : index];
    const fallen = value < 0 ? FALLS[`${report.report} ${widget.field}`] : undefined;
    if (row) open?.({ key: row.key, label: labelOf(row, report.by), ...(fallen ? { field: fallen } : {}) });
  }, [rows, report, widget.field, upside, open]);
  return <LazyChart label={summary} name={widget.title || report.title} option={option} height={height} onPick={open && pick} />;
}

/** The rows of a picture in the order in which it shows them: time as it runs, others the largest first; what has no value has no bar. */
function rowsOf(widget: Widget, report: Report): ReportRow[] {
  if (TIMES.includes(report.by)) return report.rows;
  return report.rows.filter((row) => row[widget.field] !== null).slice(0, widget.rows).sort((one, other) => Number(other[widget.field] ?? 0) - Number(one[widget.field] ?? 0));
}

/** Figures that have an opposite, shown below the line. */
const FALLS: Record<string, string> = { "tier-moves up": "down" };

function optionOf(widget: Widget, report: Report, rows: ReportRow[], scale: (row: ReportRow) => number, t: (key: string) => string): Record<string, unknown> {
  const kind = report.fields.find((one) => one.name === widget.field)?.kind;
  const money_ = kind === "money";
  const unit = 10 ** (new Intl.NumberFormat("en", { style: "currency", currency: report.currency }).resolvedOptions().maximumFractionDigits ?? 2);
  const scaled = (row: ReportRow, field = widget.field, value = row[field]) => (money_ ? Number(value ?? 0) / unit : kind === "points" ? Number(value ?? 0) / 10 ** scale(row) : Number(value ?? 0));
  const axis = { type: "value", axisLabel: { formatter: (value: number) => (kind === "share" ? percent(value) : compact(value)) }, splitNumber: 4 };
  const tooltip = { valueFormatter: (value: unknown) => (money_ ? money(Number(value) * unit, report.currency) : kind === "share" ? percent(Number(value)) : number(Number(value))) };
  const time = TIMES.includes(report.by);
  const names = rows.map((row) => labelOf(row, report.by));
  if (widget.show === "pie") {
    return { tooltip: { ...tooltip, trigger: "item" }, legend: { orient: "horizontal", bottom: 0, top: "auto", left: "center", right: "auto" }, series: [{ type: "pie", radius: ["48%", "72%"], center: ["50%", "44%"], minAngle: 4, label: { show: false }, itemStyle: { borderWidth: 2, borderColor: "transparent", borderRadius: 4 }, data: rows.map((row, index) => ({ name: names[index], value: scaled(row) })) }] };
  }
  if (widget.show === "bar" && !time) {
    const upside = [...rows].reverse();
    return { tooltip, grid: { left: 8, right: 16, top: 4, bottom: 4, containLabel: true }, xAxis: axis, yAxis: { type: "category", data: [...names].reverse(), axisLabel: { width: 150, overflow: "truncate" } }, series: [{ type: "bar", name: t(widget.field), data: upside.map((row) => scaled(row)), barMaxWidth: 20, itemStyle: { borderRadius: [0, 4, 4, 0] } }] };
  }
  const line = { type: widget.show === "bar" ? "bar" : "line", smooth: 0.25, showSymbol: rows.length < 3, barMaxWidth: 28, ...(widget.show === "area" ? { areaStyle: { opacity: 0.14 } } : {}), ...(widget.show === "bar" ? { itemStyle: { borderRadius: [4, 4, 0, 0] } } : {}) };
  const before = rows.some((row) => row.before);
  const fallen = FALLS[`${report.report} ${widget.field}`];
  const pillar = fallen && widget.show === "bar" ? { stack: "both", barMaxWidth: 28 } : {};
  const series = [
    ...("stack" in pillar ? [{ ...line, ...pillar, name: t(fallen ?? ""), data: rows.map((row) => -scaled(row, fallen)), itemStyle: { borderRadius: [0, 0, 4, 4], color: "#d08c2f" } }] : []),
    ...(before ? [{ type: "line", smooth: 0.25, showSymbol: false, name: widget.compare === "year" ? t("a year earlier") : t("before"), data: rows.map((row) => scaled(row, widget.field, row.before?.[widget.field])), lineStyle: { type: "dashed", width: 1.5, color: "#9b9c95" }, itemStyle: { color: "#9b9c95" } }] : []),
    { ...line, ...pillar, name: t(widget.field.replace(/_/g, " ")), data: rows.map((row) => scaled(row)), ...(before ? { color: undefined } : {}) },
  ];
  return { tooltip, ...(series.length > 1 ? { legend: {} } : {}), grid: { left: 8, right: 14, top: series.length > 1 ? 30 : 14, bottom: 4, containLabel: true }, xAxis: { type: "category", data: names, boundaryGap: widget.show === "bar" }, yAxis: axis, series };
}
