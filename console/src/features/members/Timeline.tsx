import { Alert, Anchor, Box, Button, Center, Chip, Collapse, Group, Skeleton, Stack, Text, ThemeIcon, UnstyledButton } from "@mantine/core";
import { IconArrowBackUp, IconArrowDownLeft, IconArrowUpRight, IconBolt, IconChecklist, IconChevronDown, IconGift, IconHistory, IconMail, IconNotes, IconPhone, IconSparkles, IconStairsUp, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { usePages } from "@/components/usePages";
import { get, inProgram } from "@/lib/api";
import { day, moment, points, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { useStored } from "@/lib/stored";
import { Explanation, type Explained } from "@/features/events/Explanation";
import { isGain, type TimelineEntry } from "./model";

type Of<Kind extends string> = Extract<TimelineEntry, { entry: Kind }>;
type Movement = Extract<TimelineEntry, { entry: "transfer" }>;
type Happened = Extract<TimelineEntry, { entry: "event" }>;

const KINDS: { kind: TimelineEntry["entry"]; label: string }[] = [
  { kind: "event", label: "Events" },
  { kind: "transfer", label: "Points" },
  { kind: "tier_changed", label: "Tiers" },
  { kind: "redemption", label: "Rewards" },
  { kind: "message", label: "Messages" },
  { kind: "effect", label: "Other effects" },
  { kind: "task", label: "Tasks" },
  { kind: "note", label: "Notes" },
];

/** A member's history, the latest first, of the kinds that are wanted; every line says why. */
export function Timeline({ path, queryKey }: { path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const [kinds, setKinds] = useStored<string[]>("timeline", []);
  const found = usePages<TimelineEntry>([...queryKey, "timeline"], `${path}/timeline`, { limit: 40, ...(kinds.length ? { kind: kinds } : {}) });
  return (
    <>
      <Chip.Group multiple value={kinds} onChange={setKinds}>
        <Group gap={6} px="lg" py="sm" role="group" aria-label={t("Show only")}>
          {KINDS.map(({ kind, label }) => <Chip key={kind} value={kind} size="xs" variant="light">{t(label)}</Chip>)}
        </Group>
      </Chip.Group>
      <Lines found={found} filtered={kinds.length > 0} all={() => setKinds([])} />
    </>
  );
}

function Lines({ found, filtered, all }: { found: ReturnType<typeof usePages<TimelineEntry>>; filtered: boolean; all: () => void }) {
  const { t } = useTranslation();
  if (found.error) return <Box p="md"><Refusal error={found.error} retry={found.retry} /></Box>;
  if (!found.rows) return <Stack p="lg">{[1, 2, 3].map((line) => <Skeleton key={line} h={30} />)}</Stack>;
  if (found.rows.length === 0 && filtered) return <Empty icon={IconHistory} title={t("Nothing of this kind")} action={<Button variant="default" onClick={all}>{t("Show everything")}</Button>} />;
  if (found.rows.length === 0) return <Empty icon={IconHistory} title={t("Nothing has happened yet")}>{t("Events of this member and every movement of points stand here.")}</Empty>;
  return (
    <>
      <Box component="ol" p={0} m={0} style={{ listStyle: "none" }}>
        {inTime(found.rows).map((entry) => <Box component="li" key={keyOf(entry)} style={{ borderTop: "1px solid var(--regulars-line)" }}><Line entry={entry} /></Box>)}
      </Box>
      {found.more.has && <Center p="sm"><Button variant="default" size="xs" loading={found.more.loading} onClick={found.more.load}>{t("Show more")}</Button></Center>}
    </>
  );
}

/** Return what is known so far, the latest first by when it happened: what came of an event stands over it. Pages come as they were posted. */
function inTime(rows: TimelineEntry[]): TimelineEntry[] {
  const cause = (one: TimelineEntry) => (one.entry === "event" ? 0 : 1);
  return [...rows].sort((one, other) => other.occurred_at.localeCompare(one.occurred_at) || cause(other) - cause(one));
}

function keyOf(entry: TimelineEntry): string {
  if ("id" in entry) return `${entry.entry} ${entry.id}`;
  return "number" in entry ? `${entry.entry} ${entry.number}` : `${entry.tier_set} ${entry.occurred_at} ${entry.to}`;
}

function Line({ entry }: { entry: TimelineEntry }) {
  switch (entry.entry) {
    case "transfer": return <MovementRow entry={entry} />;
    case "event": return <EventRow entry={entry} />;
    case "tier_changed": return <TierRow entry={entry} />;
    case "redemption": return <RewardRow entry={entry} />;
    case "task": return <TaskLine entry={entry} />;
    case "note": return <NoteRow entry={entry} />;
    default: return <EffectRow entry={entry} />;
  }
}

function Row({ icon: Glyph, tone, title, note, end, open, toggle, label, children }: { icon: Icon; tone: string; title: React.ReactNode; note: React.ReactNode; end?: React.ReactNode; open?: boolean; toggle?: () => void; label?: string; children?: React.ReactNode }) {
  const line = (
    <Group wrap="nowrap" gap="sm" px="lg" py={11}>
      <ThemeIcon variant="light" color={tone} size={30} radius="xl" aria-hidden><Glyph size={16} /></ThemeIcon>
      <Box flex={1} miw={0}>
        <Text size="sm" fw={550} component="div">{title}</Text>
        <Text size="xs" c="dimmed" component="div">{note}</Text>
      </Box>
      {end}
      {toggle && <Group gap={2} c="dimmed"><Text size="xs" visibleFrom="xs">{label}</Text><IconChevronDown size={15} aria-hidden style={{ transform: open ? "rotate(180deg)" : undefined }} /></Group>}
    </Group>
  );
  return (
    <>
      {toggle ? <UnstyledButton w="100%" onClick={toggle} aria-expanded={open}>{line}</UnstyledButton> : line}
      {children && <Collapse expanded={open ?? false}><Box px="lg" pb="md" pl={{ base: "lg", sm: 66 }}>{open && children}</Box></Collapse>}
    </>
  );
}

function MovementRow({ entry }: { entry: Movement }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [open, setOpen] = useState(false);
  const type = usePointTypes().find((one) => one.code === entry.point_type);
  const gain = isGain(entry.to);
  const amount = `${gain ? "+" : "−"}${points(entry.points, entry.scale)}`;
  const by = entry.rules.map((one) => one.name || one.rule).join(", ") || (typeof entry.detail?.tier === "string" ? t("For reaching {{tier}}", { tier: words(entry.detail.tier) }) : "");
  const Glyph = entry.reverses ? IconArrowBackUp : gain ? IconArrowDownLeft : IconArrowUpRight;
  return (
    <Row icon={Glyph} tone={gain ? "pine" : "orange"} title={t(words(entry.kind))} note={[moment(entry.occurred_at, program.zone), by].filter(Boolean).join(" · ")} open={open} toggle={() => setOpen(!open)} label={t("Why?")}
      end={<Text size="sm" fw={600} className={`numeric ${gain ? "good" : ""}`} ta="right">{amount} <Text span size="xs" c="dimmed">{type?.name ?? entry.point_type}</Text></Text>}>
      <WhyTransfer id={entry.id} />
    </Row>
  );
}

interface Why { why: string; event: { id: string } | null; transfer: { lot?: { expires_at: string | null } | null } }

function WhyTransfer({ id }: { id: string }) {
  const { t } = useTranslation();
  const program = useProgram();
  const found = useQuery({ queryKey: [program.code, "why", id], queryFn: () => get<Why>(inProgram(program.code, "transfers", id, "explanation")) });
  if (found.error) return <Refusal error={found.error} />;
  if (!found.data) return <Skeleton h={40} />;
  return (
    <Alert color="pine" variant="light" p="sm">
      <Text size="sm" className="sentence" data-testid="why">{found.data.why}</Text>
      {found.data.event && <Anchor size="sm" component={Link} to={`/${program.code}/events?event=${found.data.event.id}` as never}>{t("The event, and every rule that did not fire")}</Anchor>}
    </Alert>
  );
}

function EventRow({ entry }: { entry: Happened }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [open, setOpen] = useState(false);
  const found = useQuery({ queryKey: [program.code, "explained", entry.id], enabled: open, queryFn: () => get<Explained>(inProgram(program.code, "events", entry.id, "explanation")) });
  return (
    <Row icon={IconBolt} tone="gray" title={<Group gap="xs">{entry.type}{entry.status !== "accepted" && <Status value={entry.status} />}</Group>} note={`${moment(entry.occurred_at, program.zone)} · ${entry.source ?? ""}`} open={open} toggle={() => setOpen(!open)} label={t("What it did")}>
      {found.error ? <Refusal error={found.error} /> : found.data ? <Explanation explained={found.data} /> : <Skeleton h={60} />}
    </Row>
  );
}

/** Why a rule did something: itself, and the event with all rules that did not fire. */
function WhyRule({ rule, event }: { rule?: string | null; event: string | null }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  return (
    <Alert color="pine" variant="light" p="sm">
      {rule && <Text size="sm" data-testid="why">{t("The rule")} <Anchor size="sm" renderRoot={(props) => <Link to="/$program/rules/edit/$rule" params={{ program: code, rule }} {...props} />}>{rule}</Anchor></Text>}
      {event && <Anchor size="sm" renderRoot={(props) => <Link to="/$program/events" params={{ program: code }} search={{ event } as never} {...props} />}>{t("The event, and every rule that did not fire")}</Anchor>}
    </Alert>
  );
}

function TierRow({ entry }: { entry: Of<"tier_changed"> }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [open, setOpen] = useState(false);
  const title = entry.direction === "down" ? t("Fell to {{tier}}", { tier: words(entry.to ?? "–") }) : t("Reached {{tier}}", { tier: words(entry.to ?? "–") });
  const why = entry.event ? { open, toggle: () => setOpen(!open), label: t("Why?"), children: <WhyRule event={entry.event} /> } : {};
  return <Row icon={IconStairsUp} tone="violet" title={title} note={`${moment(entry.occurred_at, program.zone)} · ${entry.tier_set} · ${t(words(entry.reason))}`} {...why} />;
}

function RewardRow({ entry }: { entry: Of<"redemption"> }) {
  const { t } = useTranslation();
  const program = useProgram();
  const type = usePointTypes().find((one) => one.code === entry.point_type);
  const title = <Group gap="xs">{entry.quantity > 1 ? `${entry.quantity} × ` : ""}<Anchor size="sm" renderRoot={(props) => <Link to="/$program/rewards/$reward" params={{ program: program.code, reward: entry.reward }} {...props} />}>{entry.reward}</Anchor><Status value={entry.status} /></Group>;
  return <Row icon={IconGift} tone="orange" title={title} note={[moment(entry.occurred_at, program.zone), entry.store ?? t("Redemption"), entry.id].join(" · ")} end={<Text size="sm" fw={600} className="numeric">{points(entry.points, entry.scale)} <Text span size="xs" c="dimmed">{type?.name ?? entry.point_type}</Text></Text>} />;
}

function EffectRow({ entry }: { entry: Of<"message" | "effect"> }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [open, setOpen] = useState(false);
  const said = Object.values(entry.arguments).filter((value) => typeof value === "string" || typeof value === "number").join(" · ");
  return (
    <Row icon={entry.entry === "message" ? IconMail : IconSparkles} tone="blue" title={<Group gap="xs">{t(words(entry.kind))}{said && <Text span size="sm" c="dimmed">{said}</Text>}</Group>} note={`${moment(entry.occurred_at, program.zone)} · ${entry.rule_name || entry.rule}`} open={open} toggle={() => setOpen(!open)} label={t("Why?")}>
      <WhyRule rule={entry.rule} event={entry.event} />
    </Row>
  );
}

function TaskLine({ entry }: { entry: Of<"task"> }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [open, setOpen] = useState(false);
  const why = entry.event ? { open, toggle: () => setOpen(!open), label: t("Why?"), children: <WhyRule rule={entry.rule} event={entry.event} /> } : {};
  const note = [moment(entry.occurred_at, program.zone), entry.due_on && t("due on {{day}}", { day: day(entry.due_on) }), entry.closed_by].filter(Boolean).join(" · ");
  return <Row icon={entry.kind === "call" ? IconPhone : IconChecklist} tone="grape" title={<Group gap="xs">{entry.title}<Status value={entry.status} /></Group>} note={note} {...why} />;
}

function NoteRow({ entry }: { entry: Of<"note"> }) {
  const program = useProgram();
  return <Row icon={IconNotes} tone="yellow" title={<Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{entry.text}</Text>} note={`${entry.by} · ${moment(entry.occurred_at, program.zone)}`} />;
}
