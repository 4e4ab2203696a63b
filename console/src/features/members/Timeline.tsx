import { Alert, Anchor, Box, Collapse, Group, Skeleton, Stack, Text, ThemeIcon, UnstyledButton } from "@mantine/core";
import { IconArrowBackUp, IconArrowDownLeft, IconArrowUpRight, IconBolt, IconChevronDown, IconHistory, IconStairsUp, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { usePages } from "@/components/usePages";
import { Button, Center } from "@mantine/core";
import { get, inProgram } from "@/lib/api";
import { moment, points, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { Explanation, type Explained } from "@/features/events/Explanation";
import { isGain, type TimelineEntry } from "./model";

type Movement = Extract<TimelineEntry, { entry: "transfer" }>;
type Happened = Extract<TimelineEntry, { entry: "event" }>;

/** A member's history, the latest first; every movement of points says why. */
export function Timeline({ path, queryKey }: { path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const found = usePages<TimelineEntry>([...queryKey, "timeline"], `${path}/timeline`, { limit: 40 });
  if (found.error) return <Box p="md"><Refusal error={found.error} retry={found.retry} /></Box>;
  if (!found.rows) return <Stack p="lg">{[1, 2, 3].map((line) => <Skeleton key={line} h={30} />)}</Stack>;
  if (found.rows.length === 0) return <Empty icon={IconHistory} title={t("Nothing has happened yet")}>{t("Events of this member and every movement of points stand here.")}</Empty>;
  return (
    <Box component="ol" p={0} m={0} style={{ listStyle: "none" }}>
      {found.rows.map((entry) => (
        <Box component="li" key={`${entry.entry} ${"id" in entry ? entry.id : entry.tier_set + entry.occurred_at + entry.to}`} style={{ borderBottom: "1px solid var(--regulars-line)" }}>
          {entry.entry === "transfer" ? <MovementRow entry={entry} /> : entry.entry === "event" ? <EventRow entry={entry} /> : <TierRow entry={entry} />}
        </Box>
      ))}
      {found.more.has && <Center component="li" p="sm"><Button variant="default" size="xs" loading={found.more.loading} onClick={found.more.load}>{t("Show more")}</Button></Center>}
    </Box>
  );
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
  const Glyph = entry.reverses ? IconArrowBackUp : gain ? IconArrowDownLeft : IconArrowUpRight;
  return (
    <Row icon={Glyph} tone={gain ? "pine" : "orange"} title={t(words(entry.kind))} note={moment(entry.occurred_at, program.zone)} open={open} toggle={() => setOpen(!open)} label={t("Why?")}
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

function TierRow({ entry }: { entry: Extract<TimelineEntry, { entry: "tier_changed" }> }) {
  const { t } = useTranslation();
  const program = useProgram();
  const title = entry.direction === "down" ? t("Fell to {{tier}}", { tier: words(entry.to ?? "–") }) : t("Reached {{tier}}", { tier: words(entry.to ?? "–") });
  return <Row icon={IconStairsUp} tone="violet" title={title} note={`${moment(entry.occurred_at, program.zone)} · ${entry.tier_set} · ${t(words(entry.reason))}`} />;
}

