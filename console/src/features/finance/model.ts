export interface Pool {
  point_type: string;
  funding: string;
  price_minor: string | null;
  breakage: string;
  opening_points: number;
  opening_deferred: number;
  movements: Record<string, number>;
  late: Record<string, number>;
  closing_points: number;
  closing_deferred: number;
}

export interface Entry { account: string; code: string; debit: number; credit: number; point_type: string; funding: string; text: string }

export interface Period {
  period: string;
  ends: string;
  currency: string;
  closed: boolean;
  sales: number;
  pools: Pool[];
  entries: Entry[];
  ties: { point_type: string; pools: number; ledger: number }[];
  ties_out: boolean;
}

export interface Closed { period: string; version: number; closed: boolean; ends: string; closed_by: string; closed_at: string }

export interface LiabilityAt {
  at: string;
  known_at: string;
  currency: string;
  data: { point_type: string; scale: number; outstanding: number; available: number; pending: number; held: number; debt: number; worth_minor: string | null; slices: { funding: string; expires: string | null; points: number; worth_minor: string | null }[] }[];
}

/** Return the month of an instant by the clocks of a zone, such as 2026-03. */
export function monthIn(instant: string, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit" }).formatToParts(new Date(instant));
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}`;
}
