import type { Rule } from "./model";

/** Return all rules in the order after `rule` was put to place `to` among its group. */
export function moved(all: Rule[], group: Rule[], rule: Rule, to: number): Rule[] {
  const ordered = group.filter((one) => one !== rule);
  ordered.splice(to, 0, rule);
  const places = all.flatMap((one, index) => (group.includes(one) || one === rule ? [index] : []));
  const next = [...all];
  for (const [index, place] of places.entries()) next[place] = ordered[index] as Rule;
  return next;
}

/** How far apart priorities are put, so that a rule fits between two others later. */
const APART = 10;

/** Return the priorities that rules have to get so that they stand in this order, of equal ones by their code; only those that change, and few. */
export function priorities(order: Rule[]): { rule: Rule; priority: number }[] {
  let after: { code: string; priority: number } | undefined;
  const changed: { rule: Rule; priority: number }[] = [];
  for (const rule of [...order].reverse()) {
    const own = rule.priority ?? 0;
    const stands = !after || own > after.priority || (own === after.priority && rule.code.localeCompare(after.code) < 0);
    const fits = after && rule.code.localeCompare(after.code) < 0;
    const priority = stands || !after ? own : fits ? after.priority : after.priority + APART;
    if (priority !== own) changed.unshift({ rule, priority });
    after = { code: rule.code, priority };
  }
  return changed;
}
