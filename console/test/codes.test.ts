import { describe, expect, it } from "vitest";
import { codesIn } from "@/features/vouchers/codes";

describe("codes in a text", () => {
  it("stand one a line, or apart by blanks, commas and semicolons", () => {
    expect(codesIn("AA-1\nBB-2\r\nCC-3, DD-4;EE-5\n\n")).toEqual(["AA-1", "BB-2", "CC-3", "DD-4", "EE-5"]);
    expect(codesIn("")).toEqual([]);
  });
  it("of a table are those of its column", () => {
    expect(codesIn("Note;Code\nfor Ann;AA-1\n;BB-2\n")).toEqual(["AA-1", "BB-2"]);
    expect(codesIn('\uFEFFcode,uses\r\n"AA-1",2\r\n\'=CC,1\r\n')).toEqual(["AA-1", "=CC"]);
  });
  it("need no line after the header", () => {
    expect(codesIn("code")).toEqual([]);
  });
});
