import { describe, expect, it } from "vitest";
import { amountText, progress } from "@/features/members/distance";

const TYPES = [{ code: "status", name: "Status points", scale: 0 }, { code: "fine", name: "Fine points", scale: 2 }];
const t = (key: string, values: Record<string, string>) => key.replace("{{n}}", values.n ?? "");
const text = (amount: number | string, measured_in: string, currency = "EUR", sums = false) => amountText(amount, { measured_in, sums }, TYPES, currency, t);

describe("how far the next tier is", () => {
  it("says its unit, with the decimals it has", () => {
    expect(text(3950, "spend")).toBe("€39.50");
    expect(text(3950, "spend", "JPY")).toBe("¥3,950");
    expect(text(40, "points:status")).toBe("40 Status points");
    expect(text(1250, "points:fine")).toBe("12.5 Fine points");
    expect(text(3, "purchases")).toBe("3 orders");
    expect(text(2, "event")).toBe("2 times");
    expect(text("87.5", "event", "EUR", true)).toBe("87.5");
  });

  it("is a share of a threshold in major units", () => {
    expect(progress(3950, "100", "spend", TYPES, "EUR")).toBe(60.5);
    expect(progress(395, 1000, "spend", TYPES, "JPY")).toBe(60.5);
    expect(progress(1250, "50", "points:fine", TYPES, "EUR")).toBe(75);
    expect(progress("87.5", 100, "event", TYPES, "EUR")).toBe(12.5);
    expect(progress(0, 0, "purchases", TYPES, "EUR")).toBe(100);
  });
});
