export interface Partner {
  code: string;
  name: string;
  roles: string[];
  archived_at: string | null;
}

export interface Rate { point_type: string; direction: string; per_point?: string | null; percent?: string | null; since?: string | null; until?: string | null }
export interface Fee { code: string; amount?: string | null; per_line?: string | null; percent?: string | null; percent_of_sales?: string | null }
export interface Bank { holder: string; iban: string; bic?: string }

/** What a partner pays and is paid; the API leaves out what goes without saying. */
export interface TermsOf {
  period?: string;
  due_days?: number;
  rates?: Rate[];
  fees?: Fee[];
  accepts?: { point_type: string; rate?: string }[];
  tolerance?: { points?: number; amount?: string; days?: number };
  bank?: Bank | null;
}

export interface Standing {
  agreement: { code: string; account: string; point_type: string; payer?: string; mode?: string; basis?: string; caps?: { points: number; period: string }[]; fallback?: string; reserve?: number; reorder_at?: number | null };
  caps: { period: string; max: number; used: number; left: number }[];
  block: { bought: number; used: number; remaining: number; drawable: number } | null;
  ended: boolean;
}

export interface Connected { partner: string; source: string; platform: string; new: boolean; write_key: string; api_key: string; hook: string; secret: string; snippet: string }

export interface Batch {
  connected: number;
  known: number;
  failed: number;
  shops: { row: number; code: string; status: string; connected: Connected | null; problems: { path: string; message: string }[] }[];
}

export const PLATFORMS = [
  { value: "plain", label: "HTTP" },
  { value: "segment", label: "Segment SDK" },
  { value: "woocommerce", label: "WooCommerce" },
  { value: "shopify", label: "Shopify" },
];
