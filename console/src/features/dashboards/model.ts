import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { get, inProgram } from "@/lib/api";
import { useProgramCode } from "@/lib/program";
import { follow } from "@/lib/stream";

export type Kind = "points" | "count" | "money" | "share" | "text";

export interface ReportDescription {
  report: string;
  title: string;
  says: string;
  by: string[];
  fields: { name: string; kind: Kind; says: string; additive: boolean }[];
  dated: boolean;
  point_types: boolean;
}

export interface ReportRow {
  key: string;
  label: string;
  before?: Record<string, unknown> | null;
  [field: string]: unknown;
}

export interface Report {
  report: string;
  title: string;
  by: string;
  from: string;
  to: string;
  currency: string;
  fields: { name: string; kind: Kind; says: string }[];
  rows: ReportRow[];
  totals: Record<string, unknown>;
  comparison: { from: string; to: string; totals?: Record<string, unknown> } | null;
}

export interface Widget {
  id: string;
  title: string;
  report: string;
  by: string;
  field: string;
  show: "figure" | "line" | "area" | "bar" | "pie" | "table";
  days: number;
  compare: "" | "previous" | "year";
  point_type: string;
  rows: number;
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Dashboard {
  owner: string;
  mine: boolean;
  code: string;
  name: string;
  shared: boolean;
  widgets: Widget[];
  revision: number;
}

/** Periods by which rows are time. */
export const TIMES = ["day", "week", "month", "quarter", "year"];

const widget = (id: string, part: Partial<Widget>): Widget => ({ id, title: "", report: "sales", by: "", field: "", show: "bar", days: 90, compare: "", point_type: "", rows: 12, x: 0, y: 0, w: 3, h: 3, ...part });

/** What somebody sees who has made no dashboard yet. */
export const FIRST: Widget[] = [
  widget("net", { title: "Net sales", report: "sales", field: "net", show: "figure", compare: "previous", x: 0, y: 0 }),
  widget("orders", { title: "Orders", report: "sales", field: "orders", show: "figure", compare: "previous", x: 3, y: 0 }),
  widget("issued", { title: "Points issued", report: "points", field: "issued", show: "figure", compare: "previous", x: 6, y: 0 }),
  widget("enrolments", { title: "New members", report: "members", field: "enrolments", show: "figure", compare: "previous", x: 9, y: 0 }),
  widget("trend", { title: "Net sales by week", report: "sales", by: "week", field: "net", show: "area", compare: "previous", x: 0, y: 3, w: 8, h: 7 }),
  widget("tiers", { title: "Members by tier", report: "tiers", by: "tier", field: "members", show: "pie", x: 8, y: 3, w: 4, h: 7 }),
  widget("promotions", { title: "Points by promotion", report: "promotions", by: "rule", field: "issued", show: "bar", rows: 8, x: 0, y: 10, w: 6, h: 8 }),
  widget("locations", { title: "Top locations", report: "locations", by: "store", field: "net", show: "bar", rows: 8, x: 6, y: 10, w: 6, h: 8 }),
  widget("points", { title: "Outstanding points", report: "points", by: "month", field: "outstanding", show: "line", days: 365, x: 0, y: 18, w: 6, h: 7 }),
  widget("products", { title: "Best products", report: "products", by: "product", field: "net", show: "table", rows: 8, x: 6, y: 18, w: 6, h: 7 }),
];

/** Return the day of the server, which may believe another clock than this browser; undefined until it is known. */
export function useToday(): string | undefined {
  const program = useProgramCode();
  return useQuery({ queryKey: [program, "today"], queryFn: async () => shifted((await get<Report>(inProgram(program, "reports", "events"), { by: "month", limit: 1 })).to, -1), staleTime: 600_000 }).data;
}

/** Return the day so many days later. */
export function shifted(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** Read what a widget shows. */
export function useReport(widget: Widget) {
  const program = useProgramCode();
  const today = useToday();
  const query = {
    ...(widget.by ? { by: widget.by } : {}),
    ...(today ? { from: shifted(today, 1 - widget.days), to: shifted(today, 1) } : {}),
    ...(widget.compare ? { compare: widget.compare } : {}),
    ...(widget.point_type ? { point_type: widget.point_type } : {}),
    ...(TIMES.includes(widget.by) ? {} : { limit: widget.rows }),
  };
  return useQuery({ queryKey: [program, "reports", widget.report, query], enabled: today !== undefined, queryFn: ({ signal }) => get<Report>(inProgram(program, "reports", widget.report), query, signal), placeholderData: keepPreviousData, staleTime: 30_000, retry: 1 });
}

/** Read the figures again whenever the server says that they changed. */
export function useLiveFigures(): void {
  const program = useProgramCode();
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    let due: number | undefined;
    let first = true;
    const take = ({ event }: { event: string }) => {
      if (event !== "figures") return;
      if (first) {
        first = false;
        return;
      }
      due ??= window.setTimeout(() => {
        due = undefined;
        void queries.invalidateQueries({ queryKey: [program, "reports"] });
      }, 1_500);
    };
    void follow(`${inProgram(program, "reports")}/live`, take, stop.signal);
    return () => {
      stop.abort();
      window.clearTimeout(due);
    };
  }, [program, queries]);
}
