import type { Calendar, Entry } from "./model";

/** Days as ISO dates (2011-12-01): the calendar knows no clock and no zone. */
const DAY_MS = 86_400_000;

export const plus = (date: string, days: number) => new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
/** 1 = Monday … 7 = Sunday. */
export const weekday = (date: string) => new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
export const daysBetween = (first: string, last: string) => Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS);

/** The month after (or before) a month such as 2011-12. */
export function otherMonth(month: string, step: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + step, 1)).toISOString().slice(0, 7);
}

/** The weeks that a month is shown in: from the Monday on or before its first day to a Sunday. */
export function weeksOf(month: string): string[][] {
  const first = `${month}-01`;
  const last = plus(`${otherMonth(month, 1)}-01`, -1);
  const monday = plus(first, 1 - weekday(first));
  const weeks = Math.ceil((daysBetween(monday, last) + 1) / 7);
  return Array.from({ length: weeks }, (_, week) => Array.from({ length: 7 }, (_, day) => plus(monday, week * 7 + day)));
}

/** Something in one week: from which of its days to which (0 = Monday), in which line; `before` and `after` = it goes on there. */
export interface Bar { kind: string; code: string; name: string; entry?: Entry; activity?: Calendar["activities"][number]; start: number; end: number; line: number; before: boolean; after: boolean }

/** Lay what is in a week into as few lines as it takes, campaigns at the top, long before short. */
export function barsOf(week: string[], entries: Entry[], activities: Calendar["activities"]): Bar[] {
  const [first = "", last = ""] = [week[0], week[6]];
  const found: Omit<Bar, "line">[] = [];
  for (const entry of entries) {
    for (const [from, to] of stretches(entry, first, last)) {
      found.push({ kind: entry.kind, code: entry.code, name: entry.name, entry, start: Math.max(0, daysBetween(first, from)), end: Math.min(6, daysBetween(first, to)), before: from < first, after: to > last });
    }
  }
  for (const activity of activities) {
    if (activity.due_on && activity.due_on >= first && activity.due_on <= last) {
      const at = daysBetween(first, activity.due_on);
      found.push({ kind: "activity", code: String(activity.id), name: activity.subject, activity, start: at, end: at, before: false, after: false });
    }
  }
  const rank = (one: Omit<Bar, "line">) => (one.kind === "campaign" ? 0 : one.kind === "activity" ? 2 : 1);
  found.sort((one, other) => rank(one) - rank(other) || one.start - other.start || other.end - one.end);
  const taken: boolean[][] = [];
  return found.map((one) => {
    const free = (line: number) => !taken[line]?.slice(one.start, one.end + 1).some(Boolean);
    let line = 0;
    while (!free(line)) line += 1;
    const row = (taken[line] ??= Array<boolean>(7).fill(false));
    for (let day = one.start; day <= one.end; day += 1) row[day] = true;
    return { ...one, line };
  });
}

/** The days of an entry in a week, in stretches without a gap. */
function stretches(entry: Entry, first: string, last: string): [string, string][] {
  if (!entry.days) {
    const from = entry.first ?? plus(first, -1);
    const to = entry.last ?? plus(last, 1);
    return from <= last && to >= first ? [[from, to]] : [];
  }
  const found: [string, string][] = [];
  for (const day of entry.days) {
    if (day < first || day > last) continue;
    const open = found.at(-1);
    if (open && plus(open[1], 1) === day) open[1] = day;
    else found.push([day, day]);
  }
  return found;
}
