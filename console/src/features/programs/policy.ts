/** The policy of a point type as the API takes it; amounts of points are smallest units, as whole numbers or texts. */
export interface Policy {
  pending?: { days?: number; until_event?: string; manual?: boolean } | null;
  expiry?: Record<string, number | string | undefined> | null;
  balance_max?: number | string | null;
  earn_max?: Record<string, number | string | undefined> | null;
  debt?: { allowed?: boolean; max?: number | string | null } | null;
  lots?: boolean;
  spend_order?: string;
  value_minor?: string | number | null;
  return_grace_days?: number;
}

/** The ways in which points end, as they are chosen. */
export const EXPIRIES = ["never", "rolling_months", "rolling_days", "end_of", "fixed", "inactivity_days"] as const;
export type Expiry = (typeof EXPIRIES)[number];
export const PENDINGS = ["at_once", "days", "until_event", "manual"] as const;
export type Pending = (typeof PENDINGS)[number];
export const ENDS = ["month", "quarter", "half_year", "year"] as const;

/** Return how points end. */
export function expiryOf(policy: Policy): Expiry {
  return EXPIRIES.find((way) => way !== "never" && policy.expiry?.[way] != null) ?? "never";
}

/** Return how earned points become usable. */
export function pendingOf(policy: Policy): Pending {
  const { pending } = policy;
  if (pending?.days != null) return "days";
  if (pending?.until_event != null) return "until_event";
  return pending?.manual ? "manual" : "at_once";
}

const FIRST_EXPIRY: Record<Expiry, Policy["expiry"]> = {
  never: undefined,
  rolling_months: { rolling_months: 12 },
  rolling_days: { rolling_days: 365 },
  end_of: { end_of: "year", after_months: 12 },
  fixed: { fixed: "" },
  inactivity_days: { inactivity_days: 365 },
};
const FIRST_PENDING: Record<Pending, Policy["pending"]> = {
  at_once: undefined,
  days: { days: 14 },
  until_event: { until_event: "Order Delivered" },
  manual: { manual: true },
};

/** Return a policy whose points end in another way. */
export function withExpiry(policy: Policy, way: Expiry): Policy {
  return { ...policy, expiry: FIRST_EXPIRY[way] };
}

/** Return a policy whose points become usable in another way. */
export function withPending(policy: Policy, way: Pending): Policy {
  return { ...policy, pending: FIRST_PENDING[way] };
}

/** Return a decimal text with its point moved by `places`, exactly: 0.5 by -2 is 0.005. Other texts stay as they are. */
export function shifted(text: string, places: number): string {
  const parts = /^(\d*)\.?(\d*)$/.exec(text.trim());
  if (!parts || (parts[1] ?? "") + (parts[2] ?? "") === "") return text;
  const digits = (parts[1] ?? "") + (parts[2] ?? "");
  const point = (parts[1] ?? "").length + places;
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const at = Math.max(point, 1);
  const whole = padded.slice(0, at).replace(/^0+(?=\d)/, "");
  const rest = padded.slice(at).replace(/0+$/, "");
  return rest ? `${whole}.${rest}` : whole;
}

/** Return a policy without what says nothing, as it is sent. */
export function policyBody(policy: Policy): Record<string, unknown> {
  const kept = Object.entries(policy).filter(([, value]) => value !== undefined && value !== null && value !== "" && !(typeof value === "object" && Object.values(value).every((one) => one === undefined || one === null || one === "")));
  return Object.fromEntries(kept.map(([name, value]) => [name, typeof value === "object" ? Object.fromEntries(Object.entries(value as object).filter(([, one]) => one !== undefined && one !== null && one !== "")) : value]));
}
