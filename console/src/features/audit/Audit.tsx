import { Alert, Anchor, Autocomplete, Badge, Button, Code, Drawer, Group, SegmentedControl, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconDownload, IconFileSearch, IconShieldCheck, IconShieldX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { isEverywhere, peopleQuery, type Person, useNames } from "@/features/staff/model";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Copy } from "@/components/Secret";
import { useChange } from "@/components/useChange";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { get, inProgram, type PageOf } from "@/lib/api";
import { instantOf } from "@/lib/fields";
import { moment, number, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { Difference, leaves } from "./Difference";

interface Entry {
  number: number;
  at: string;
  actor: string;
  request_id: string;
  program: string | null;
  action: string;
  kind: string;
  key: string;
  name: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

interface Verification {
  sound: boolean;
  entries: number;
  anchor: string;
  problem: string | null;
  place: number | null;
  number: number | null;
}

/** What the server finds wrong with the chain, in its words; they are translated. */
const PROBLEMS = ["an entry was added that no seal covers", "the sealed entry is missing", "the entry is not what was sealed", "the chain does not end at its head: its end was cut", "the seal of place {{n}} is missing", "the chain does not pass through the anchor at place {{n}}"];
const NOTHING = { where: "", actor: "", action: "", kind: "", object: "", since: "", until: "" };
/** Tables whose last word alone would say too little. */
const NAMED: Record<string, string> = { "rulesets.version": "Published version", "rulesets.part": "Part of the rules", "rewards.version": "Version of a reward", "staff.assignment": "Role of a person", "staff.identity": "Account at a provider", "programs.credential": "Key", "approval.policy": "What needs a second person", "approval.request": "Request for approval", "accounting.setting": "Accounting", "vouchers.definition": "Voucher", "finance.period": "Closed month", "partners.agreement": "Funding agreement", "partners.terms": "Terms of a partner", "settlement.netting": "Settlement", "tiers.scheduled": "Scheduled tier set", "connection.hook": "Connected shop", "members.identifier": "Identifier of a member", "members.profile": "Profile of a member", "members.attribute": "Attribute of members", "webhooks.secret": "Secret of an endpoint" };
/** What the log is mostly looked through for; others appear once they are met. */
const KINDS = ["accounting.setting", "approval.policy", "approval.request", "campaigns.campaign", "campaigns.marketing_list", "catalog.product", "dashboards.dashboard", "draws.draw", "finance.period", "members.member", "members.profile", "members.identifier", "partners.agreement", "partners.terms", "programs.credential", "programs.partner", "programs.point_type", "programs.program", "programs.source", "programs.store", "rewards.reward", "rulesets.part", "rulesets.rule", "rulesets.version", "settlement.dispute", "settlement.statement", "staff.assignment", "staff.person", "tiers.tier_set", "vouchers.definition", "webhooks.endpoint"];
const COLORS: Record<string, string> = { created: "pine", changed: "blue", removed: "red" };

/** Who changed what, when: before and after, as a file, and whether the log is as it was written. */
export default function Audit() {
  const { t } = useTranslation();
  const program = useProgram();
  const names = useNames();
  const kindName = useKind();
  const session = useSession();
  const everywhere = isEverywhere(session);
  const { filter, asked, choose, type } = useFilters(NOTHING);
  const whole = everywhere && asked.where === "whole";
  const [open, setOpen] = useState<Entry | null>(null);
  const people = usePeople();
  const query = queryOf(asked, program.zone, people);
  const path = whole ? "/api/v1/audit" : inProgram(program.code, "audit");
  const found = usePages<Entry>([program.code, "audit", whole], path, { limit: 50, ...query });
  const verifying = useChange((anchor: string) => get<Verification>("/api/v1/audit/verify", anchor ? { anchor } : {}));
  const file = `${path}.csv?${new URLSearchParams(query)}`;
  return (
    <Page
      title={t("Audit")}
      about={t("Every change of the configuration, and of what people did to members by hand: who, when, before and after. Entries are chained; nobody can change one unseen.")}
      actions={
        <>
          <Button variant="default" component="a" href={file} download leftSection={<IconDownload size={16} />}>{t("As CSV")}</Button>
          <Button leftSection={<IconShieldCheck size={16} />} loading={verifying.isPending} onClick={() => verifying.mutate("")}>{t("Verify the chain")}</Button>
        </>
      }
    >
      <Refusal error={verifying.error} />
      {verifying.data && <Verdict found={verifying.data} verify={verifying.mutate} pending={verifying.isPending} show={setOpen} />}
      {everywhere && <SegmentedControl style={{ alignSelf: "flex-start" }} aria-label={t("Where")} value={whole ? "whole" : "program"} onChange={(value) => choose({ where: value === "whole" ? value : "" })} data={[{ value: "program", label: t("This program") }, { value: "whole", label: t("The whole installation") }]} />}
      <Filters filter={filter} choose={choose} type={type} kinds={[...new Set((found.rows ?? []).map((one) => one.kind))].sort()} />
      <Section pad={false}>
        <DataTable
          label={t("Changes")}
          columns={[
            { id: "at", header: t("Time"), cell: (one) => <Text size="sm" style={{ whiteSpace: "nowrap" }}>{moment(one.at, program.zone)}</Text> },
            { id: "actor", header: t("Who"), cell: (one) => <><Text size="sm" style={{ whiteSpace: "nowrap" }}>{names(one.actor)}</Text>{names(one.actor) !== one.actor && <Text size="xs" c="dimmed" className="mono">{one.actor}</Text>}</> },
            { id: "action", header: t("What"), cell: (one) => <Badge miw="max-content" color={COLORS[one.action] ?? "gray"}>{t(one.action)}</Badge> },
            { id: "object", header: t("Object"), cell: (one) => <><Anchor component="button" type="button" size="sm" ta="left" onClick={() => setOpen(one)}>{kindName(one.kind)}: {one.name || one.key}</Anchor><Text size="xs" c="dimmed" lineClamp={1}>{[whole && one.program, changed(one, t)].filter(Boolean).join(" · ")}</Text></> },
            { id: "number", header: t("Number"), end: true, cell: (one) => <Text size="xs" c="dimmed">{one.number}</Text> },
          ]}
          rows={found.rows}
          rowKey={(one) => String(one.number)}
          open={setOpen}
          error={found.error}
          retry={found.retry}
          more={found.more}
          empty={<Empty icon={IconFileSearch} title={t("Nothing like this was changed")}>{t("Widen what you look for.")}</Empty>}
        />
      </Section>
      <Drawer opened={open !== null} onClose={() => setOpen(null)} size="xl" position="right" title={<Text fw={620} fz="lg">{open ? `${kindName(open.kind)}: ${open.name || open.key}` : ""}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
        {open && <Whole entry={open} />}
      </Drawer>
    </Page>
  );
}

/** The people one may know, to choose from. */
function usePeople(): Person[] {
  const { code } = useProgram();
  const session = useSession();
  return useQuery({ ...peopleQuery(code, isEverywhere(session)), enabled: session.permissions.includes("staff:read") }).data ?? [];
}

/** Return a function that names a kind of object in words: a table is known by its last word. */
function useKind(): (kind: string) => string {
  const { t } = useTranslation();
  return (kind) => t(NAMED[kind] ?? words(kind.split(".").at(-1) ?? kind));
}

/** Return what is asked of the API; what is left empty is not. */
function queryOf({ where: _, ...filter }: typeof NOTHING, zone: string, people: Person[]): Record<string, string> {
  const said = filter.actor.trim().toLowerCase();
  const person = people.find((one) => one.name.toLowerCase() === said || one.email.toLowerCase() === said);
  const plain = { actor: person ? `staff:${person.id}` : filter.actor, since: instantOf(filter.since, zone) ?? "", until: instantOf(filter.until, zone) ?? "" };
  return Object.fromEntries(Object.entries({ ...filter, ...plain }).map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
}

function changed(entry: Entry, t: (text: string) => string): string {
  const before = leaves(entry.before);
  const after = leaves(entry.after);
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).slice(0, 6).map((path) => t(words(path.split(/[.[]/)[0] ?? path))).filter((one, at, all) => all.indexOf(one) === at).join(", ");
}

function Filters({ filter, choose, type, kinds }: { filter: typeof NOTHING; choose: (next: Partial<typeof NOTHING>) => void; type: (next: Partial<typeof NOTHING>) => void; kinds: string[] }) {
  const { t } = useTranslation();
  const people = usePeople();
  const kindName = useKind();
  return (
    <Section>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3, lg: 6 }} spacing="sm">
        <Autocomplete label={t("Who")} placeholder={t("Name, or key:12")} data={[...new Set(people.map((one) => one.name)), "system", "cli"]} value={filter.actor} onChange={(actor) => type({ actor })} />
        <Select label={t("What")} data={[{ value: "", label: t("anything") }, ...["created", "changed", "removed"].map((value) => ({ value, label: t(value) }))]} allowDeselect={false} value={filter.action} onChange={(action) => choose({ action: action ?? "" })} />
        <Select label={t("Kind")} searchable data={[{ value: "", label: t("anything") }, ...[...new Set([...KINDS, ...kinds])].map((value) => ({ value, label: kindName(value) })).sort((one, other) => one.label.localeCompare(other.label))]} value={filter.kind} onChange={(kind) => choose({ kind: kind ?? "" })} />
        <TextInput label={t("Object")} placeholder={t("Key or code")} value={filter.object} onChange={(event) => type({ object: event.currentTarget.value })} />
        <TextInput type="datetime-local" label={t("Since")} value={filter.since} onChange={(event) => type({ since: event.currentTarget.value })} />
        <TextInput type="datetime-local" label={t("Until")} value={filter.until} onChange={(event) => type({ until: event.currentTarget.value })} />
      </SimpleGrid>
    </Section>
  );
}

function Whole({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const names = useNames();
  return (
    <Stack>
      <Group gap="xs">
        <Badge color={COLORS[entry.action] ?? "gray"}>{t(entry.action)}</Badge>
        <Text size="sm">{t("by {{who}}, {{when}}", { who: names(entry.actor), when: moment(entry.at, zone) })}</Text>
      </Group>
      <Text size="xs" c="dimmed" className="mono">{[`#${entry.number}`, entry.actor, entry.kind, entry.key, entry.request_id].filter(Boolean).join(" · ")}</Text>
      <Difference before={entry.before} after={entry.after} />
    </Stack>
  );
}

/** What is wrong, in the language of the page; sentences that name a place have it put in. */
function problemText(problem: string, t: TFunction): string {
  const place = /\bplace (\d+)/.exec(problem)?.[1];
  const known = place === undefined ? problem : problem.replace(`place ${place}`, "place {{n}}");
  return PROBLEMS.includes(known) ? t(known, { n: place }) : problem;
}

/** Whether the chain holds, or where it breaks; and the anchor to keep elsewhere. */
function Verdict({ found, verify, pending, show }: { found: Verification; verify: (anchor: string) => void; pending: boolean; show: (entry: Entry) => void }) {
  const { t } = useTranslation();
  const looking = useChange(async (wanted: number) => (await get<PageOf<Entry>>("/api/v1/audit", { number: wanted })).data[0], { then: (entry) => entry && show(entry) });
  const [anchor, setAnchor] = useState("");
  return (
    <Alert color={found.sound ? "pine" : "red"} icon={found.sound ? <IconShieldCheck aria-hidden /> : <IconShieldX aria-hidden />} role={found.sound ? "status" : "alert"} title={found.sound ? t("The chain holds: {{n}} entries are as they were written", { n: number(found.entries) }) : t("The chain breaks at place {{place}}", { place: found.place ?? "?" })}>
      {!found.sound && (
        <Stack gap={6} mb="sm">
          <Text size="sm">{found.problem && problemText(found.problem, t)}{found.number === null ? "" : ` (#${found.number})`}</Text>
          <Text size="sm">{t("{{n}} entries before it are as they were written. Somebody changed the database itself: keep a copy of it as evidence, and hold this entry against a backup or an exported file.", { n: number(found.entries) })}</Text>
          {found.number !== null && found.problem !== "the sealed entry is missing" && <Button size="xs" variant="default" style={{ alignSelf: "flex-start" }} loading={looking.isPending} onClick={() => looking.mutate(found.number ?? 0)}>{t("Show the entry #{{n}}", { n: found.number })}</Button>}
          <Refusal error={looking.error} />
        </Stack>
      )}
      <Text size="sm">{found.sound ? t("Keep this anchor outside of the database. With it, a chain that was rewritten as a whole is found too.") : t("The last anchor that holds:")}</Text>
      <Group gap="xs" wrap="nowrap" my={6}><Code style={{ overflowWrap: "anywhere" }}>{found.anchor}</Code><Copy value={found.anchor} label={t("Copy the anchor")} /></Group>
      <Group gap="xs" align="flex-end">
        <TextInput size="xs" label={t("An anchor noted earlier")} placeholder="120:9f86…" value={anchor} onChange={(event) => setAnchor(event.currentTarget.value)} style={{ flex: 1, maxWidth: 420 }} />
        <Button size="xs" variant="default" loading={pending} disabled={!anchor.trim()} onClick={() => verify(anchor.trim())}>{t("Verify with it")}</Button>
      </Group>
    </Alert>
  );
}
