import { Anchor, Button, SegmentedControl, Text } from "@mantine/core";
import { IconFileInvoice, IconRefresh } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { usePages } from "@/components/usePages";
import { inProgram, send } from "@/lib/api";
import { day, money, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { DisputeDrawer } from "./DisputeDrawer";
import { type Dispute, lastDay, onSide, ownPartner, type Statement } from "./model";

/** What the program and its partners owe each other, period by period, and what they see differently. */
export default function Statements() {
  const { t } = useTranslation();
  const program = useProgram();
  const session = useSession();
  const navigate = useNavigate();
  const partner = ownPartner(session, program.code);
  const [status, setStatus] = useState("all");
  const [dispute, setDispute] = useState<number | null>(null);
  const found = usePages<Statement>([program.code, "statements"], onSide(program.code, partner, "statements"), { limit: 50, ...(status === "all" ? {} : { status }) });
  const disputes = usePages<Dispute>([program.code, "disputes"], onSide(program.code, partner, "disputes"), { limit: 50 });
  const drawing = useChange(() => send("POST", inProgram(program.code, "statements", "draw-up"), {}), { refresh: [[program.code, "statements"]], done: t("The drafts are up to date."), toast: true });
  const may = session.permissions.includes("settlement:write") && partner === null;
  const open = (id: number) => void navigate({ to: "/$program/statements/$statement", params: { program: program.code, statement: String(id) } });
  return (
    <Page title={t("Statements")} about={t("What each partner owes the program for a period, or the program it. Drafts become statements when they are issued.")} actions={may && <Button variant="default" leftSection={<IconRefresh size={16} />} loading={drawing.isPending} onClick={() => drawing.mutate(undefined)}>{t("Draw up now")}</Button>}>
      <Section title={t("Accounts of partners")} pad={false} aside={<SegmentedControl size="xs" aria-label={t("Status")} value={status} onChange={setStatus} data={["all", ...(partner ? [] : ["draft"]), "issued", "disputed", "agreed", "settled"].map((value) => ({ value, label: value === "all" ? t("All") : t(words(value)) }))} style={{ maxWidth: "100%", flexWrap: "wrap" }} />}>
        <DataTable
          label={t("Accounts of partners")}
          columns={[
            { id: "partner", header: t("Partner"), value: (one) => one.partner, cell: (one) => <Anchor component="button" type="button" size="sm" onClick={() => open(one.id)}>{one.partner} · {one.id}</Anchor> },
            { id: "period", header: t("Period"), value: (one) => one.first_day, cell: (one) => <Text size="sm">{day(one.first_day)} – {day(lastDay(one.end_day))}</Text> },
            { id: "status", header: t("Status"), cell: (one) => <Status value={one.status} label={one.version > 1 ? `${t(words(one.status))} · ${t("Version {{version}}", { version: one.version })}` : undefined} /> },
            { id: "due", header: t("Due on"), value: (one) => one.due_on ?? "", cell: (one) => <Text size="sm" c="dimmed">{one.due_on ? day(one.due_on) : ""}</Text> },
            { id: "total", header: t("Total"), end: true, value: (one) => one.total, cell: (one) => <Owed amount={one.total} currency={program.currency} /> },
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
      <Section title={t("Disputes")} pad={false}>
        <DataTable
          label={t("Disputes")}
          columns={[
            { id: "reference", header: t("About"), cell: (one) => <Anchor component="button" type="button" size="sm" ta="left" onClick={() => setDispute(one.id)}>{one.reference}</Anchor> },
            { id: "partner", header: t("Partner"), value: (one) => one.partner, cell: (one) => <Text size="sm">{one.partner} · {one.statement_id}</Text> },
            { id: "kind", header: t("Kind"), cell: (one) => <Text size="sm">{t(words(one.kind))}</Text> },
            { id: "status", header: t("Status"), cell: (one) => <Status value={one.status} /> },
            { id: "opened", header: t("Opened on"), value: (one) => one.opened_at, cell: (one) => <Text size="sm" c="dimmed">{day(one.opened_at, program.zone)}</Text> },
          ]}
          rows={disputes.rows}
          rowKey={(one) => String(one.id)}
          open={(one) => setDispute(one.id)}
          error={disputes.error}
          retry={disputes.retry}
          more={disputes.more}
          empty={<Text size="sm" c="dimmed" px="lg" pb="lg">{t("Nobody sees anything differently.")}</Text>}
        />
      </Section>
      {dispute !== null && <DisputeDrawer id={dispute} partner={partner} close={() => setDispute(null)} />}
    </Page>
  );
}

/** A total, with who owes it in words: the sign alone says it to nobody. */
export function Owed({ amount, currency }: { amount: number; currency: string }) {
  const { t } = useTranslation();
  return <><Text size="sm" fw={550}>{money(Math.abs(amount), currency)}</Text><Text size="xs" c="dimmed">{amount > 0 ? t("the partner owes") : amount < 0 ? t("the program owes") : t("even")}</Text></>;
}
