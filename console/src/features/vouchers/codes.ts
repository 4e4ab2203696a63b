/** Return the codes in a text: one a line, or separated by blanks, commas or semicolons; of a table, those of its column `code`. */
export function codesIn(text: string): string[] {
  const plain = text.replace(/^\uFEFF/, "");
  const end = plain.search(/[\r\n]/);
  const first = end < 0 ? plain : plain.slice(0, end);
  const comma = [";", "\t", ","].find((one) => first.includes(one)) ?? ",";
  const place = cells(first, comma).findIndex((one) => one.toLowerCase() === "code");
  if (place < 0) return plain.split(/[\s,;]+/).filter(Boolean);
  const lines = plain.slice(first.length).split(/\r?\n/);
  return lines.map((line) => cells(line, comma)[place] ?? "").filter(Boolean);
}

function cells(line: string, comma: string): string[] {
  return line.split(comma).map((one) => one.trim().replace(/^"(.*)"$/, "$1").replace(/^'(?=[=+\-@])/, ""));
}
