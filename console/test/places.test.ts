import { describe, expect, it } from "vitest";
import { nextStop, type Stop, stopsOf } from "@/components/places";

const stop = (row: number, column: number): Stop => ({ key: `${row} ${column}`, label: "", row, column });

describe("the keyboard in a picture", () => {
  it("goes along a row or a column by every arrow, and stays at the ends", () => {
    const row = [stop(0, 0), stop(0, 1), stop(0, 2)];
    expect(["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "Home", "End", "x"].map((key) => nextStop(row, 1, key))).toEqual([2, 2, 0, 0, 0, 2, 1]);
    expect(nextStop(row, 2, "ArrowRight")).toBe(2);
  });
  it("goes up and down in a grid with holes", () => {
    const steps = [stop(0, 1), stop(0, 2), stop(1, 1)];
    expect(nextStop(steps, 0, "ArrowDown")).toBe(2);
    expect(nextStop(steps, 1, "ArrowDown")).toBe(1);
    expect(nextStop(steps, 2, "ArrowUp")).toBe(0);
  });
  it("reads a lying bar chart from the top, and the values in their own words", () => {
    const valueFormatter = (value: unknown) => `£${String(value)}`;
    const lying = stopsOf({ tooltip: { valueFormatter }, xAxis: { type: "value" }, yAxis: { data: ["low", "high"] }, series: [{ data: [1, 9] }] });
    expect(lying.stops.map((one) => [one.key, one.label])).toEqual([["1", "high: £9"], ["0", "low: £1"]]);
    const beside = stopsOf({ xAxis: { data: ["Jan", "Feb"] }, yAxis: {}, series: [{ data: [0, 0] }, { data: [3, 4] }] });
    expect([beside.series, beside.stops.map((one) => one.label)]).toEqual([1, ["Jan: 3", "Feb: 4"]]);
    expect(stopsOf({ series: [{ data: [{ name: "Gold", value: 19 }] }] }).stops.map((one) => one.label)).toEqual(["Gold: 19"]);
  });
});
