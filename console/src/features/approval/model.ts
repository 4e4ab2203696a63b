import { queryOptions } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { get, inProgram, type PageOf } from "@/lib/api";
import { month, points } from "@/lib/format";
import { usePointTypes } from "@/lib/program";

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
export const REOPEN = "reopen_period";

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

/** The type of the points that an adjustment moves, with their number in words. */
export function useAdjusted(): (approval: Approval) => { name: string; amount: string } {
  const types = usePointTypes();
  return ({ payload }) => {
    const type = types.find((one) => (payload.point_type ? one.code === payload.point_type : one.kind === "redeemable" && !one.archived_at));
    return { name: type?.name ?? String(payload.point_type ?? ""), amount: points(Number(payload.points ?? 0), type?.scale ?? 0) };
  };
}

/** Return a function that says in a few words what was asked for. */
export function useTitle(): (approval: Approval) => string {
  const { t } = useTranslation();
  const adjusted = useAdjusted();
  return (approval) => {
    const { kind, payload, title } = approval;
    if (kind === PUBLISH) return payload.version == null ? t("Publish the rules") : t("Roll back to version {{version}}", { version: payload.version });
    if (kind === REOPEN) return t("Open {{month}} again", { month: month(String(payload.period)) });
    if (kind === ADJUST) return payload.direction === "debit" ? t("Take {{amount}} {{name}}", adjusted(approval)) : t("Give {{amount}} {{name}}", adjusted(approval));
    return title;
  };
}
