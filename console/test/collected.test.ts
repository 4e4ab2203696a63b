import { describe, expect, it } from "vitest";
import { collected } from "@/lib/collected";

describe("a question that is asked together with others", () => {
  it("is asked once for all keys of a moment, and again afterwards", async () => {
    const asked: [string, string[]][] = [];
    const question = collected(3, async (scope, keys) => {
      asked.push([scope, keys]);
      return new Map(keys.filter((key) => key !== "unknown").map((key) => [key, key.toUpperCase()]));
    });
    expect(await Promise.all([question("a", "x"), question("a", "y"), question("a", "x"), question("b", "x"), question("a", "unknown")])).toEqual(["X", "Y", "X", "X", null]);
    expect(asked).toEqual([["a", ["x", "y", "unknown"]], ["b", ["x"]]]);
    expect(await question("a", "x")).toBe("X");
    expect(asked.length).toBe(3);
  });

  it("never asks for more than it may at once", async () => {
    const sizes: number[] = [];
    const question = collected(2, async (_, keys) => {
      sizes.push(keys.length);
      return new Map(keys.map((key) => [key, key]));
    });
    expect(await Promise.all(["1", "2", "3", "1", "4", "5"].map((key) => question("a", key)))).toEqual(["1", "2", "3", "1", "4", "5"]);
    expect(sizes.every((size) => size <= 2)).toBe(true);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(6);
  });

  it("tells everybody that asking failed", async () => {
    const question = collected(2, async () => Promise.reject(new Error("away")));
    await expect(question("a", "1")).rejects.toThrow("away");
  });
});
