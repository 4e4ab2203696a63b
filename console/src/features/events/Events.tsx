import { Badge, Box, Button, Code, Drawer, Group, SegmentedControl, Select, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { IconActivityHeartbeat, IconBulb, IconPlayerPause, IconPlayerPlay, IconUser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { useMay } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { SearchField } from "@/components/SearchField";
import { Copy } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { CheckoutLink } from "@/features/checkout/CheckoutLink";
import { get, inProgram } from "@/lib/api";
import { clock, day, moment, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { follow } from "@/lib/stream";
import { Explanation, type Explained } from "./Explanation";
import { Parked } from "./Parked";
import { Rehearsal } from "./Rehearsal";

export interface Entry {
  id: string;
  type: string;
  status: string;
  reason: string;
  reason_code?: string;
  reason_facts?: { rules?: string[]; point_types?: string[]; stores?: string[] };
  member: string | null;
  known_as: string | null;
  source: string | null;
  key: string;
  occurred_at: string;
  received_at: string;
  store: string | null;
  order_id: string | null;
  points: Record<string, string>;
  rules: string[];
  effects: string[];
  tier: string | null;
}

/** Why an event gave less than one would think, in words; sentences of the API are their own keys. */
function useReason() {
  const { t } = useTranslation();
  return (one: Entry) => {
    const { rules = [], point_types = [], stores = [] } = one.reason_facts ?? {};
    if (one.reason_code === "limit_reached") return t("A limit of {{rules}} was reached.", { rules: rules.join(", ") });
    if (one.reason_code === "cap_reached") return t("A member may not get more {{types}}: {{rules}} gave less.", { types: point_types.join(", "), rules: rules.join(", ") });
    if (one.reason_code === "unknown_store") return t("The program has no store {{store}}.", { store: stores.join(", ") });
    return one.reason && t(one.reason);
  };
}

/** How many live events are kept on the page. */
const LIVE_MAX = 500;
const STATUSES = ["accepted", "unknown_member", "waiting_for_order", "parked", "duplicate"];

const NOTHING = { q: "", status: "" };

/** The event debugger: what comes in, as it is rated; paused, searched, opened. */
export default function Events() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { event?: string; view?: string };
  const [paused, setPaused] = useState(false);
  const { filter, asked: { q: asked, status }, choose, type } = useFilters(NOTHING);
  const view = search.view ?? "live";
  const history = usePages<Entry>([program.code, "events"], inProgram(program.code, "events"), { limit: 50, status: status || undefined, q: asked || undefined }, view !== "parked");
  // What came before the stream was there, or while it was held, is read with the history.
  const live = useLive(program.code, paused || view !== "live", history.retry);
  const known = new Set(live.entries.map((one) => one.id));
  const wanted = filter.q.trim().toLowerCase();
  // What comes in is looked through here, what came before by the server.
  const fresh = live.entries.filter((one) => (!status || one.status === status) && (!wanted || JSON.stringify(one).toLowerCase().includes(wanted)));
  const shown = view === "live" && history.rows ? [...fresh, ...history.rows.filter((one) => !known.has(one.id))] : history.rows;
  const show = (next: Record<string, string | undefined>) => void navigate({ to: ".", search: { ...search, ...next } as never });
  return (
    <Page title={t("Events")} about={t("Everything that comes in, as it is rated: what it gave, and why.")}
      actions={view === "live" && <><Group gap={8}>{live.connected && !paused && <span className="live" aria-hidden />}<Text size="sm" c="dimmed" aria-live="polite">{paused ? t("Paused") : live.connected ? t("Live") : t("Connecting …")}</Text></Group><Button variant="default" leftSection={paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />} onClick={() => setPaused(!paused)}>{paused ? t("Go on") : t("Pause")}</Button></>}>
      <Section pad={false}>
        <Group p="md" gap="sm">
          <SegmentedControl aria-label={t("View")} value={view} onChange={(next) => show({ view: next })} data={[{ value: "live", label: t("Live") }, { value: "history", label: t("History") }, { value: "parked", label: t("Set aside") }]} />
          {view !== "parked" && <SearchField label={t("Search events")} placeholder={t("Order, message, member, event or its name")} text={filter.q} setText={(q) => type({ q })} />}
          {view !== "parked" && <Select w={190} aria-label={t("Verdict")} data={[{ value: "", label: t("Any verdict") }, ...STATUSES.map((value) => ({ value, label: t(words(value)) }))]} value={status} onChange={(next) => choose({ status: next ?? "" })} />}
        </Group>
        {view === "parked" ? <Parked /> : (
          <DataTable label={t("Events")} columns={useColumns()} rows={shown} rowKey={(one) => one.id} error={history.error} retry={history.retry} open={(one) => show({ event: one.id })} selected={search.event} more={history.more}
            empty={<Empty icon={IconActivityHeartbeat} title={wanted || status ? t("Nothing like that so far") : t("No events yet")}>{wanted || status ? t("New ones appear here as they come.") : t("Send one from a source: its key and a line of curl are under Sources and keys.")}</Empty>} />
        )}
      </Section>
      <Drawer opened={search.event !== undefined} onClose={() => show({ event: undefined })} size="xl" title={<Text fw={620} fz="lg">{t("Event")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
        {search.event && <Detail id={search.event} />}
      </Drawer>
    </Page>
  );
}

function useColumns(): Column<Entry>[] {
  const { t } = useTranslation();
  const reasonOf = useReason();
  const program = useProgram();
  const types = usePointTypes();
  return [
    { id: "at", header: t("Received"), value: (one) => one.received_at, cell: (one) => <><Text size="sm" style={{ whiteSpace: "nowrap" }}>{clock(one.received_at, program.zone)}</Text><Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>{day(one.received_at, program.zone)}</Text></> },
    { id: "type", header: t("Event"), value: (one) => one.type, cell: (one) => <Box><Text size="sm" fw={550} style={{ whiteSpace: "nowrap" }}>{one.type}</Text>{one.order_id && <Text size="xs" c="dimmed" className="mono">{one.order_id}</Text>}</Box> },
    { id: "status", header: t("Verdict"), value: (one) => one.status, cell: (one) => <><Status value={one.status} />{one.reason && <Text size="xs" c="dimmed" mt={2} miw={130}>{reasonOf(one)}</Text>}</> },
    { id: "points", header: t("Points"), end: true, cell: (one) => Object.entries(one.points).map(([code, amount]) => <Text key={code} size="sm" className={amount.startsWith("-") ? "bad" : "good"} style={{ whiteSpace: "nowrap" }}>{amount.startsWith("-") ? amount.replace("-", "−") : `+${amount}`} <Text span size="xs" c="dimmed">{types.find((type) => type.code === code)?.name ?? code}</Text></Text>) },
    { id: "rules", header: t("Rules"), cell: (one) => <Fired entry={one} /> },
    { id: "member", header: t("Member"), cell: (one) => <><Text size="sm" style={{ overflowWrap: "anywhere" }} miw={90}>{one.known_as ?? "–"}</Text>{one.member && <Text size="xs" className="mono" c="dimmed">{one.member}</Text>}</> },
    { id: "source", header: t("Source"), value: (one) => one.source ?? "", cell: (one) => one.source },
  ];
}

/** How many rules a row names; the others are counted. */
const RULES_NAMED = 3;

/** The rules that fired, one below the other, and the tier that was reached. */
function Fired({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const more = entry.rules.slice(RULES_NAMED);
  return (
    <Box miw={130}>
      {entry.rules.slice(0, RULES_NAMED).map((rule) => <Text key={rule} size="xs" className="mono" style={{ whiteSpace: "nowrap" }}>{rule}</Text>)}
      {more.length > 0 && <Text size="xs" c="dimmed" title={more.join(", ")}>{t("and {{n}} more", { n: more.length })}</Text>}
      {entry.tier && <Badge size="sm" color="violet" mt={2} miw="max-content">→ {entry.tier}</Badge>}
    </Box>
  );
}

/** Follow the stream while it is not stopped; the latest first. `ready` is called whenever it begins. */
function useLive(program: string, stopped: boolean, ready: () => void): { entries: Entry[]; connected: boolean } {
  const [entries, setEntries] = useState<Entry[]>([]);
  const [connected, setConnected] = useState(false);
  const waiting = useRef<Entry[]>([]);
  const begun = useRef(ready);
  begun.current = ready;
  useEffect(() => {
    if (stopped) return;
    const stop = new AbortController();
    const paint = window.setInterval(() => {
      if (waiting.current.length === 0) return;
      const news = waiting.current.splice(0).reverse();
      setEntries((before) => [...news, ...before].slice(0, LIVE_MAX));
    }, 250);
    const take = ({ event, data, id }: { event: string; data: unknown; id: string | null }) => {
      if (event === "ready") return begun.current();
      const entry = data as Partial<Entry>;
      waiting.current.push({ type: "?", key: "", reason: "", points: {}, rules: [], effects: [], member: null, known_as: null, source: null, store: null, order_id: null, tier: null, received_at: new Date().toISOString(), occurred_at: "", ...entry, id: String(entry.id ?? id ?? crypto.randomUUID()), status: entry.status ?? event });
    };
    void follow(`${inProgram(program, "events")}/stream`, take, stop.signal, setConnected);
    return () => {
      stop.abort();
      window.clearInterval(paint);
    };
  }, [program, stopped]);
  return { entries, connected };
}

function Detail({ id }: { id: string }) {
  const { t } = useTranslation();
  const reasonOf = useReason();
  const program = useProgram();
  const may = useMay("events:write");
  const entry = useQuery({ queryKey: [program.code, "event", id], queryFn: () => get<Entry>(inProgram(program.code, "events", id)) });
  const found = useQuery({ queryKey: [program.code, "explained", id], queryFn: () => get<Explained & { event: { document: unknown } }>(inProgram(program.code, "events", id, "explanation")), retry: false });
  if (entry.error) return <Refusal error={entry.error} />;
  if (!entry.data) return <Skeleton h={200} />;
  const one = entry.data;
  // What a checkout told of its order is known by its opening: the program, the checkout, which time it was set aside.
  const checkout = /^\d+:(chk_\w+):\d+\//.exec(one.key)?.[1];
  const raw = JSON.stringify(found.data?.event?.document ?? one, null, 2);
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="xs"><Text fw={620}>{one.type}</Text><Status value={one.status} /></Group>
          <Text size="sm" c="dimmed">{moment(one.occurred_at, program.zone)} · {one.source} · <span className="mono">{one.key}</span></Text>
          {one.reason && <Text size="sm" mt={4}>{reasonOf(one)}</Text>}
        </div>
        <Group gap="xs">
          {checkout && <CheckoutLink id={checkout} label={t("Checkout")} />}
          {one.member && <Button size="xs" variant="default" leftSection={<IconUser size={14} />} renderRoot={(props) => <Link to="/$program/members/$member" params={{ program: program.code, member: one.member ?? "" }} {...props} />}>{t("Member")}</Button>}
          <Button size="xs" leftSection={<IconBulb size={14} />} renderRoot={(props) => <Link to="/$program/rules/new" params={{ program: program.code }} search={{ event: one.type } as never} {...props} />}>{t("Make a rule from it")}</Button>
        </Group>
      </Group>
      <Tabs defaultValue="why" keepMounted={false}>
        <Tabs.List><Tabs.Tab value="why">{t("What it did, and why")}</Tabs.Tab><Tabs.Tab value="lines">{t("What it says")}</Tabs.Tab><Tabs.Tab value="raw">{t("Raw")}</Tabs.Tab>{may && one.source && <Tabs.Tab value="again">{t("Replay")}</Tabs.Tab>}</Tabs.List>
        <Tabs.Panel value="why" pt="md">{found.error ? <Refusal error={found.error} /> : found.data ? <Explanation explained={found.data} /> : <Skeleton h={120} />}</Tabs.Panel>
        <Tabs.Panel value="lines" pt="md"><Told document={found.data?.event?.document} /></Tabs.Panel>
        <Tabs.Panel value="raw" pt="md"><Group justify="flex-end" mb={4}><Copy value={raw} /></Group><pre className="code" tabIndex={0}>{raw}</pre></Tabs.Panel>
        <Tabs.Panel value="again" pt="md"><Rehearsal id={id} before={one} /></Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

/** An event's own words as a list; baskets as a table. */
function Told({ document }: { document: unknown }) {
  const { t } = useTranslation();
  if (typeof document !== "object" || document === null) return <Text c="dimmed" size="sm">{t("Nothing more is known of it.")}</Text>;
  const plain = Object.entries(document).filter(([, value]) => typeof value !== "object");
  const order = (document as { order?: Record<string, unknown> }).order;
  const properties = (document as { properties?: Record<string, unknown> }).properties ?? {};
  const lines = (order?.lines ?? []) as { sku: string; name?: string; category?: string; quantity?: number; price?: number; amount?: number }[];
  return (
    <Stack gap="sm">
      {[...plain, ...Object.entries(properties)].map(([name, value]) => <Group key={name} gap="sm" wrap="nowrap"><Text size="sm" c="dimmed" w={130}>{t(words(name))}</Text><Text size="sm" style={{ overflowWrap: "anywhere" }}>{String(typeof value === "object" ? JSON.stringify(value) : value)}</Text></Group>)}
      {lines.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label={t("Lines")}>
          <table className="table numeric"><thead><tr><th scope="col">SKU</th><th scope="col">{t("Name")}</th><th scope="col">{t("Category")}</th><th scope="col" className="end">{t("Quantity")}</th></tr></thead>
            <tbody>{lines.map((line, index) => <tr key={index}><td><Code>{line.sku}</Code></td><td>{line.name}</td><td>{line.category}</td><td className="end">{line.quantity}</td></tr>)}</tbody></table>
        </div>
      )}
    </Stack>
  );
}
