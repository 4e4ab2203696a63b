import { queryOptions, useQuery } from "@tanstack/react-query";
import { get, inProgram, type PageOf } from "@/lib/api";
import { words } from "@/lib/format";
import { useProgramCode } from "@/lib/program";
import type { Share } from "./funding";

/** A condition, or a group of them, as the rule language writes it. */
export interface ConditionGroup {
  combinator: "and" | "or";
  not?: boolean;
  rules: (Condition | ConditionGroup)[];
  muted?: boolean;
}

export interface Condition {
  field: string;
  operator?: string;
  value?: unknown;
  valueSource?: string;
  match?: { mode: string; threshold?: number };
  aggregate?: { fn: string; of?: string; where?: ConditionGroup };
  measure?: Measure;
  formula?: string;
  muted?: boolean;
}

export interface Measure {
  event: string;
  aggregate?: string;
  field?: string;
  window?: unknown;
  where?: ConditionGroup;
  lines?: unknown;
}

export type Effect = Record<string, Record<string, unknown>>;

export interface Limit {
  measure: string;
  max: string | number;
  per: string;
  period: string;
  point_type?: string;
}

export interface Schedule {
  from?: string;
  to?: string;
  weekdays?: number[];
  hours?: [string, string][];
  zone?: string;
  rrule?: string;
}

export interface Example {
  name: string;
  event: Record<string, unknown>;
  facts?: Record<string, unknown>;
  expect: { fired?: boolean; points?: Record<string, string | number> };
}

/** A rule as it is edited. What it means is the server's to say: see check and sentence. */
export interface Rule {
  code: string;
  name?: string;
  description?: string;
  campaign?: string;
  group?: string;
  priority?: number;
  status?: "draft" | "active" | "paused" | "archived";
  trigger: Record<string, unknown>;
  schedule?: Schedule;
  when?: ConditionGroup;
  then: Effect[];
  limits?: Limit[];
  funding?: Share[];
  tests?: Example[];
  revision?: number;
  updated_at?: string;
}

export interface Diagnostic {
  path: string;
  code: string;
  message: string;
}

export interface ExampleResult {
  rule: string;
  name: string;
  passed: boolean;
  problems: string[];
}

export interface Examination {
  diagnostics: Diagnostic[];
  sentence: string;
  examples: ExampleResult[];
}

export interface Field {
  path: string;
  label: string;
  kind: string;
  operators: string[];
  decimals: number;
  options: string[];
}

export interface Words {
  groups: { code: string; label: string; fields: Field[] }[];
  events: string[];
  point_types: Record<string, number>;
  tier_sets: Record<string, string[]>;
}

/** What rules share: a group, campaign, collection or table. */
export interface Part {
  kind: "group" | "campaign" | "collection" | "table";
  code: string;
  name?: string;
  [more: string]: unknown;
}

export interface Version {
  version: number;
  digest: string;
  in_force_from: string;
  published_at: string;
  published_by: string;
  note: string;
  rules: number;
}

export interface Change {
  kind: string;
  code: string;
  action: string;
  fields: { path: string; before: unknown; after: unknown }[];
  [more: string]: unknown;
}

export const rulesQuery = (program: string) =>
  queryOptions({ queryKey: [program, "rules", "all"], queryFn: async () => (await get<PageOf<Rule>>(inProgram(program, "rules"), { limit: 200 })).data });

/** Rules that stay out of the next version. */
export const archivedQuery = (program: string) =>
  queryOptions({ queryKey: [program, "rules", "archived"], queryFn: async () => (await get<PageOf<Rule>>(inProgram(program, "rules"), { limit: 200, archived: true })).data.filter((rule) => rule.status === "archived") });

export const wordsQuery = (program: string) =>
  queryOptions({ queryKey: [program, "rule-fields"], queryFn: () => get<Words>(inProgram(program, "rule-fields")), staleTime: 60_000 });

export const partsQuery = (program: string) =>
  queryOptions({ queryKey: [program, "rule-parts"], queryFn: async () => (await get<PageOf<Part>>(inProgram(program, "rule-parts"))).data });

export const versionsQuery = (program: string) =>
  queryOptions({ queryKey: [program, "rulesets"], queryFn: async () => (await get<PageOf<Version>>(inProgram(program, "rulesets"), { limit: 100 })).data });

export const draftChangesQuery = (program: string, before: number) =>
  queryOptions({ queryKey: [program, "rulesets", "diff", before, null], queryFn: async () => (await get<{ changes: Change[] }>(inProgram(program, "rulesets", "diff"), { before })).changes });

const NO_WORDS: Words = { groups: [], events: [], point_types: {}, tier_sets: {} };

/** Return what rules of this program may look at. */
export function useWords(): Words {
  return useQuery(wordsQuery(useProgramCode())).data ?? NO_WORDS;
}

/** Return the rule without what the server adds to it. */
export function documentOf(rule: Rule): Rule {
  const { revision: _revision, updated_at: _at, ...document } = rule;
  return document;
}

/** Whether two rules say the same: the database gives the keys of objects back in an order of its own. */
export function saysTheSame(one: Rule, other: Rule): boolean {
  return inOrder(one) === inOrder(other);
}

function inOrder(rule: Rule): string {
  const sorted = (_: string, value: unknown) => (typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value);
  return JSON.stringify(documentOf(rule), sorted);
}

export function isGroup(part: unknown): part is ConditionGroup {
  return typeof part === "object" && part !== null && "combinator" in part;
}

/** A code from a name, the same one each time: "Double points!" → double-points; a name without Latin letters → rule-1x2y3z. */
export function codeOf(name: string): string {
  const code = name.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "-").slice(0, 63).replace(/^-+|-+$/g, "");
  return code || `rule-${numberOf(name).toString(36)}`;
}

/** A number of 32 bits that a text stands for (FNV-1a). */
function numberOf(text: string): number {
  return [...text].reduce((found, letter) => Math.imul(found ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0, 0x811c9dc5);
}

/** What a rule is called where nobody named it: "big-basket" is a Big basket. */
export function nameOf(rule: { code: string; name?: string }): string {
  return rule.name?.trim() || words(rule.code);
}

/** The longest name that is made of a sentence. */
const NAME_MAX = 80;

/** Return a rule as it is saved: what it says is its name until somebody gives it another; its code is made of the name. */
export function called(rule: Rule, sentence: string): Rule {
  const said = sentence.length > NAME_MAX ? `${sentence.slice(0, NAME_MAX - 1).trimEnd()}…` : sentence.replace(/[.。]$/, "");
  const name = rule.name?.trim() ? rule.name : said || undefined;
  return { ...rule, ...(name ? { name } : {}), code: rule.code || codeOf(name ?? "") };
}

/** The names of operators for people. */
export const OPERATORS: Record<string, string> = {
  "=": "is", "!=": "is not", in: "is any of", notIn: "is none of", "<": "is less than", "<=": "is at most", ">": "is more than", ">=": "is at least",
  contains: "contains", doesNotContain: "does not contain", beginsWith: "begins with", doesNotBeginWith: "does not begin with", endsWith: "ends with",
  doesNotEndWith: "does not end with", between: "is between", notBetween: "is not between", null: "is missing", notNull: "is present",
};

/** Operators of numbers made from lines or from behaviour. */
export const NUMBER_OPERATORS = [">=", ">", "=", "!=", "<", "<=", "between"];
