import { Anchor, Drawer, Group, Stack, Text } from "@mantine/core";
import { IconStack2 } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { MemberLink } from "@/components/MemberLink";
import { Status } from "@/components/Status";
import { useFocusBack } from "@/components/useFocusBack";
import { usePages } from "@/components/usePages";
import { inProgram } from "@/lib/api";
import { day, money, moment, number, points, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { cellOf, type Cell } from "./drill";
import { askedBy, useToday, type Widget } from "./model";

interface Behind {
  member?: string | null;
  event?: string | null;
  transfer?: string;
  kind?: string;
  point_type?: string;
  points?: number;
  occurred_at?: string;
  day?: string;
  store?: string;
  units?: number;
  net?: number;
  status?: string;
  joined_at?: string;
  previous?: string | null;
  tier?: string;
  since?: string;
}

/** The rows that a figure, a bar or a cell was added up from, the latest first. */
export function BehindDrawer({ widget, cell, close }: { widget: Widget; cell: Cell; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  useFocusBack();
  const asked = cellOf(widget, cell);
  const span = askedBy(widget, useToday());
  const { by: _by, limit: _limit, compare: _compare, ...days } = span ?? {};
  const query = { ...(asked.ever ? {} : days), by: asked.by, ...(asked.key === null ? {} : { key: asked.key }), field: asked.field, limit: 50 };
  const found = usePages<Behind>([program.code, "reports", asked.report, "rows"], `${inProgram(program.code, "reports", asked.report)}/rows`, query, span !== undefined);
  return (
    <Drawer opened onClose={close} position="right" size="xl" title={<Text fw={620} fz="lg">{cell.label ? `${widget.title || t(widget.report)}: ${cell.label}` : widget.title || t(widget.report)}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack mx="calc(var(--mantine-spacing-md) * -1)">
        <DataTable
          label={t("The rows behind it")}
          columns={useColumns(found.rows?.[0])}
          rows={found.rows}
          rowKey={(row) => row.transfer ?? `${row.event ?? ""} ${row.member ?? ""} ${row.since ?? ""}`}
          error={found.error}
          retry={found.retry}
          more={found.more}
          empty={<Empty icon={IconStack2} title={t("No rows")}>{t("Nothing was added up to this figure.")}</Empty>}
        />
      </Stack>
    </Drawer>
  );
}

function useColumns(first: Behind | undefined): Column<Behind>[] {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const member: Column<Behind> = { id: "member", header: t("Member"), cell: (row) => (row.member ? <MemberLink id={row.member} /> : <Text size="sm" c="dimmed">{t("nobody's")}</Text>) };
  const event: Column<Behind> = { id: "event", header: t("Why?"), cell: (row) => (row.event ? <Anchor size="sm" renderRoot={(props) => <Link to="/$program/events" params={{ program: program.code }} search={{ event: row.event } as never} {...props} />}>{t("Event")}</Anchor> : null) };
  if (first?.transfer) {
    return [
      { id: "at", header: t("When"), value: (row) => row.occurred_at ?? "", cell: (row) => moment(row.occurred_at ?? "", program.zone) },
      member,
      { id: "kind", header: t("What"), cell: (row) => t(words(row.kind ?? "")) },
      { id: "points", header: t("Points"), end: true, value: (row) => row.points ?? 0, cell: (row) => points(row.points ?? 0, types.find((one) => one.code === row.point_type)?.scale) },
      event,
    ];
  }
  if (first?.joined_at) {
    const moved: Column<Behind>[] = first.since ? [
      { id: "tier", header: t("Tier"), cell: (row) => <Group gap={4} wrap="nowrap"><Text size="sm">{row.previous ? `${row.previous} → ` : ""}{row.tier}</Text></Group> },
      { id: "since", header: t("Since"), value: (row) => row.since ?? "", cell: (row) => day(row.since ?? "", program.zone) },
    ] : [];
    return [
      member,
      ...moved,
      { id: "status", header: t("Status"), cell: (row) => <Status value={row.status ?? "active"} /> },
      { id: "joined", header: t("Joined"), value: (row) => row.joined_at ?? "", cell: (row) => day(row.joined_at ?? "", program.zone) },
    ];
  }
  return [
    { id: "day", header: t("Day"), value: (row) => row.day ?? "", cell: (row) => (row.day ? day(row.day) : "") },
    member,
    { id: "store", header: t("Store"), cell: (row) => row.store },
    { id: "units", header: t("Units"), end: true, value: (row) => row.units ?? 0, cell: (row) => number(row.units ?? 0) },
    { id: "net", header: t("Net"), end: true, value: (row) => row.net ?? 0, cell: (row) => money(row.net ?? 0, program.currency) },
    event,
  ];
}
