import type { Report, ReportRow, Widget } from "./model";

/** What was clicked: a row of a report (null: all of them), in words, and in a cohort which month after the first. */
export interface Cell {
  key: string | null;
  label: string;
  field?: string;
}

/** What is asked for the rows behind a cell; `ever` leaves the days out. */
export interface Asked {
  report: string;
  by: string;
  key: string | null;
  field: string;
  ever?: boolean;
}

/** Reports whose figures can be opened, beside those that the server lists: budgets lead to the points of their rule or campaign. */
const LEADS = ["budgets"];

/** Whether something lies behind the figures of a report. */
export function opens(report: Report | undefined, drill: string | null | undefined): boolean {
  return report !== undefined && (Boolean(drill) || LEADS.includes(report.report));
}

/** Return what to ask the server for. */
export function cellOf(widget: Widget, cell: Cell): Asked {
  const field = cell.field ?? widget.field;
  if (widget.report !== "budgets") return { report: widget.report, by: widget.by, key: cell.key, field };
  const [owner = "", code = ""] = (cell.key ?? "").split("/", 1)[0]?.split(":") ?? [];
  return { report: "points", by: owner === "campaign" ? "campaign" : "rule", key: code, field: "issued", ever: true };
}

/** The cells of a heat map: which row, which place in it, what it says in percent, and how many members that are. */
export function heatOf(rows: ReportRow[]): { across: number; cells: [number, number, number][] } {
  const cells = rows.flatMap((row, place) => (Array.isArray(row.retention) ? row.retention : []).map((share, later): [number, number, number] => [later, place, Math.round(Number(share) * 1000) / 10]));
  return { across: Math.max(0, ...cells.map(([later]) => later)) + 1, cells: cells.filter(([later]) => later > 0) };
}
