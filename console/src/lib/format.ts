import { formatLocale } from "./i18n";

const numbers = new Map<string, Intl.NumberFormat>();
const dates = new Map<string, Intl.DateTimeFormat>();

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = formatLocale() + JSON.stringify(options);
  const known = numbers.get(key) ?? new Intl.NumberFormat(formatLocale(), options);
  numbers.set(key, known);
  return known;
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = formatLocale() + JSON.stringify(options);
  const known = dates.get(key) ?? new Intl.DateTimeFormat(formatLocale(), options);
  dates.set(key, known);
  return known;
}

/** 12,345 in the person's locale. */
export function number(value: number | bigint): string {
  return numberFormat({ maximumFractionDigits: 2 }).format(value);
}

/** 12K; for axes and small places. */
export function compact(value: number): string {
  return numberFormat({ notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** +1,234 or −1,234. */
export function signed(value: number): string {
  return numberFormat({ signDisplay: "exceptZero", maximumFractionDigits: 2 }).format(value);
}

/** 12.3%; a share below a hundredth keeps two digits, so that little is never told as nothing. */
export function percent(share: number): string {
  const digits = Math.abs(share) < 0.01 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 1 };
  return numberFormat({ style: "percent", ...digits }).format(share);
}

/** +12.3%; how much something rose or fell. */
export function signedPercent(share: number): string {
  return numberFormat({ style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 1 }).format(share);
}

/** Points from smallest units: `scale` is the number of decimals of the point type. */
export function points(smallest: number, scale = 0): string {
  return numberFormat({ minimumFractionDigits: 0, maximumFractionDigits: scale }).format(smallest / 10 ** scale);
}

export function signedPoints(smallest: number, scale = 0): string {
  return numberFormat({ signDisplay: "exceptZero", maximumFractionDigits: scale }).format(smallest / 10 ** scale);
}

/** How many decimals the major unit of a currency has. */
export function moneyDigits(currency: string): number {
  return numberFormat({ style: "currency", currency, currencyDisplay: "narrowSymbol" }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Money from minor units, which may come as a text with decimals. */
export function money(minor: number | string, currency: string): string {
  return numberFormat({ style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(Number(minor) / 10 ** moneyDigits(currency));
}

/** £0.005 from 0.5 minor units: a price of one point, with all its decimals. */
export function price(minor: number | string, currency: string): string {
  const digits = numberFormat({ style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return numberFormat({ style: "currency", currency, currencyDisplay: "narrowSymbol", maximumFractionDigits: 8 }).format(Number(minor) / 10 ** digits);
}

/** A date is broken at its end at the most: before the time, never between day and month. */
function whole(date: string): string {
  return date.replace(/(?<!,) /g, "\u00a0");
}

/** 9 Dec 2011; instants are shown in `zone`, the program's. */
export function day(value: string, zone?: string): string {
  const plain = /^\d{4}-\d\d-\d\d$/.test(value);
  return whole(dateFormat({ dateStyle: "medium", timeZone: plain ? "UTC" : zone }).format(new Date(value)));
}

/** 9 Dec 2011, 14:05. */
export function moment(value: string, zone?: string): string {
  return whole(dateFormat({ dateStyle: "medium", timeStyle: "short", timeZone: zone }).format(new Date(value)));
}

/** 14:05:09 */
export function clock(value: string, zone?: string): string {
  return dateFormat({ timeStyle: "medium", timeZone: zone }).format(new Date(value));
}

/** Dec 2011, of 2011-12. */
export function month(value: string): string {
  return dateFormat({ month: "short", year: "numeric", timeZone: "UTC" }).format(new Date(`${value.slice(0, 7)}-01T00:00:00Z`));
}

/** The Monday of a week such as 2011-W49. */
export function mondayOf(week: string): string {
  const [year = 1970, number_ = 1] = week.split("-W").map(Number);
  const fourth = new Date(Date.UTC(year, 0, 4));
  const first = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * 86_400_000;
  return new Date(first + (number_ - 1) * 7 * 86_400_000).toISOString().slice(0, 10);
}

/** Words for codes such as points_awarded: Points awarded. */
export function words(code: string): string {
  const text = code.replace(/[_.-]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
