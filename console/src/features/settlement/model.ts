import { inProgram } from "@/lib/api";
import type { Session } from "@/lib/session";

export interface Statement {
  id: number;
  partner: string;
  first_day: string;
  end_day: string;
  status: string;
  version: number;
  total: number;
  netting_id: number | null;
  drawn_up_at: string;
  issued_at: string | null;
  agreed_at: string | null;
  settled_at: string | null;
  due_on: string | null;
}

export interface WholeStatement extends Statement {
  currency: string;
  sections: { kind: string; point_type: string; lines: number; points: number; amount: number; exact: string }[];
  entries: { kind: string; code: string; amount: number; text: string }[];
  versions: { version: number; digest: string; issued_by: string; issued_at: string }[];
}

export interface StatementLine {
  member: string;
  transfer: string;
  share: number;
  kind: string;
  point_type: string;
  points: number;
  amount: string;
  occurred_at: string;
  order_id: string;
  store: string;
}

export interface Dispute {
  id: number;
  statement_id: number;
  partner: string;
  kind: string;
  reference: string;
  side: string;
  ours: Record<string, unknown>;
  theirs: Record<string, unknown>;
  status: string;
  adjustment: number | null;
  opened_at: string;
  closed_at: string | null;
}

export interface WholeDispute extends Dispute {
  notes: { side: string; written_by: string; text: string; written_at: string }[];
}

/** Return the partner whose own statements somebody sees; null for the program's side. */
export function ownPartner({ roles }: Session, program: string): string | null {
  const here = roles.filter((one) => one.program === null || one.program === program);
  return here.length > 0 && here.every((one) => one.role === "partner") ? (here[0]?.partner ?? null) : null;
}

/** Return the path of statements or disputes on one's side. */
export function onSide(program: string, partner: string | null, ...parts: string[]): string {
  return inProgram(program, ...(partner ? ["partners", partner] : []), ...parts);
}

/** The last day of a period: the API names the first day after it. */
export function lastDay(end: string): string {
  return new Date(Date.parse(`${end}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
