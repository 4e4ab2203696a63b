import { points as said } from "@/lib/format";
import { usePointTypes } from "@/lib/program";

/** Points by type, one below the other; a dash where there are none. */
export function PointsOf({ points }: { points: Record<string, number> }) {
  const sum = usePointsText();
  return <>{Object.keys(points).length === 0 ? "–" : Object.entries(points).map(([code, units]) => <div key={code}>{sum({ [code]: units })}</div>)}</>;
}

/** Return a function that says points by type in one line. */
export function usePointsText(): (points: Record<string, number>) => string {
  const types = usePointTypes();
  return (points) => Object.entries(points).map(([code, units]) => {
    const type = types.find((one) => one.code === code);
    return `${said(units, type?.scale)} ${type?.name ?? code}`;
  }).join(", ");
}
