import { beforeEach, describe, expect, it, vi } from "vitest";
import { assignees } from "@/features/care/model";
import { instantOf, localOf } from "@/lib/fields";
import { day, money, number, percent, points, words } from "@/lib/format";
import { languageOf } from "@/lib/i18n";
import { asProblem, problemOf } from "@/lib/problem";
import { readStored, store } from "@/lib/stored";
import { parsed } from "@/lib/stream";

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("navigator", { languages: ["de-DE", "en-GB"], language: "en-GB" });
  vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) });
});

describe("a stream", () => {
  it("is read message by message, however it is cut", () => {
    const first = parsed('event: figures\nid: 3\ndata: {"a":1}\n\nevent: pace\ndata: {"b"');
    expect(first.messages).toEqual([{ event: "figures", id: "3", data: { a: 1 } }]);
    expect(parsed(`${first.rest}:2}\n\n`).messages).toEqual([{ event: "pace", id: null, data: { b: 2 } }]);
  });
  it("passes over what carries nothing", () => expect(parsed(": still here\n\n").messages).toEqual([]));
});

describe("local time", () => {
  it("is that of the program, over a change of the clock", () => {
    expect(instantOf("2026-03-29T12:00", "Europe/Berlin")).toBe("2026-03-29T10:00:00.000Z");
    expect(instantOf("2026-03-28T12:00", "Europe/Berlin")).toBe("2026-03-28T11:00:00.000Z");
    expect(localOf("2026-03-29T10:00:00Z", "Europe/Berlin")).toBe("2026-03-29T12:00");
    expect(instantOf("", "UTC")).toBeNull();
  });
});

describe("figures", () => {
  it("have the decimals of their point type, and of their currency", () => {
    expect(points(1250, 2)).toBe("12.5");
    expect(money(1250, "GBP")).toMatch(/12\.50/);
    expect(money(1250, "JPY")).toMatch(/1,250/);
    expect(number(1234567)).toBe("1,234,567");
    expect([percent(0.1234), percent(0.00073), percent(0)]).toEqual(["12.3%", "0.073%", "0%"]);
  });
  it("and days that are no instants stay what they are", () => expect(day("2011-12-09", "Pacific/Apia")).toMatch(/9/));
  it("and codes become words", () => expect(words("points_awarded")).toBe("Points awarded"));
});

it("knows its languages", () => {
  expect(languageOf("zh-Hans-CN")).toBe("zh-CN");
  expect(languageOf("en-GB")).toBe("en");
  expect(languageOf(null)).toBe("en");
});

describe("refusals", () => {
  it("are the API's own words", () => {
    const problem = problemOf({ code: "sold_out", message: "It is gone.", errors: [], request_id: "r1" }, new Response(null, { status: 409 }));
    expect([problem.status, problem.code, problem.message, problem.requestId]).toEqual([409, "sold_out", "It is gone.", "r1"]);
  });
  it("say what to do where the server did not answer", () => {
    expect(problemOf("<html>", undefined).code).toBe("offline");
    expect(asProblem("strange").message).toBe("strange");
  });
});

it("keeps drafts in the browser, and forgets them", () => {
  store("draft", { a: 1 });
  expect(readStored("draft", null)).toEqual({ a: 1 });
  store("draft", undefined);
  expect(readStored("draft", "nothing")).toBe("nothing");
});

it("offers colleagues, and whatever a rule wrote", () => {
  const ann = { email: "ann@shop.example", name: "Ann", me: true };
  expect(assignees([ann], "")).toEqual([{ value: "ann@shop.example", label: "Ann" }]);
  expect(assignees([ann], "care")).toHaveLength(2);
  expect(assignees([ann], "ann@shop.example")).toHaveLength(1);
});
