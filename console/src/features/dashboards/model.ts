import { keepPreviousData, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { get, inProgram } from "@/lib/api";
import { useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
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
  drill_down: "transfers" | "orders" | "members" | null;
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
  point_type: string | null;
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
  show: "figure" | "line" | "area" | "bar" | "pie" | "table" | "heat" | "live" | "list";
  days: number;
  compare: "" | "previous" | "year";
  point_type: string;
  rows: number;
  x: number;
  y: number;
  w: number;
  h: number;
  /** Days that the page asks for instead of the widget's own; never kept. */
  from?: string;
  to?: string;
}

export interface Dashboard {
  owner: string;
  mine: boolean;
  code: string;
  name: string;
  shared: boolean;
  /** Roles of people who see it first, until they have one of their own; only of the program's. */
  first_for: string[];
  widgets: Widget[];
  revision: number;
}

/** The owner of dashboards that belong to the program. */
export const PROGRAM = "program";

/** Periods by which rows are time. */
export const TIMES = ["day", "week", "month", "quarter", "year"];

/** A widget with what is usual where nothing is said. */
export const widget = (id: string, part: Partial<Widget>): Widget => ({ id, title: "", report: "sales", by: "", field: "", show: "bar", days: 90, compare: "", point_type: "", rows: 12, x: 0, y: 0, w: 3, h: 3, ...part });

/** What somebody sees who has made no dashboard yet. */
export const FIRST: Widget[] = [
  widget("net", { title: "Net sales", report: "sales", field: "net", show: "figure", compare: "previous", x: 0, y: 0 }),
  widget("orders", { title: "Orders", report: "sales", field: "orders", show: "figure", compare: "previous", x: 3, y: 0 }),
  widget("issued", { title: "Points issued", report: "points", field: "issued", show: "figure", compare: "previous", x: 6, y: 0 }),
  widget("enrolments", { title: "New members", report: "members", field: "enrolments", show: "figure", compare: "previous", x: 9, y: 0 }),
  widget("redeemed", { title: "Points redeemed", report: "points", field: "redeemed", show: "figure", compare: "previous", x: 0, y: 3 }),
  widget("expired", { title: "Points expired", report: "points", field: "expired", show: "figure", compare: "previous", x: 3, y: 3 }),
  widget("rate", { title: "Redemption rate", report: "redemption", field: "rate", show: "figure", days: 365, compare: "previous", x: 6, y: 3 }),
  widget("pace", { title: "Events per second", report: "events", by: "day", field: "events", show: "live", x: 9, y: 3 }),
  widget("trend", { title: "Net sales by week", report: "sales", by: "week", field: "net", show: "area", compare: "previous", x: 0, y: 6, w: 8, h: 7 }),
  widget("tiers", { title: "Members by tier", report: "tiers", by: "tier", field: "members", show: "pie", x: 8, y: 6, w: 4, h: 7 }),
  widget("promotions", { title: "Sales by promotion", report: "promotions", by: "rule", field: "net", show: "bar", rows: 8, x: 0, y: 13, w: 6, h: 8 }),
  widget("locations", { title: "Top locations", report: "locations", by: "store", field: "net", show: "bar", rows: 8, x: 6, y: 13, w: 6, h: 8 }),
  widget("revenue", { title: "Revenue by year and month", report: "revenue", by: "month", field: "net", show: "bar", days: 365, compare: "year", x: 0, y: 21, w: 6, h: 7 }),
  widget("points", { title: "Outstanding points", report: "points", by: "month", field: "outstanding", show: "line", days: 365, x: 6, y: 21, w: 6, h: 7 }),
  widget("cohorts", { title: "Retention by cohort", report: "retention", by: "cohort", field: "retention", show: "heat", days: 365, rows: 24, x: 0, y: 28, w: 7, h: 9 }),
  widget("moves", { title: "Tier movement", report: "tier-moves", by: "month", field: "up", show: "bar", days: 365, x: 7, y: 28, w: 5, h: 9 }),
  widget("products", { title: "Best products", report: "products", by: "product", field: "net", show: "table", rows: 8, x: 0, y: 37, w: 7, h: 8 }),
  widget("budgets", { title: "Budget use", report: "budgets", by: "budget", field: "share", show: "bar", rows: 8, x: 7, y: 37, w: 5, h: 8 }),
];

/** Return the day of the server, which may believe another clock than this browser; undefined until it is known. Who reads no reports goes by this browser's. */
export function useToday(wanted = true): string | undefined {
  const program = useProgramCode();
  const reads = useSession().permissions.includes("reports:read");
  const asked = useQuery({ enabled: wanted && reads, queryKey: [program, "today"], queryFn: async () => shifted((await get<Report>(inProgram(program, "reports", "events"), { by: "month", limit: 1 })).to, -1), staleTime: 600_000 }).data;
  return reads ? asked : new Date().toISOString().slice(0, 10);
}

/** Return the day so many days later. */
export function shifted(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** Return what a widget asks of its report; undefined until the day of the server is known. */
export function askedBy(widget: Widget, today: string | undefined): Record<string, string | number> | undefined {
  if (today === undefined) return undefined;
  return {
    ...(widget.by ? { by: widget.by } : {}),
    from: widget.from ?? shifted(today, 1 - widget.days),
    to: widget.to ?? shifted(today, 1),
    ...(widget.compare ? { compare: widget.compare } : {}),
    ...(widget.point_type ? { point_type: widget.point_type } : {}),
    ...(TIMES.includes(widget.by) || widget.show === "figure" ? {} : { limit: widget.rows }),
  };
}

/** Read what a widget shows, once somebody looks at it. */
export function useReport(widget: Widget, seen = true) {
  const program = useProgramCode();
  const asks = widget.show !== "live" && widget.show !== "list";
  const query = askedBy(widget, useToday(asks));
  return useQuery({ queryKey: [program, "reports", widget.report, query], enabled: asks && query !== undefined && seen, queryFn: ({ signal }) => get<Report>(inProgram(program, "reports", widget.report), query, signal), placeholderData: keepPreviousData, staleTime: 30_000, retry: 1 });
}

/** Every report there is, with its figures. */
export const reportsQuery = (program: string) =>
  queryOptions({ queryKey: [program, "reports", "all"], queryFn: async () => (await get<{ data: ReportDescription[] }>(inProgram(program, "reports"))).data, staleTime: 600_000 });

/** How many paces are kept: at one every five seconds, five minutes. */
const PACES_KEPT = 60;

/** The events a second of the last minutes, as the server's stream tells them. */
export function usePace(): number[] {
  const program = useProgramCode();
  return useQuery<number[]>({ queryKey: [program, "pace"], queryFn: () => [], staleTime: Infinity, gcTime: Infinity }).data ?? [];
}

/** Read the figures again whenever the server says that they changed. */
export function useLiveFigures(wanted = true): void {
  const program = useProgramCode();
  const queries = useQueryClient();
  useEffect(() => {
    if (!wanted) return;
    const stop = new AbortController();
    let due: number | undefined;
    let first = true;
    const take = ({ event, data }: { event: string; data: unknown }) => {
      if (event === "pace") {
        const pace = Number((data as { events_per_second?: unknown }).events_per_second ?? 0);
        queries.setQueryData<number[]>([program, "pace"], (known) => [...(known ?? []), pace].slice(-PACES_KEPT));
      }
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
  }, [program, queries, wanted]);
}
