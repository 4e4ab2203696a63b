import { queryOptions } from "@tanstack/react-query";
import { get, inProgram, type PageOf } from "@/lib/api";

export interface Approval {
  id: number;
  kind: string;
  title: string;
  payload: Record<string, unknown>;
  digest: string;
  reason: string;
  maker: string;
  maker_name?: string;
  checker_name?: string;
  created_at: string;
  expires_at: string;
  status: string;
  checker: string | null;
  comment: string;
  decided_at: string | null;
  outcome: Record<string, unknown> | null;
}

export interface Policy {
  publishing: boolean;
  budget_points_over: string | null;
  budget_money_over: string | null;
  adjustment_over: number | null;
  days: number;
}

/** Kinds of what waits, as the API names them. */
export const PUBLISH = "publish_rules";
export const ADJUST = "adjust_points";

export const policyQuery = (program: string) =>
  queryOptions({ queryKey: [program, "approvals", "policy"], queryFn: () => get<Policy>(inProgram(program, "approvals", "policy")), retry: false, staleTime: 60_000 });

/** What waits now. */
export const waitingQuery = (program: string) =>
  queryOptions({
    queryKey: [program, "approvals", "waiting"],
    queryFn: async () => (await get<PageOf<Approval>>(inProgram(program, "approvals"), { status: "waiting", limit: 100 })).data,
    retry: false,
    staleTime: 30_000,
  });

/** Whether the answer to a change says that it waits for another person (202) instead of being done. */
export function waits(answer: unknown): answer is { approval: number } {
  return typeof answer === "object" && answer !== null && "approval" in answer;
}
