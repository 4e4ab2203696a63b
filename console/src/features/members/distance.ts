import { money, moneyDigits, number, points } from "@/lib/format";
import type { PointType } from "@/lib/program";

/** What a tier set counts, as far as its amounts are concerned. */
export interface Counted {
  /** As answers say it: spend, purchases, event, or points:<point type>. */
  measured_in: string;
  /** Whether a field of events is added up. */
  sums: boolean;
}

/** An amount of what moves a tier set, with its unit: £39.50, 40 Status points, 3 orders. */
export function amountText(amount: number | string, counted: Counted, types: Pick<PointType, "code" | "name" | "scale">[], currency: string, t: (key: string, values: Record<string, string>) => string): string {
  const [kind, code] = counted.measured_in.split(":");
  if (kind === "spend") return money(amount, currency);
  const type = types.find((one) => one.code === code);
  if (type) return `${points(Number(amount), type.scale)} ${type.name}`;
  const n = number(Number(amount));
  if (kind === "purchases") return t("{{n}} orders", { n });
  return counted.sums ? n : t("{{n}} times", { n });
}

/** How much of the way to a threshold is gone, in percent. Thresholds are written in major units, amounts in smallest ones. */
export function progress(missing: number | string, threshold: number | string, measured_in: string, types: Pick<PointType, "code" | "scale">[], currency: string): number {
  const [kind, code] = measured_in.split(":");
  const scale = kind === "spend" ? moneyDigits(currency) : (types.find((one) => one.code === code)?.scale ?? 0);
  const goal = Number(threshold);
  return goal > 0 ? Math.max(0, Math.min(100, 100 - (Number(missing) / 10 ** scale / goal) * 100)) : 100;
}
