import { asProblem } from "./problem";
import { told } from "./told";

/** Return what a refusal says about a field, by its path in the body that was sent (`price.points`). */
export function atField(error: unknown): (path: string) => string | undefined {
  if (!error) return () => undefined;
  const { errors } = asProblem(error);
  return (path) => told(errors.find((one) => one.path === path)?.message);
}

function offset(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) - Math.floor(at / 1000) * 1000;
}

/** Return the instant of what a `datetime-local` field says in the program's zone; null of nothing. */
export function instantOf(local: string, zone: string): string | null {
  if (!local) return null;
  const wall = Date.parse(`${local}Z`);
  const near = wall - offset(wall, zone);
  return new Date(wall - offset(near, zone)).toISOString();
}

/** Return an instant as a `datetime-local` field of the program's zone writes it. */
export function localOf(instant: string | null | undefined, zone: string): string {
  if (!instant) return "";
  const at = Date.parse(instant);
  return new Date(at + offset(at, zone)).toISOString().slice(0, 16);
}
