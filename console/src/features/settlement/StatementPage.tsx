import { Anchor, Button, Group, Skeleton, Stack, Table, Text, Textarea, TextInput } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useNames, wrongAt } from "@/features/staff/model";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { FormDrawer } from "@/components/FormDrawer";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useOpened } from "@/components/useOpened";
import { usePages } from "@/components/usePages";
import { get, inProgram, send } from "@/lib/api";
import { moment, money, points, words } from "@/lib/format";
import { useOwnPartner, usePointTypes, useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { DisputeList } from "./DisputeList";
import { onSide, periodText, stateOf, type StatementLine, type WholeStatement } from "./model";
import { Owed } from "./Owed";
import { Uploads } from "./Uploads";

/** One statement: what it adds up from, line by line, its versions, and what is done with it. */
export default function StatementPage() {
  const { t } = useTranslation();
  const program = useProgram();
  const session = useSession();
  const partner = useOwnPartner();
  const { statement: id = "" } = useParams({ strict: false }) as { statement?: string };
  const path = onSide(program.code, partner, "statements", id);
  const found = useQuery({ queryKey: [program.code, "statements", "one", id], queryFn: () => get<WholeStatement>(path) });
  const whole = found.data;
  return (
    <Page
      title={!whole ? t("Statement") : partner ? t("Statement {{n}}", { n: whole.id }) : t("Statement {{n}} of {{partner}}", { n: whole.id, partner: whole.partner })}
      about={whole && periodText(whole)}
      back={{ label: t("Statements"), to: "/$program/statements", params: { program: program.code } }}
      actions={whole && session.permissions.includes("settlement:write") && <Actions whole={whole} path={path} own={partner !== null} />}
    >
      {found.error && <Refusal error={found.error} retry={() => void found.refetch()} />}
      {whole ? <Contents whole={whole} path={path} partner={partner} /> : !found.error && <Skeleton h={240} />}
    </Page>
  );
}

function Actions({ whole, path, own }: { whole: WholeStatement; path: string; own: boolean }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const confirm = useConfirm();
  const [disputing, setDisputing] = useOpened<true>("dispute");
  const doing = useChange((what: "issue" | "agree" | "reopen") => send("POST", `${path}/${what}`), { refresh: [[code, "statements"]], done: t("Saved."), toast: true });
  const ask = async (what: "issue" | "agree" | "reopen", title: string, body: string, yes: string) => (await confirm({ title, body, yes })) && doing.mutate(what);
  const issued = whole.status === "issued";
  return (
    <>
      {!own && whole.status === "draft" && <Button onClick={() => void ask("issue", t("Issue this statement?"), t("It becomes version {{version}}, which never changes, and the partner sees it.", { version: whole.version + 1 }), t("Issue"))} loading={doing.isPending}>{t("Issue")}</Button>}
      {!own && issued && <Button variant="default" onClick={() => void ask("reopen", t("Take it back into work?"), t("Late lines come in, and it is issued as its next version."), t("Reopen"))}>{t("Reopen")}</Button>}
      {(issued || whole.status === "disputed") && <Button variant="default" onClick={() => setDisputing(true)}>{t("Dispute")}</Button>}
      {issued && <Button onClick={() => void ask("agree", own ? t("Agree to this statement?") : t("Did the partner agree?"), t("An agreed statement goes into the next settlement."), t("Agree"))} loading={doing.isPending}>{t("Agree")}</Button>}
      {disputing && <DisputeForm whole={whole} close={() => setDisputing(null)} />}
    </>
  );
}

function DisputeForm({ whole, close }: { whole: WholeStatement; close: () => void }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const [form, setForm, draft] = useDraft(`dispute ${whole.id}`, { reference: "", text: "" });
  const opening = useChange(() => send("POST", inProgram(code, "partners", whole.partner, "statements", String(whole.id), "disputes"), form), { refresh: [[code, "statements"], [code, "disputes"]], done: t("The dispute is open."), draft, then: close });
  return (
    <FormDrawer title={t("Dispute something")} opened close={close} submit={() => opening.mutate(undefined)} saving={opening.isPending} error={opening.error} draft={draft} yes={t("Dispute")}>
      <TextInput label={t("About")} description={t("An order, a line, a fee")} required maxLength={200} value={form.reference} error={wrongAt(opening.error, "reference")} onChange={(event) => setForm({ ...form, reference: event.currentTarget.value })} data-autofocus />
      <Textarea label={t("What is not right")} required autosize minRows={3} maxLength={2000} value={form.text} error={wrongAt(opening.error, "text")} onChange={(event) => setForm({ ...form, text: event.currentTarget.value })} />
    </FormDrawer>
  );
}

function Contents({ whole, path, partner }: { whole: WholeStatement; path: string; partner: string | null }) {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const names = useNames();
  const types = usePointTypes();
  const scaleOf = (type: string) => types.find((one) => one.code === type)?.scale ?? 0;
  const lines = usePages<StatementLine>([code, "statements", "lines", whole.id], `${path}/lines`, { limit: 50 });
  return (
    <Stack gap="lg">
      <Section title={t("Account")} aside={<Group gap="md"><Status value={whole.status} label={stateOf(t, whole.status)} /><div style={{ textAlign: "right" }}><Owed amount={whole.total} currency={whole.currency} own={partner !== null} /></div></Group>}>
        <div className="scroll" tabIndex={0} role="region" aria-label={t("Account")}>
          <Table fz="sm" className="numeric" miw={420}>
            <Table.Thead><Table.Tr><Table.Th>{t("What")}</Table.Th><Table.Th ta="right">{t("Lines")}</Table.Th><Table.Th ta="right">{t("Points")}</Table.Th><Table.Th ta="right">{t("Amount")}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {whole.sections.map((one) => <Table.Tr key={one.kind + one.point_type}><Table.Td>{t(words(one.kind))} · {one.point_type}</Table.Td><Table.Td ta="right">{one.lines}</Table.Td><Table.Td ta="right">{points(one.points, scaleOf(one.point_type))}</Table.Td><Table.Td ta="right">{money(one.amount, whole.currency)}</Table.Td></Table.Tr>)}
              {whole.entries.map((one, at) => <Table.Tr key={`${one.kind} ${one.code} ${at}`}><Table.Td>{t(words(one.kind))}{one.text ? ` · ${one.text}` : ""}</Table.Td><Table.Td /><Table.Td /><Table.Td ta="right">{money(one.amount, whole.currency)}</Table.Td></Table.Tr>)}
              <Table.Tr><Table.Td fw={600}>{t("Total")}</Table.Td><Table.Td /><Table.Td /><Table.Td ta="right" fw={600}>{money(whole.total, whole.currency)}</Table.Td></Table.Tr>
            </Table.Tbody>
          </Table>
        </div>
        {whole.versions.map((one) => <Text key={one.version} size="xs" c="dimmed" mt={4} style={{ overflowWrap: "anywhere" }}>{t("Version {{version}}, issued {{when}} by {{who}}", { version: one.version, when: moment(one.issued_at, zone), who: partner ? t("the program") : names(one.issued_by) })} · <span className="mono">{one.digest}</span>{!partner && <> · <Anchor size="xs" href={`${inProgram(code, "settlement", "entries")}?statement=${whole.id}&version=${one.version}&format=csv`} download={`entries-ST-${whole.id}-${one.version}.csv`}>{t("Double entry, CSV")}</Anchor></>}</Text>)}
      </Section>
      {whole.status !== "draft" && <Uploads whole={whole} partner={partner} />}
      {whole.status !== "draft" && <Section title={t("Disputes")} pad={false}><DisputeList partner={partner} statement={whole.id} /></Section>}
      <Section title={t("Lines")} pad={false} aside={<Button size="xs" variant="default" component="a" href={`${path}/lines.csv`} download leftSection={<IconDownload size={14} />}>CSV</Button>}>
        <DataTable
          label={t("Lines")}
          columns={[
            { id: "when", header: t("Time"), value: (one) => one.occurred_at, cell: (one) => <Text size="sm">{moment(one.occurred_at, zone)}</Text> },
            { id: "kind", header: t("Kind"), cell: (one) => <Text size="sm">{t(words(one.kind))}</Text> },
            { id: "order", header: t("Order"), cell: (one) => <><Text size="sm">{one.order_id}</Text><Text size="xs" c="dimmed">{[one.store, one.member].filter(Boolean).join(" · ")}</Text></> },
            { id: "points", header: t("Points"), end: true, value: (one) => one.points, cell: (one) => points(one.points, scaleOf(one.point_type)) },
            { id: "amount", header: t("Amount"), end: true, cell: (one) => money(one.amount, whole.currency) },
          ]}
          rows={lines.rows}
          rowKey={(one) => `${one.transfer} ${one.share}`}
          error={lines.error}
          retry={lines.retry}
          more={lines.more}
          empty={<Text size="sm" c="dimmed" px="lg" pb="lg">{t("No points moved in this period; fees and other entries stand above.")}</Text>}
        />
      </Section>
    </Stack>
  );
}
