import { queryOptions } from "@tanstack/react-query";
import { get, inProgram, type PageOf } from "@/lib/api";

export interface Tier {
  code: string;
  name: string;
  description?: string;
  threshold: string | number;
  award?: { point_type: string; points: string | number };
  status?: "active" | "inactive";
  [more: string]: unknown;
}

export interface TierSet {
  code: string;
  name: string;
  metric: { of: string; point_type?: string; [more: string]: unknown };
  window: unknown;
  grace_days?: number;
  tiers: Tier[];
  status?: "active" | "inactive";
  version: number;
  in_force_from: string;
  [more: string]: unknown;
}

/** The version of a tier set that takes force later; `problem` says why it could not. */
export interface Planned extends TierSet {
  scheduled_at: string;
  problem?: string;
}

export function isPlanned(set: TierSet): set is Planned {
  return "scheduled_at" in set;
}

export interface TierMove {
  before: string | null;
  after: string | null;
  members: number;
  sample: string[];
}

export const tierSetsQuery = (program: string) =>
  queryOptions({ queryKey: [program, "tier-sets"], queryFn: async () => (await get<PageOf<TierSet>>(inProgram(program, "tier-sets"))).data });

/** The versions of tier sets that are to come; one for each set at most. */
export const plannedQuery = (program: string) =>
  queryOptions({ queryKey: [program, "tier-sets", "planned"], queryFn: async () => (await get<PageOf<Planned>>(inProgram(program, "scheduled-tier-sets"))).data });
