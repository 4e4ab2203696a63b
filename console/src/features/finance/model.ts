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

/** How points are accounted for: codes of accounts by what they are for; how points are valued goes back as it came. */
export interface Accounting { accounts: Record<string, string>; point_types: Record<string, unknown> }

/** What an account was debited and credited in a month. */
export interface Balance { code: string; account: string; debit: number; credit: number; balance: number }

/** How a month stands: `waits_for` are earlier months that are open, until which its figures may still change. */
export interface Standing { period: string; ends: string; status: "open" | "closed" | "reopened"; closed: boolean; over: boolean; waits_for: string[]; version: number; closed_by: string | null; closed_at: string | null }

export interface Period extends Standing {
  currency: string;
  sales: number;
  pools: Pool[];
  entries: Entry[];
  trial_balance: Balance[];
  ties: { point_type: string; pools: number; ledger: number }[];
  ties_out: boolean;
}

export interface LiabilityAt {
  at: string;
  known_at: string;
  currency: string;
  data: { point_type: string; scale: number; outstanding: number; available: number; pending: number; held: number; debt: number; worth_minor: string | null; slices: { funding: string; expires: string | null; points: number; worth_minor: string | null }[] }[];
}
