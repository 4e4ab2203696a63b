import { Anchor, Button, SegmentedControl, Text } from "@mantine/core";
import { IconFileInvoice, IconRefresh } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { inProgram, send } from "@/lib/api";
import { day } from "@/lib/format";
import { useOwnPartner, useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { onSide, periodText, stateOf, type Statement } from "./model";
import { Owed } from "./Owed";

const NOTHING = { status: "all" };

/** What the program and its partners owe each other, period by period, and what they see differently. */
export default function Statements() {
  const { t } = useTranslation();
  const program = useProgram();
  const session = useSession();
  const navigate = useNavigate();
  const partner = useOwnPartner();
  const { asked: { status }, choose } = useFilters(NOTHING);
  const found = usePages<Statement>([program.code, "statements"], onSide(program.code, partner, "statements"), { limit: 50, ...(status === "all" ? {} : { status }) });
  const drawing = useChange(() => send("POST", inProgram(program.code, "statements", "draw-up"), {}), { refresh: [[program.code, "statements"]], done: t("The drafts are up to date."), toast: true });
  const may = session.permissions.includes("settlement:write") && partner === null;
  const open = (id: number) => void navigate({ to: "/$program/statements/$statement", params: { program: program.code, statement: String(id) } });
  return (
    <Page title={t("Statements")} about={partner ? t("What you owe the program for a period, or the program you. Agree to a statement, or say what is not right.") : t("What each partner owes the program for a period, or the program it. Drafts become statements when they are issued.")} actions={may && <Button variant="default" leftSection={<IconRefresh size={16} />} loading={drawing.isPending} onClick={() => drawing.mutate(undefined)}>{t("Draw up now")}</Button>}>
      <Section title={partner ? t("Your accounts") : t("Accounts of partners")} pad={false} aside={<SegmentedControl size="xs" aria-label={t("Status")} value={status} onChange={(next) => choose({ status: next })} data={["all", ...(partner ? [] : ["draft"]), "issued", "disputed", "agreed", "settled"].map((value) => ({ value, label: value === "all" ? t("All") : stateOf(t, value) }))} style={{ maxWidth: "100%", overflowX: "auto" }} />}>
        <DataTable
          label={t("Accounts of partners")}
          columns={[
            { id: "partner", header: partner ? t("Statement") : t("Partner"), value: (one) => one.partner, cell: (one) => <Anchor component="button" type="button" size="sm" ta="left" onClick={() => open(one.id)}>{partner ? t("Statement {{n}}", { n: one.id }) : `${one.partner} · ${one.id}`}</Anchor> },
            { id: "period", header: t("Period"), value: (one) => one.first_day, cell: (one) => <Text size="sm">{periodText(one)}</Text> },
            { id: "status", header: t("Status"), cell: (one) => <Status value={one.status} label={one.version > 1 ? `${stateOf(t, one.status)} · ${t("Version {{version}}", { version: one.version })}` : stateOf(t, one.status)} /> },
            { id: "due", header: t("Due on"), value: (one) => one.due_on ?? "", cell: (one) => <Text size="sm" c="dimmed">{one.due_on ? day(one.due_on) : "–"}</Text> },
            { id: "total", header: t("Total"), end: true, value: (one) => one.total, cell: (one) => <Owed amount={one.total} currency={program.currency} own={partner !== null} /> },
          ]}
          rows={found.rows}
          rowKey={(one) => String(one.id)}
          open={(one) => open(one.id)}
          error={found.error}
          retry={found.retry}
          more={found.more}
          empty={<Empty icon={IconFileInvoice} title={t("No statements yet")}>{t("They are drawn up from what was given and spent at partners with terms.")}</Empty>}
        />
      </Section>
    </Page>
  );
}
