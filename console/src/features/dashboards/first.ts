import { FIRST, type Widget, widget } from "./model";

/** Lists of what is to be done, and what one has to be allowed to see them. */
export const LISTS: Record<string, { title: string; needs: string }> = {
  tasks: { title: "Tasks for me", needs: "members:read" },
  members: { title: "Members", needs: "members:read" },
  approvals: { title: "What waits for approval", needs: "approvals:read" },
  books: { title: "What is owed to members", needs: "books:read" },
};

const list = (report: string, part: Partial<Widget>): Widget => widget(`${report}-list`, { title: LISTS[report]?.title ?? "", report, show: "list", w: 6, h: 7, ...part });

/** What those see first who work without reports. */
const WORK: Widget[] = [list("tasks", { x: 0 }), list("members", { x: 6 }), list("approvals", { x: 0, y: 8 }), list("books", { x: 6, y: 8 })];

/** What people of a role look at first: lists, then the figures and charts named here. */
const OF_ROLE: Record<string, { lists: string[]; reports: string[] }> = {
  finance: { lists: ["books", "approvals"], reports: ["issued", "redeemed", "expired", "rate", "points", "revenue", "budgets", "tiers"] },
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

/** Up to how many rows of the grid a widget is low: figures stand with figures. */
const LOW_MAX = 3;
const COLUMNS = 12;

/** Put widgets into rows from the left, in the order given: low ones by themselves, and each row filled. */
export function packed(widgets: Widget[]): Widget[] {
  const rows: Widget[][] = [];
  for (const one of widgets) {
    const row = rows.at(-1);
    const fits = row && row.reduce((sum, other) => sum + other.w, one.w) <= COLUMNS && row.every((other) => (other.h <= LOW_MAX) === (one.h <= LOW_MAX));
    if (fits) row.push(one);
    else rows.push([one]);
  }
  let y = 0;
  return rows.flatMap((row) => {
    const left = COLUMNS - row.reduce((sum, one) => sum + one.w, 0);
    const high = Math.max(...row.map((one) => one.h));
    let x = 0;
    const placed = row.map((one, place) => {
      const w = one.w + Math.floor(left / row.length) + (place < left % row.length ? 1 : 0);
      x += w;
      return { ...one, x: x - w, y, w, h: high };
    });
    y += high;
    return placed;
  });
}
