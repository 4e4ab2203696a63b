/** The weeks, from Monday on, that hold a month such as 2011-12: six of them, as days. */
export function gridOf(month: string): { first: string; weeks: string[][] } {
  const start = new Date(`${month}-01T00:00:00Z`);
  start.setUTCDate(1 - ((start.getUTCDay() + 6) % 7));
  const days = Array.from({ length: 42 }, (_, index) => {
    const date = new Date(start);
    date.setUTCDate(start.getUTCDate() + index);
    return date.toISOString().slice(0, 10);
  });
  return { first: days[0] ?? "", weeks: Array.from({ length: 6 }, (_, week) => days.slice(week * 7, week * 7 + 7)) };
}

/** The month so many months later. */
export function monthsLater(month: string, count: number): string {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + count);
  return date.toISOString().slice(0, 7);
}

/** Hours in words: 17:00–20:00, or that it is the whole day. */
export function openFor(spans: [string, string][], wholeDay: string): string {
  return spans.map(([from, to]) => (from === "00:00" && to === "24:00" ? wholeDay : `${from}–${to}`)).join(", ");
}
