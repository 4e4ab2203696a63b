import { describe, expect, it } from "vitest";
import { cellOf, heatOf, opens } from "@/features/dashboards/drill";
import { download } from "@/features/dashboards/exporting";
import { firstOf, LISTS, packed, readable } from "@/features/dashboards/first";
import { inOrder, settled, type Step, stepped } from "@/features/dashboards/grid";
import { askedBy, FIRST, shifted, widget, type Report, type Widget } from "@/features/dashboards/model";
import { AS_SET, over } from "@/features/dashboards/RangePicker";

describe("what a widget asks", () => {
  it("counts days back from the server's day, half-open", () => {
    expect(askedBy(widget("a", { by: "month", days: 30 }), "2011-12-10")).toEqual({ by: "month", from: "2011-11-11", to: "2011-12-11" });
    expect(askedBy(widget("a", {}), undefined)).toBeUndefined();
  });
  it("asks for few rows only where rows are no time and no total is wanted", () => {
    expect(askedBy(widget("a", { by: "store", rows: 8 }), "2011-12-10")).toMatchObject({ limit: 8 });
    expect(askedBy(widget("a", { by: "week" }), "2011-12-10")).not.toHaveProperty("limit");
    expect(askedBy(widget("a", { by: "store", show: "figure" }), "2011-12-10")).not.toHaveProperty("limit");
  });
  it("takes the days of the page instead of its own", () => {
    const own = { ...AS_SET, days: "own" as const, from: "2011-02-01", to: "2011-02-28" };
    expect(over(widget("a", {}), own)).toMatchObject({ from: "2011-02-01", to: "2011-03-01" });
    expect(over(widget("a", {}), { ...own, to: "2011-01-01" })).not.toHaveProperty("from");
    expect(over(widget("a", { compare: "year" }), AS_SET).compare).toBe("year");
    expect(over(widget("a", { compare: "year" }), { ...AS_SET, compare: "none" }).compare).toBe("");
  });
  it("moves days over months and leap years", () => {
    expect(shifted("2012-03-01", -1)).toBe("2012-02-29");
    expect(shifted("2011-12-31", 1)).toBe("2012-01-01");
  });
});

describe("what is opened", () => {
  it("leads from a budget to the points of its campaign or rule", () => {
    const budgets = widget("b", { report: "budgets", by: "budget", field: "share" });
    expect(cellOf(budgets, { key: "campaign:advent/points/lifetime/points/ever", label: "" })).toEqual({ report: "points", by: "campaign", key: "advent", field: "issued", ever: true });
    expect(cellOf(budgets, { key: "rule:weekend/points", label: "" })).toMatchObject({ by: "rule", key: "weekend" });
  });
  it("asks for the month of a cohort that was clicked", () => {
    expect(cellOf(widget("r", { report: "retention", by: "cohort", field: "retention" }), { key: "2011-01", label: "", field: "bought:3" })).toEqual({ report: "retention", by: "cohort", key: "2011-01", field: "bought:3" });
  });
  it("is nothing where the server lists nothing", () => {
    expect(opens({ report: "events" } as Report, null)).toBe(false);
    expect(opens({ report: "sales" } as Report, "orders")).toBe(true);
    expect(opens({ report: "budgets" } as Report, null)).toBe(true);
  });
});

it("draws cohorts without their first month, which is all of them", () => {
  const { across, cells } = heatOf([{ key: "2011-01", label: "", retention: ["1.0000", "0.2206", "0.5"] }, { key: "2011-02", label: "", retention: ["1.0000", "0.1"] }]);
  expect(across).toBe(3);
  expect(cells).toEqual([[1, 0, 22.1], [2, 0, 50], [1, 1, 10]]);
});

function apart(widgets: Widget[]): void {
  for (const one of widgets) {
    expect(one.x + one.w).toBeLessThanOrEqual(12);
    for (const other of widgets) {
      if (one === other) continue;
      expect(one.x + one.w <= other.x || other.x + other.w <= one.x || one.y + one.h <= other.y || other.y + other.h <= one.y).toBe(true);
    }
  }
}

const READER = ["reports:read", "members:read", "approvals:read", "books:read"];

describe("what a role sees first", () => {
  it("stands without gaps and without overlaps", () => {
    const finance = firstOf(["finance"], READER);
    expect(finance.length).toBeLessThan(FIRST.length);
    expect(finance.some((one) => one.show === "list" && one.report === "books")).toBe(true);
    apart(finance);
  });
  it("is everything for several roles", () => {
    expect(firstOf(["finance", "marketer"], READER)).toBe(FIRST);
  });
  it("is what can be read: lists where reports cannot", () => {
    expect(firstOf(["service_agent"], ["members:read"]).map((one) => one.report)).toEqual(["tasks", "members"]);
    expect(firstOf(["approver"], ["members:read", "approvals:read"]).map((one) => one.report)).toEqual(["approvals", "members"]);
    expect(firstOf(["service_agent", "approver"], ["members:read", "approvals:read"]).map((one) => one.report)).toEqual(["tasks", "members", "approvals"]);
    expect(firstOf(["something"], [])).toEqual([]);
    expect(Object.keys(LISTS)).toEqual(["tasks", "members", "approvals", "books"]);
  });
  it("leaves out of a shared dashboard what cannot be read", () => {
    expect(readable([widget("a", {}), widget("b", { report: "tasks", show: "list" })], ["members:read"]).map((one) => one.id)).toEqual(["b"]);
  });
});

describe("a board", () => {
  it("lets widgets rise to where there is room, as the arranging grid does", () => {
    const risen = settled([widget("a", { x: 0, y: 4, w: 6, h: 3 }), widget("b", { x: 3, y: 9, w: 6, h: 2 }), widget("c", { x: 9, y: 20, w: 3, h: 1 })]);
    expect(risen.map((one) => [one.id, one.y])).toEqual([["a", 0], ["b", 3], ["c", 0]]);
  });
  it("pushes down what would stand over another", () => {
    const two = settled([widget("a", { x: 0, y: 0 }), widget("b", { x: 1, y: 0 })]);
    apart(two);
  });
  it("leaves the first dashboard as it is", () => {
    expect(settled(FIRST).map((one) => [one.id, one.y])).toEqual([...FIRST].sort((one, other) => one.y - other.y || one.x - other.x).map((one) => [one.id, one.y]));
  });
  it("takes a widget past its neighbour, in each direction and back", () => {
    const board = [widget("a", { x: 0, y: 0, w: 6, h: 3 }), widget("b", { x: 6, y: 0, w: 6, h: 3 }), widget("c", { x: 0, y: 3, w: 6, h: 7 }), widget("d", { x: 6, y: 3, w: 6, h: 7 })];
    const walk = (id: string, ...steps: Step[]) => {
      const after = steps.reduce((now, step) => stepped(now, id, step), board);
      apart(after);
      return inOrder(after).map((one) => one.id).join("");
    };
    expect(walk("a", "right")).toBe("bacd");
    expect(walk("d", "left")).toBe("abdc");
    expect(walk("c", "up")).toBe("cbda");
    expect(walk("a", "down")).toBe("cbda");
    expect(walk("c", "up", "down")).toBe("abcd");
    expect(walk("a", "left", "up")).toBe("abcd");
    expect(stepped(board, "b", "narrower").find((one) => one.id === "b")).toMatchObject({ x: 6, w: 5 });
    expect(stepped(board, "b", "wider").find((one) => one.id === "b")).toMatchObject({ x: 6, w: 6 });
    expect(stepped(board, "a", "taller").map((one) => [one.id, one.y, one.h])).toEqual([["a", 0, 4], ["b", 0, 3], ["c", 4, 7], ["d", 3, 7]]);
  });
  it("packs from the left, figures by themselves, rows filled", () => {
    apart(packed(FIRST));
    const rows = packed([widget("a", { h: 3 }), widget("b", { w: 6, h: 8 }), widget("c", { w: 5, h: 7 }), widget("d", { w: 8, h: 7 })]);
    expect(rows.map((one) => [one.id, one.x, one.y, one.w, one.h])).toEqual([["a", 0, 0, 12, 3], ["b", 0, 3, 7, 8], ["c", 7, 3, 5, 8], ["d", 0, 11, 12, 7]]);
  });
});

it("downloads what is shown", () => {
  expect(download("a b", "tier-moves", { from: "2011-01-01", by: "month" }, "xlsx")).toBe("/api/v1/programs/a%20b/reports/tier-moves?from=2011-01-01&by=month&format=xlsx");
});
