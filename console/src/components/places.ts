import type { EChartsCoreOption } from "echarts/core";

/** A place of a picture that can be opened: what it says, and where it stands in its grid. */
export interface Stop {
  key: string;
  label: string;
  row: number;
  column: number;
}

const STEPS: Record<string, [number, number]> = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

/** The keys that go from place to place. */
export const STOP_KEYS = new Set([...Object.keys(STEPS), "Home", "End"]);

/** Return where a key leads from a stop; the ends lead nowhere, in a single row or column all arrows go along. */
export function nextStop(stops: Stop[], at: number, key: string): number {
  if (key === "Home") return 0;
  if (key === "End") return stops.length - 1;
  const step = STEPS[key];
  const here = stops[at];
  if (!step || !here) return at;
  const rows = new Set(stops.map((one) => one.row)).size;
  const columns = new Set(stops.map((one) => one.column)).size;
  if (rows === 1 || columns === 1) return Math.max(0, Math.min(stops.length - 1, at + step[0] + step[1]));
  const found = stops.findIndex((one) => one.row === here.row + step[0] && one.column === here.column + step[1]);
  return found === -1 ? at : found;
}

interface Drawn { name?: string; data?: unknown[] }

/** The values of a chart in the order in which they are read, and in which series they stand: the last is what it is about; whether its bars lie. */
export function stopsOf(option: EChartsCoreOption): { series: number; stops: Stop[]; lies: boolean } {
  const all = (Array.isArray(option.series) ? option.series : [option.series]) as Drawn[];
  const series = all.length - 1;
  const values = all[series]?.data ?? [];
  const [across, upward] = [option.xAxis, option.yAxis].map((axis) => (axis as Drawn | undefined)?.data as string[] | undefined);
  const says = (option.tooltip as { valueFormatter?: (value: unknown) => string } | undefined)?.valueFormatter ?? String;
  const stops = values.map((one, index): Stop => {
    const named = typeof one === "object" && one !== null ? (one as { name?: string; value?: unknown }) : { value: one };
    const place = upward ? values.length - 1 - index : index;
    return { key: String(index), label: `${named.name ?? (across ?? upward)?.[index] ?? ""}: ${says(named.value)}`, row: upward ? place : 0, column: upward ? 0 : place };
  });
  return { series, stops: upward ? stops.reverse() : stops, lies: upward !== undefined };
}
