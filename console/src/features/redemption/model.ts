import type * as Api from "@/api/types.gen";

export type Redemption = Api.ListRedemptionsResponse["data"][number];
export type Explanation = Api.ExplainRedemptionResponse;

export const STATES = ["reserved", "confirmed", "ordered", "shipped", "delivered", "cancelled", "returned", "expired"] as const;

export type Step = "order" | "capture" | "void" | "ship" | "deliver" | "cancel";

/** What is offered in a state; the server decides whether it may be done. */
export function stepsOf(status: string): Step[] {
  if (status === "reserved") return ["capture", "void"];
  if (status === "ordered") return ["ship", "deliver", "cancel"];
  if (status === "shipped") return ["deliver", "cancel"];
  if (status === "confirmed") return ["order", "ship", "deliver", "cancel"];
  return status === "delivered" ? ["cancel"] : [];
}
