import { FIRST, type Widget, widget } from "./model";

/** Lists of what is to be done, and what one has to be allowed to see them. */
export const LISTS: Record<string, { title: string; needs: string }> = {
  tasks: { title: "Tasks for me", needs: "members:read" },
  members: { title: "Members", needs: "members:read" },
  approvals: { title: "What waits for approval", needs: "approvals:read" },
  books: { title: "What is owed to members", needs: "books:read" },
};

const list = (report: string, part: Partial<Widget>): Widget => widget(`${report}-list`, { title: LISTS[report]?.title ?? "", report, show: "list", w: 6, h: 8, ...part });

/** What those see first who work without reports. */
const WORK: Widget[] = [list("tasks", { x: 0 }), list("members", { x: 6 }), list("approvals", { x: 0, y: 8 }), list("books", { x: 6, y: 8 })];

/** What people of a role look at first: lists, then the figures and charts named here. */
const OF_ROLE: Record<string, { lists: string[]; reports: string[] }> = {
  finance: { lists: ["books", "approvals"], reports: ["net", "issued", "redeemed", "expired", "rate", "points", "revenue", "budgets", "tiers"] },
  analyst: { lists: [], reports: ["net", "orders", "enrolments", "rate", "trend", "cohorts", "moves", "products", "locations", "promotions", "tiers"] },
  service_agent: { lists: ["tasks", "members"], reports: [] },
  approver: { lists: ["approvals", "members"], reports: [] },
};

/** Return what one has to be allowed to see a widget. */
export function needsOf(one: Widget): string {
  return one.show === "list" ? (LISTS[one.report]?.needs ?? "reports:read") : "reports:read";
}

/** Return the widgets that somebody with these permissions can read. */
export function readable(widgets: Widget[], permissions: string[]): Widget[] {
  return widgets.filter((one) => permissions.includes(needsOf(one)));
}

/** Return the first dashboard of somebody with these roles and permissions, its widgets put together without gaps. */
export function firstOf(roles: string[], permissions: string[]): Widget[] {
  const own = roles.length === 1 ? OF_ROLE[roles[0] ?? ""] : undefined;
  const all = own
    ? [...FIRST.filter((one) => one.show === "figure" && own.reports.includes(one.id)), ...own.lists.flatMap((report) => WORK.filter((one) => one.report === report)), ...FIRST.filter((one) => one.show !== "figure" && own.reports.includes(one.id))]
    : permissions.includes("reports:read") ? FIRST : WORK;
  const seen = readable(all, permissions);
  return all === FIRST && seen.length === FIRST.length ? FIRST : packed(seen);
}

/** Put widgets into rows from the left, in the order given. */
export function packed(widgets: Widget[]): Widget[] {
  let [x, y, high] = [0, 0, 0];
  return widgets.map((one) => {
    if (x + one.w > 12) [x, y, high] = [0, y + high, 0];
    const placed = { ...one, x, y };
    x += one.w;
    high = Math.max(high, one.h);
    return placed;
  });
}

