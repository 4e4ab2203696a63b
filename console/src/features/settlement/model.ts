import type { TFunction } from "i18next";
import { inProgram } from "@/lib/api";
import { day, words } from "@/lib/format";

/** Return the state of a statement in words; "issued" is said otherwise of points. */
export function stateOf(t: TFunction, status: string): string {
  return t(words(status), { context: "statement" });
}

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

/** Return the path of statements or disputes on one's side. */
export function onSide(program: string, partner: string | null, ...parts: string[]): string {
  return inProgram(program, ...(partner ? ["partners", partner] : []), ...parts);
}

/** The last day of a period: the API names the first day after it. */
export function lastDay(end: string): string {
  return new Date(Date.parse(`${end}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

export interface Netting {
  id: number;
  currency: string;
  due_on: string;
  made_by: string;
  created_at: string;
  paid_at: string | null;
}

export interface Netted {
  netting: Netting;
  /** Number, partner and total of each. */
  statements: [number, string, number][];
  payments: { number: number; payer: string; payee: string; amount: number }[];
}

export interface Bank { holder: string; iban: string; bic?: string }

/** Return a bank account as the API takes it: none at all while nothing of it is written. */
export function bankOf({ holder, iban, bic = "" }: Bank): Bank | null {
  const said = { holder: holder.trim(), iban: iban.replace(/\s/g, ""), bic: bic.trim() };
  return said.holder || said.iban || said.bic ? { holder: said.holder, iban: said.iban, ...(said.bic ? { bic: said.bic } : {}) } : null;
}

/** A period in words: its days, or the one day that it is. */
export function periodText({ first_day, end_day }: { first_day: string; end_day: string }): string {
  const last = lastDay(end_day);
  return first_day === last ? day(last) : `${day(first_day)} – ${day(last)}`;
}
