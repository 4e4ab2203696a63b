import type { Rule } from "./model";

export interface Template {
  code: string;
  name: string;
  about: string;
  icon: "double" | "cake" | "heart" | "basket" | "stairs" | "star" | "first" | "coin" | "review" | "visits";
  /** The rule to begin with, in the words of the program. */
  make: (words: { points: string; base: string | null; tierSet: string | null; tier: string | null }) => Omit<Rule, "code">;
}

const ORDER = { event: "Order Completed" };
const all = (...rules: object[]) => ({ combinator: "and" as const, rules: rules as never[] });

/** Rules to begin with. Each is a whole rule: it can be checked, tested and published as it stands. */
export const TEMPLATES: Template[] = [
  {
    code: "per-amount", name: "A point for every unit spent", about: "The base of most programs: points in proportion to the order.", icon: "coin",
    make: ({ points }) => ({ name: "A point for every unit spent", trigger: ORDER, then: [{ award: { point_type: points, per_amount: { points: "1", per: "1.00", of: "order.amount" } } }] }),
  },
  {
    code: "double-points", name: "Double points", about: "Everything counts twice on the days you choose.", icon: "double",
    make: ({ points, base }) => ({
      name: "Double points at the weekend", trigger: ORDER, schedule: { weekdays: [6, 7] },
      then: [base ? { award: { point_type: points, multiply: { rule: base, by: "2" } } } : { award: { point_type: points, per_amount: { points: "1", per: "1.00", of: "order.amount" } } }],
    }),
  },
  {
    code: "birthday", name: "Birthday", about: "A present on the day itself, or some days before.", icon: "cake",
    make: ({ points }) => ({ name: "A birthday present", trigger: { birthday: { days_before: 0 } }, then: [{ award: { point_type: points, points: "100" } }] }),
  },
  {
    code: "win-back", name: "Win back after 30 days", about: "Points for coming back, when nothing was bought for a month.", icon: "heart",
    make: ({ points }) => ({
      name: "Welcome back after 30 days", trigger: ORDER,
      when: all({ field: "behaviour", measure: { event: "Order Completed", aggregate: "days_since" }, operator: ">=", value: 30 }),
      then: [{ award: { point_type: points, points: "150" } }],
    }),
  },
  {
    code: "three-for-one", name: "Buy three, get one", about: "Points worth a fourth one when three of a kind are bought.", icon: "basket",
    make: ({ points }) => ({
      name: "Buy three, get one in points", trigger: ORDER,
      when: all({ field: "order.lines", match: { mode: "some" }, value: all({ field: "quantity", operator: ">=", value: 3 }) }),
      then: [{ award: { point_type: points, points: "100" } }],
      limits: [{ measure: "count", max: "1", per: "member", period: "day" }],
    }),
  },
  {
    code: "tier-multiplier", name: "Tier multiplier", about: "Members of a tier earn more on everything.", icon: "stairs",
    make: ({ points, base, tierSet, tier }) => ({
      name: "Half as much again for a tier", trigger: ORDER,
      when: all({ field: tierSet ? `member.tier.${tierSet}` : "member.tier", operator: "=", value: tier ?? "gold" }),
      then: [base ? { award: { point_type: points, multiply: { rule: base, by: "1.5" } } } : { award: { point_type: points, per_amount: { points: "0.5", per: "1.00", of: "order.amount" } } }],
    }),
  },
  {
    code: "big-basket", name: "Big basket", about: "A bonus when an order is worth more than an amount.", icon: "star",
    make: ({ points }) => ({ name: "A bonus for big baskets", trigger: ORDER, when: all({ field: "order.amount", operator: ">=", value: 100 }), then: [{ award: { point_type: points, points: "50" } }] }),
  },
  {
    code: "first-purchase", name: "First purchase", about: "A warm welcome with the first order.", icon: "first",
    make: ({ points }) => ({ name: "Welcome with the first purchase", trigger: { milestone: "first_purchase" }, then: [{ award: { point_type: points, points: "200" } }] }),
  },
  {
    code: "category", name: "Points on a category", about: "More points for the lines of one category or brand, up to a cap.", icon: "basket",
    make: ({ points }) => ({
      name: "Double points on a category", trigger: ORDER,
      then: [{ award: { point_type: points, per_amount: { points: "1", per: "1.00", of: "lines", where: all({ field: "category", operator: "=", value: "" }) } } }],
      limits: [{ measure: "points", max: "500", per: "member", period: "month" }],
    }),
  },
  {
    code: "review", name: "Thanks for a review", about: "Points for what is not a purchase, once a week.", icon: "review",
    make: ({ points }) => ({ name: "Thanks for a review", trigger: { event: "Product Reviewed" }, then: [{ award: { point_type: points, points: "20" } }], limits: [{ measure: "count", max: "1", per: "member", period: "week" }] }),
  },
  {
    code: "visits", name: "Every third order in a month", about: "A habit is rewarded: the third order within 30 days.", icon: "visits",
    make: ({ points }) => ({
      name: "The third order within 30 days", trigger: ORDER,
      when: all({ field: "behaviour", measure: { event: "Order Completed", window: { last_days: 30 } }, operator: ">=", value: 2 }),
      then: [{ award: { point_type: points, points: "75" } }],
      limits: [{ measure: "count", max: "1", per: "member", period: "month" }],
    }),
  },
  {
    code: "inactive", name: "A message after 30 quiet days", about: "Members who stay away hear from you.", icon: "heart",
    make: () => ({ name: "We miss you", trigger: { inactive: { event: "Order Completed", days: 30 } }, then: [{ add_tag: { tag: "win-back" } }, { send_message: { template: "we-miss-you", channel: "email" } }] as Rule["then"] }),
  },
];
