import { Anchor, Button, FileButton, Group, Progress, SegmentedControl, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconFileImport, IconPlus, IconUsersGroup } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { May, ReadOnly } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { together, useDraft } from "@/components/useDraft";
import { useOpened } from "@/components/useOpened";
import { usePages } from "@/components/usePages";
import { ifMatch, inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { codeOf, type List, type ListMember, type Relisted } from "./model";
import { PlaceLink } from "./PlaceLink";

/** What one request changes at the most. */
const PIECE = 5_000;

/** Marketing lists: named lists of members, for campaigns, rules and rewards. */
export default function MarketingLists() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const { permissions } = useSession();
  const { list: chosen } = useSearch({ strict: false }) as { list?: string };
  const [editing, setEditing] = useOpened<List | "new">("list");
  const [filling, setFilling] = useState<List | null>(null);
  const found = usePages<List>([program.code, "marketing-lists"], inProgram(program.code, "marketing-lists"), { limit: 100 });
  const choose = (list: string | undefined) => void navigate({ to: ".", search: { list } as never, replace: true });
  const archive = useChange((code: string) => send("DELETE", inProgram(program.code, "marketing-lists", code)), { refresh: listed(program.code), done: t("The list is archived."), toast: true, then: () => choose(undefined) });
  const list = found.rows?.find((one) => one.code === chosen);
  const ask = async (one: List) => (await confirm({ title: t("Archive {{name}}?", { name: one.name }), body: t("It cannot be attached any more. Whoever is on it stays on it, and rules that ask for it go on."), yes: t("Archive"), danger: true })) && archive.mutate(one.code);
  return (
    <Page title={t("Marketing lists")} about={t("Members chosen once, by name. Campaigns say whom they are for by them; rules and rewards can ask whether a member is on one.")} actions={<May needs="campaigns:write"><Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>{t("New list")}</Button></May>}>
      <ReadOnly needs="campaigns:write" />
      <Section pad={false}>
        <DataTable
          label={t("Marketing lists")}
          columns={[
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Anchor component="button" type="button" ta="left" size="sm" fw={580} onClick={() => choose(one.code)}>{one.name}</Anchor><Text size="xs" c="dimmed" className="mono">{one.code}</Text></> },
            { id: "about", header: t("What it is for"), cell: (one) => <Text size="sm">{one.description}</Text> },
            { id: "members", header: t("Members"), end: true, value: (one) => one.members, cell: (one) => number(one.members) },
            { id: "campaigns", header: t("Campaigns"), cell: (one) => one.campaigns.map((code, place) => <span key={code}>{place > 0 && ", "}<PlaceLink to="/$program/campaigns/$campaign" params={{ campaign: code }}>{code}</PlaceLink></span>) },
          ]}
          rows={found.rows}
          rowKey={(one) => one.code}
          error={found.error}
          retry={found.retry}
          open={(one) => choose(one.code)}
          selected={chosen}
          more={found.more}
          empty={<Empty icon={IconUsersGroup} title={t("No lists yet")} action={<May needs="campaigns:write"><Button onClick={() => setEditing("new")}>{t("New list")}</Button></May>}>{t("A list holds members that somebody chose: the guests of an evening, the addresses of a mailing. Name it, then put members on it by a file or one by one.")}</Empty>}
        />
      </Section>
      {list && (
        <Section title={list.name} pad={false} aside={<May needs="campaigns:write"><Group gap="xs"><Button size="xs" leftSection={<IconFileImport size={14} />} onClick={() => setFilling(list)}>{t("Put members on it")}</Button><Button size="xs" variant="default" onClick={() => setEditing(list)}>{t("Edit")}</Button><Button size="xs" variant="default" onClick={() => void ask(list)}>{t("Archive")}</Button></Group></May>}>
          {permissions.includes("members:read") ? <Members list={list} /> : <Text size="sm" c="dimmed" px="lg" pb="lg">{t("{{number}} members. Who they are is shown to those who look after members.", { number: number(list.members) })}</Text>}
        </Section>
      )}
      {editing && <ListForm list={editing === "new" ? null : editing} close={() => setEditing(null)} made={choose} />}
      {filling && <Fill list={filling} close={() => setFilling(null)} />}
    </Page>
  );
}

const listed = (program: string) => [[program, "marketing-lists"], [program, "list-members"], [program, "campaign-choices"], [program, "campaign"]] as const;

function Members({ list }: { list: List }) {
  const { t } = useTranslation();
  const program = useProgram();
  const found = usePages<ListMember>([program.code, "list-members", list.code], inProgram(program.code, "marketing-lists", list.code, "members"), { limit: 20 });
  return (
    <DataTable
      label={t("Members of the list")}
      columns={[
        { id: "member", header: t("Member"), cell: (one) => <><PlaceLink to="/$program/members/$member" params={{ member: one.id }}>{one.name || one.known_as || one.id}</PlaceLink>{one.name && one.known_as && <Text size="xs" c="dimmed">{one.known_as}</Text>}</> },
        { id: "status", header: t("Status"), cell: (one) => <Status value={one.status} /> },
      ]}
      rows={found.rows}
      rowKey={(one) => one.id}
      error={found.error}
      retry={found.retry}
      more={found.more}
      empty={<Text size="sm" c="dimmed" px="lg" pb="lg">{t("Nobody is on it yet.")}</Text>}
    />
  );
}

function ListForm({ list, close, made }: { list: List | null; close: () => void; made: (code: string) => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [name, setName, ofName] = useDraft(`list ${list?.code ?? "new"} name`, list?.name ?? "");
  const [description, setDescription, ofText] = useDraft(`list ${list?.code ?? "new"} text`, list?.description ?? "");
  const draft = together(ofName, ofText);
  const [typed, setTyped] = useState("");
  const code = list?.code ?? (typed || codeOf(name));
  const saving = useChange(() => send<List>("PUT", inProgram(program.code, "marketing-lists", code), { name, description }, list ? ifMatch(`"${list.revision}"`) : undefined), {
    refresh: listed(program.code),
    done: t("Saved."),
    draft,
    then: () => {
      close();
      made(code);
    },
  });
  const at = atField(saving.error);
  return (
    <FormDrawer needs="campaigns:write" title={list ? list.name : t("New list")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} disabled={!name.trim() || !code}>
      <TextInput label={t("Name")} required value={name} error={at("name")} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <TextInput label={t("Code")} description={t("Rules and rewards ask for it so")} required disabled={list !== null} value={code} error={at("code")} onChange={(event) => setTyped(event.currentTarget.value)} />
      <Textarea label={t("What it is for")} autosize minRows={2} value={description} error={at("description")} onChange={(event) => setDescription(event.currentTarget.value)} />
    </FormDrawer>
  );
}

function Fill({ list, close }: { list: List; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [text, setText] = useState("");
  const [way, setWay] = useState("add");
  const [done, setDone] = useState(0);
  const [result, setResult] = useState<Relisted | null>(null);
  const lines = text.split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean);
  const filling = useChange(
    async () => {
      const total: Relisted = { added: 0, removed: 0, unchanged: 0, unknown: [], unknown_count: 0, members: list.members };
      for (let at = 0; at < lines.length; at += PIECE) {
        const piece = await send<Relisted>("POST", inProgram(program.code, "marketing-lists", list.code, "members"), { [way]: lines.slice(at, at + PIECE) });
        for (const name of ["added", "removed", "unchanged", "unknown_count"] as const) total[name] += piece[name];
        total.unknown = [...total.unknown, ...piece.unknown].slice(0, 100);
        total.members = piece.members;
        setDone(Math.min(lines.length, at + PIECE));
      }
      return total;
    },
    { refresh: listed(program.code), then: (total) => { setResult(total); setText(""); } },
  );
  return (
    <FormDrawer title={t("Members of {{name}}", { name: list.name })} opened close={close} submit={() => { setDone(0); setResult(null); filling.mutate(undefined); }} saving={filling.isPending} error={filling.error} yes={way === "add" ? t("Put them on the list") : t("Take them off the list")} disabled={lines.length === 0}>
      <SegmentedControl aria-label={t("What to do")} value={way} onChange={setWay} data={[{ value: "add", label: t("Put on the list") }, { value: "remove", label: t("Take off the list") }]} />
      <Textarea label={t("Members")} description={t("One a line: an e-mail address, a telephone number, a customer number, a card, or a member's id.")} autosize minRows={6} maxRows={14} value={text} onChange={(event) => setText(event.currentTarget.value)} data-autofocus />
      <Group justify="space-between">
        <FileButton accept=".csv,.txt,text/csv,text/plain" onChange={(file) => void file?.text().then(setText)}>{(props) => <Button {...props} variant="default" size="xs" leftSection={<IconFileImport size={14} />}>{t("Read a file")}</Button>}</FileButton>
        <Text size="sm" c="dimmed">{t("{{number}} lines", { number: number(lines.length) })}</Text>
      </Group>
      {filling.isPending && lines.length > PIECE && <Progress value={(done / lines.length) * 100} aria-label={t("How far it is")} />}
      {result && (
        <Stack gap={2} role="status">
          <Text size="sm" fw={560}>{t("{{added}} put on, {{removed}} taken off, {{unchanged}} as they were; {{members}} are on it now.", { added: number(result.added), removed: number(result.removed), unchanged: number(result.unchanged), members: number(result.members) })}</Text>
          {result.unknown_count > 0 && <Text size="sm" className="bad">{t("{{number}} are nobody here:", { number: number(result.unknown_count) })} {result.unknown.slice(0, 12).join(", ")}{result.unknown_count > 12 && " …"}</Text>}
        </Stack>
      )}
    </FormDrawer>
  );
}
