import type { MemberAnswer, WalletAnswer } from "@/lib/answers";

export type Member = MemberAnswer;
export type Wallet = WalletAnswer;

/** A line of a member's history, as the API shows it. */
export type TimelineEntry =
  | { entry: "event"; id: string; type: string; status: string; source: string | null; member: string; occurred_at: string; posted_at: string }
  | { entry: "transfer"; id: string; kind: string; point_type: string; points: number; scale: number; from: string; to: string; event: string | null; reverses: string | null; occurred_at: string; posted_at: string; detail: Record<string, unknown> | null; rules: { rule: string; name: string }[] }
  | { entry: "tier_changed"; tier_set: string; from: string | null; to: string | null; direction: string; reason: string; event: string | null; member: string; occurred_at: string }
  | { entry: "redemption"; id: string; reward: string; status: string; quantity: number; point_type: string; points: number; scale: number; store: string | null; member: string; occurred_at: string }
  | { entry: "message" | "effect"; number: string; kind: string; rule: string; rule_name: string; status: string; arguments: Record<string, unknown>; event: string; member: string; occurred_at: string }
  | { entry: "task"; id: string; kind: string; title: string; status: string; due_on: string | null; assignee: string; closed_by: string | null; rule: string | null; event: string | null; member: string; occurred_at: string }
  | { entry: "note"; id: string; text: string; by: string; member: string; occurred_at: string };

/** Where a member stands: part of every evaluation's answer. */
export interface Standing {
  id: string;
  balances: Record<string, { scale: number; available: number; pending: number; held: number; debt: number; expiring: { on: string; points: number }[] }>;
  tiers: Record<string, { tier: string | null; next: string | null; missing: number | string | null; keep_missing: number | string | null; measured_in: string }>;
}

/** Return what a member is called: her name, else how she is known, else her id. */
export function memberName(member: Member): string {
  const { first_name, last_name, email } = member.profile;
  const name = [first_name, last_name].filter(Boolean).join(" ");
  return name || email || member.identifiers.find((one) => one.kind === "external_id")?.value || member.identifiers[0]?.value || member.id;
}

/** Movements that bring points into a wallet's hand; the others take some away. */
export function isGain(to: string): boolean {
  return to === "available" || to === "pending";
}
