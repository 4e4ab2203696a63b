import { useElementSize } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Stop } from "@/components/places";
import { Stops } from "@/components/Stops";
import { month, percent } from "@/lib/format";
import { type Cell, heatOf } from "./drill";
import type { Report, Widget } from "./model";

/** Pixels for the names of cohorts, for the months after, and between cells. */
const LEFT = 74;
const FOOT = 18;
const BETWEEN = 2;
/** Cells lower than this carry no number. */
const WRITTEN_MIN = 14;
/** From which share of the darkest on white is read better than black. */
const WHITE_FROM = 0.8;

interface Props { widget: Widget; report: Report; height: number; open?: (cell: Cell) => void }

/** How many of each cohort bought again, month by month: the darker, the more of them. */
export function Heat({ widget, report, height, open }: Props) {
  const { t } = useTranslation();
  const { ref, width } = useElementSize();
  const rows = useMemo(() => report.rows.slice(0, widget.rows), [report, widget.rows]);
  const { across, cells } = useMemo(() => heatOf(rows), [rows]);
  const [looked, setLooked] = useState<string | null>(null);
  const most = Math.max(1, ...cells.map(([, , share]) => share));
  const columns = Math.max(1, across - 1);
  const wide = Math.max(4, (width - LEFT) / columns);
  const high = Math.max(6, (height - FOOT) / Math.max(1, rows.length));
  const name = (later: number, place: number, share: number) => `${month(rows[place]?.key ?? "")} · ${later === 1 ? t("a month later") : t("{{n}} months later", { n: later })}: ${percent(share / 100)}`;
  const summary = `${widget.title || report.title}: ${rows.map((row, place) => `${month(row.key)}: ${cells.filter(([, at]) => at === place).map(([, , share]) => percent(share / 100)).join(", ")}`).join("; ")}`;
  const pick = (later: number, place: number) => open?.({ key: rows[place]?.key ?? null, label: `${month(rows[place]?.key ?? "")} +${later}`, field: `bought:${later}` });
  const stops = cells.map(([later, place, share]): Stop => ({ key: `${place} ${later}`, label: name(later, place, share), row: place, column: later }));
  return (
    <div ref={ref} style={{ width: "100%", height }}>
      {width > 0 && (
        <svg role="img" aria-label={summary} width={width} height={height} data-opens={open ? true : undefined} fontFamily="inherit" fontSize={11}>
          {rows.map((row, place) => <text key={row.key} x={LEFT - 8} y={place * high + high / 2} textAnchor="end" dominantBaseline="central" fill="var(--mantine-color-dimmed)">{month(row.key)}</text>)}
          {cells.map(([later, place, share]) => (
            <g key={`${place} ${later}`} onClick={open && (() => pick(later, place))}>
              <title>{name(later, place, share)}</title>
              <rect x={LEFT + (later - 1) * wide + BETWEEN / 2} y={place * high + BETWEEN / 2} width={wide - BETWEEN} height={Math.max(1, high - BETWEEN)} rx={3} stroke={looked === `${place} ${later}` ? "currentColor" : undefined} strokeWidth={2} fill="#1a8270" fillOpacity={0.1 + 0.9 * (share / most)} />
              {high >= WRITTEN_MIN && wide >= 30 && <text x={LEFT + (later - 0.5) * wide} y={place * high + high / 2} textAnchor="middle" dominantBaseline="central" fontSize={10} fill={share / most > WHITE_FROM ? "#fff" : "currentColor"}>{Math.round(share)}</text>}
            </g>
          ))}
          {Array.from({ length: columns }, (_, later) => <text key={later} x={LEFT + (later + 0.5) * wide} y={height - 5} textAnchor="middle" fill="var(--mantine-color-dimmed)">{wide >= 22 || later % 2 === 0 ? `+${later + 1}` : ""}</text>)}
        </svg>
      )}
      {open && <Stops label={widget.title || report.title} stops={stops} look={(stop) => setLooked(stop?.key ?? null)} pick={(stop) => pick(stop.column, stop.row)} />}
    </div>
  );
}
