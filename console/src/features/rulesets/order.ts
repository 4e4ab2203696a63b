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

/** Return the priorities that rules have to get so that they stand in this order; only those that change. */
export function priorities(order: Rule[]): { rule: Rule; priority: number }[] {
  return order.map((rule, place) => ({ rule, priority: (order.length - place) * 10 })).filter(({ rule, priority }) => (rule.priority ?? 0) !== priority);
}
