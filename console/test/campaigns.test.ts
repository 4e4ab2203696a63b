import { describe, expect, it } from "vitest";
import { barsOf, otherMonth, plus, weekday, weeksOf } from "@/features/campaigns/days";
import type { Entry } from "@/features/campaigns/model";

const entry = (code: string, first: string | null, last: string | null, part: Partial<Entry> = {}): Entry => ({ kind: "campaign", code, name: code, status: "active", first, last, days: null, campaigns: [], ...part });
const WEEK = weeksOf("2011-12")[1] as string[];
const laid = (...entries: Entry[]) => barsOf(WEEK, entries, []).map(({ code, start, end, line, before, after }) => [code, start, end, line, before, after]);

describe("the days of a calendar", () => {
  it("counts them without a clock", () => {
    expect(plus("2012-02-28", 2)).toBe("2012-03-01");
    expect(weekday("2011-12-04")).toBe(7);
    expect([otherMonth("2011-12", 1), otherMonth("2012-01", -1)]).toEqual(["2012-01", "2011-12"]);
  });

  it("shows a month in whole weeks from Monday to Sunday", () => {
    const weeks = weeksOf("2011-12");
    expect([weeks.length, weeks[0]?.[0], weeks.at(-1)?.[6]]).toEqual([5, "2011-11-28", "2012-01-01"]);
    expect(weeksOf("2021-02").length).toBe(4);
    expect(weeksOf("2020-03").length).toBe(6);
  });
});

describe("the bars of a week", () => {
  it("says where one came from and goes on", () => {
    expect(laid(entry("a", "2011-12-01", "2011-12-07"))).toEqual([["a", 0, 2, 0, true, false]]);
    expect(laid(entry("b", "2011-12-10", null))).toEqual([["b", 5, 6, 0, false, true]]);
    expect(laid(entry("c", null, "2011-12-04"))).toEqual([]);
  });

  it("takes as few lines as it can, and none is under another", () => {
    expect(laid(entry("a", "2011-12-05", "2011-12-06"), entry("b", "2011-12-06", "2011-12-08"), entry("c", "2011-12-07", "2011-12-07"))).toEqual([
      ["a", 0, 1, 0, false, false], ["b", 1, 3, 1, false, false], ["c", 2, 2, 0, false, false],
    ]);
  });

  it("breaks where a rule is shut, and puts campaigns above", () => {
    const rule = entry("r", null, null, { kind: "rule", days: ["2011-12-05", "2011-12-06", "2011-12-10", "2011-12-17"] });
    expect(laid(rule, entry("a", "2011-12-01", "2011-12-31"))).toEqual([["a", 0, 6, 0, true, true], ["r", 0, 1, 1, false, false], ["r", 5, 5, 1, false, false]]);
  });
});
