import { Badge, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { usePages } from "@/components/usePages";
import { inProgram } from "@/lib/api";
import { day, moment, money, number, signedPoints } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { useNames } from "@/features/staff/model";
import type { Result } from "./SimulationReport";

/** A simulation as its list shows it; the report comes with it alone. */
export interface Simulation {
  id: number;
  status: string;
  by: string;
  from: string | null;
  to: string | null;
  start: string;
  version: number | null;
  changes: { kind: string; code: string; action: string }[];
  events: number;
  expected: number | null;
  summary: Pick<Result, "points" | "members" | "liability"> | null;
  error: string | null;
  created_at: string;
}

/** What a simulation was asked about: whose, when, over which time, of which draft. */
export function useAbout(): (one: Simulation) => string {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const names = useNames();
  const draft = useDraftText();
  return (one) => t("{{who}}, {{when}}: {{draft}}; {{span}}.", { who: names(one.by), when: moment(one.created_at, zone), draft: draft(one), span: spanText(one, t, zone) });
}

function spanText(one: Simulation, t: (text: string) => string, zone: string): string {
  return one.from || one.to ? `${one.from ? day(one.from, zone) : "…"} – ${one.to ? day(one.to, zone) : "…"}` : t("everything so far");
}

function useDraftText(): (one: Simulation) => string {
  const { t } = useTranslation();
  return ({ version, changes }) => {
    const based = version === null ? t("Nothing published") : t("Version {{version}}", { version });
    if (!changes.length) return t("{{version}}, unchanged", { version: based });
    const named = changes.slice(0, 3).map((one) => one.code).join(", ");
    return t("{{version}}, changed in {{what}}", { version: based, what: changes.length > 3 ? t("{{some}} and {{n}} more", { some: named, n: number(changes.length - 3) }) : named });
  };
}

/** Simulations of everybody, the latest first; each opens again by its link. */
export function PastSimulations({ chosen }: { chosen: number | null }) {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const names = useNames();
  const draft = useDraftText();
  const found = usePages<Simulation>([program.code, "simulations"], inProgram(program.code, "simulations"), { limit: 20 });
  const mainOf = (one: Simulation) => types.find((type) => type.kind === "redeemable" && one.summary?.points[type.code]);
  const outcome = (one: Simulation) => {
    const main = mainOf(one);
    const points = main && one.summary?.points[main.code];
    if (!main || !points) return <Status value={one.status} />;
    return <><Text size="sm" className="numeric" style={{ whiteSpace: "nowrap" }}>{signedPoints(points.difference, main.scale)} {main.name}</Text>{points.difference_minor !== undefined && <Text size="xs" c="dimmed">{money(points.difference_minor, program.currency)}</Text>}</>;
  };
  return (
    <Section title={t("Past simulations")} pad={false}>
      <DataTable
        label={t("Past simulations")}
        columns={[
          { id: "at", header: t("Asked on"), value: (one) => one.created_at, cell: (one) => <><Link style={{ color: "var(--mantine-color-anchor)", textDecoration: "none", whiteSpace: "nowrap" }} to={"." as never} search={((before: object) => ({ ...before, simulation: String(one.id) })) as never} aria-current={one.id === chosen || undefined}>{moment(one.created_at, program.zone)}</Link>{one.id === chosen && <Badge ml={8} size="xs">{t("shown")}</Badge>}</> },
          { id: "by", header: t("Asked by"), value: (one) => names(one.by), cell: (one) => <Text size="sm">{names(one.by)}</Text> },
          { id: "span", header: t("Over which time"), value: (one) => one.from ?? "", cell: (one) => <Text size="sm">{spanText(one, t, program.zone)}</Text> },
          { id: "draft", header: t("Draft"), cell: (one) => <Text size="sm" miw={150} lineClamp={2}>{draft(one)}</Text> },
          { id: "outcome", header: t("More points given"), end: true, value: (one) => one.summary?.points[mainOf(one)?.code ?? ""]?.difference ?? 0, cell: outcome },
        ]}
        rows={found.rows}
        rowKey={(one) => String(one.id)}
        selected={chosen === null ? undefined : String(chosen)}
        error={found.error}
        retry={found.retry}
        more={found.more}
        empty={<Empty icon={IconHistory} title={t("Nothing was simulated yet")}>{t("Each simulation stays here with who asked for it, of which draft, and what it found.")}</Empty>}
      />
    </Section>
  );
}
