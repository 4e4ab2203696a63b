import { describe, expect, it } from "vitest";
import { gridOf, monthsLater, openFor } from "@/features/rulesets/calendar";
import { stepped } from "@/features/rulesets/history";
import { called, codeOf, documentOf, nameOf, type Rule } from "@/features/rulesets/model";
import { moved, priorities } from "@/features/rulesets/order";
import { TEMPLATES } from "@/features/rulesets/templates";

const rule = (code: string, group?: string, priority?: number): Rule => ({ code, trigger: {}, then: [], ...(group ? { group } : {}), ...(priority ? { priority } : {}) });
const codes = (rules: Rule[]) => rules.map((one) => one.code).join(" ");

describe("undo and redo", () => {
  const begin = { past: [], now: "a", future: [], at: 0, place: "" } as { past: string[]; now: string; future: string[]; at: number; place: string };
  it("goes back and forth, and forgets the future when something new is done", () => {
    const two = stepped(stepped(begin, { do: "set", value: "b", place: "name", time: 1 }), { do: "set", value: "c", place: "then", time: 2 });
    const back = stepped(two, { do: "undo" });
    expect([back.now, back.future]).toEqual(["b", ["c"]]);
    expect(stepped(back, { do: "redo" }).now).toBe("c");
    expect(stepped(back, { do: "set", value: "d", place: "name", time: 9_999 }).future).toEqual([]);
    expect(stepped(begin, { do: "undo" })).toBe(begin);
  });
  it("takes typing at one place in one go", () => {
    const typed = stepped(stepped(begin, { do: "set", value: "ab", place: "name", time: 100 }), { do: "set", value: "abc", place: "name", time: 300 });
    expect(stepped(typed, { do: "undo" }).now).toBe("a");
  });
});

describe("the order of rules", () => {
  const [a, b, c, x] = [rule("a"), rule("b"), rule("c"), rule("x", "best")];
  it("changes among its own group and leaves the others where they are", () => {
    expect(codes(moved([a, x, b, c], [a, b, c], c, 0))).toBe("c x a b");
    expect(codes(moved([a, x, b, c], [a, b, c], a, 2))).toBe("b x c a");
  });
  it("takes in a rule of another group", () => {
    expect(codes(moved([a, b, x], [a, b], x, 1))).toBe("a x b");
  });
  it("is written as priorities, of those alone that change", () => {
    const written = (...order: Rule[]) => priorities(order).map((one) => [one.rule.code, one.priority]);
    expect(written(rule("a", undefined, 20), rule("b", undefined, 5))).toEqual([]);
    expect(written(rule("b", undefined, 5), rule("a", undefined, 20))).toEqual([["b", 30]]);
    expect(written(a, b, c)).toEqual([]);
    expect(written(b, a, c)).toEqual([["b", 10]]);
    expect(written(c, a, b)).toEqual([["c", 10]]);
    expect(written(a, c, b)).toEqual([["a", 10], ["c", 10]]);
  });
});

describe("the calendar", () => {
  it("shows six weeks from a Monday on", () => {
    const { first, weeks } = gridOf("2011-12");
    expect(first).toBe("2011-11-28");
    expect(weeks).toHaveLength(6);
    expect(weeks[5]?.[6]).toBe("2012-01-08");
    expect(gridOf("2010-11").first).toBe("2010-11-01");
  });
  it("steps over years", () => {
    expect(monthsLater("2011-12", 1)).toBe("2012-01");
    expect(monthsLater("2012-01", -1)).toBe("2011-12");
  });
  it("says hours", () => {
    expect(openFor([["00:00", "24:00"]], "all day")).toBe("all day");
    expect(openFor([["00:00", "02:00"], ["22:00", "24:00"]], "all day")).toBe("00:00–02:00, 22:00–24:00");
  });
});

it("makes codes from names", () => {
  expect(codeOf("Double points!")).toBe("double-points");
  expect(codeOf("Éclair à 50 %")).toBe("e-clair-a-50");
  expect(codeOf("双倍积分")).toMatch(/^rule-[a-z0-9]+$/);
  expect(codeOf("双倍积分")).not.toBe(codeOf("三倍积分"));
});

it("sends a rule without what the server adds", () => {
  expect(documentOf({ ...rule("a"), revision: 3, updated_at: "now" })).toEqual(rule("a"));
});

it("has a template for each of the usual promotions, with codes that differ", () => {
  expect(new Set(TEMPLATES.map((one) => one.code)).size).toBe(TEMPLATES.length);
  for (const one of TEMPLATES) expect(one.make({ points: "points", base: null, tierSet: null, tier: null }).then.length).toBeGreaterThan(0);
});

it("a rule that nobody named is called what it says", () => {
  const rule: Rule = { code: "", trigger: { event: "Order Completed" }, then: [] };
  expect(called(rule, "Give 5 points.")).toMatchObject({ name: "Give 5 points", code: "give-5-points" });
  expect(called({ ...rule, name: "Mine" }, "Give 5 points.")).toMatchObject({ name: "Mine", code: "mine" });
  expect(called(rule, "x".repeat(200)).name).toHaveLength(80);
  expect(nameOf({ code: "big-basket" })).toBe("Big basket");
});
