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

export interface TierMove {
  before: string | null;
  after: string | null;
  members: number;
  sample: string[];
}

export const tierSetsQuery = (program: string) =>
  queryOptions({ queryKey: [program, "tier-sets"], queryFn: async () => (await get<PageOf<TierSet>>(inProgram(program, "tier-sets"))).data });
