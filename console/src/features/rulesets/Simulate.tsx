import { Button, Group, Progress, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconChartBar, IconPlayerPlay, IconX } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { ReadOnly, useMay } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { get, inProgram, send } from "@/lib/api";
import { useToday } from "@/features/dashboards/model";
import { number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { draftChangesQuery, versionsQuery } from "./model";
import { StayOut } from "./Obstacles";
import { PastSimulations, type Simulation, useAbout } from "./PastSimulations";
import { type Result, SimulationReport } from "./SimulationReport";

type Whole = Simulation & { result: Result | null };

const RUNNING = ["waiting", "running", "scheduled", "queued"];

/** Replay what really happened against the draft: what it would have cost, whom it would have touched. */
export default function Simulate() {
  const { t } = useTranslation();
  const program = useProgram();
  const may = useMay("rules:write");
  const today = useToday();
  const [span, setSpan] = useState("quarter");
  const [own, setOwn] = useState({ from: "", to: "" });
  const [start, setStart] = useState<string>("replayed");
  const navigate = useNavigate();
  const about = useAbout();
  const { simulation } = useSearch({ strict: false }) as { simulation?: string | number };
  const id = simulation === undefined ? null : Number(simulation);
  const latest = useQuery(versionsQuery(program.code)).data?.[0]?.version;
  const changes = useQuery({ ...draftChangesQuery(program.code, latest ?? 0), enabled: latest !== undefined }).data;
  const window = span === "own" ? own : today ? spanOf(span, today) : { from: "", to: "" };
  const starting = useChange(
    () => send<{ id: number }>("POST", inProgram(program.code, "simulations"), { start, ...(window.from ? { from: `${window.from}T00:00:00Z` } : {}), ...(window.to ? { to: `${window.to}T00:00:00Z` } : {}) }),
    { refresh: [[program.code, "simulations"]], then: (answer) => void navigate({ to: ".", search: { simulation: String(answer.id) } as never }) },
  );
  const found = useQuery({
    queryKey: [program.code, "simulation", id],
    enabled: id !== null,
    queryFn: () => get<Whole>(inProgram(program.code, "simulations", String(id))),
    refetchInterval: (query) => (query.state.data && !RUNNING.includes(query.state.data.status) ? false : 700),
    retry: false,
  });
  const cancel = useChange(() => send("DELETE", inProgram(program.code, "simulations", String(id))), { refresh: [[program.code, "simulation"]], done: t("The simulation is stopped."), toast: true });
  const one = id === null ? undefined : found.data;
  const running = one !== undefined && RUNNING.includes(one.status);
  const queries = useQueryClient();
  const status = one?.status;
  // Once it has ended, the list says what it found.
  useEffect(() => {
    if (status === "done") void queries.invalidateQueries({ queryKey: [program.code, "simulations"] });
  }, [status, queries, program.code]);
  const done = one?.expected ? (100 * one.events) / one.expected : 0;
  return (
    <Page title={t("Simulate")} about={t("Every stored event is decided twice: under the rules of its day, and under the draft. Nothing is written but this report.")} back={{ label: t("Rules"), to: "/$program/rules", params: { program: program.code } }}>
      <ReadOnly needs="rules:write" />
      <Section>
        <Group align="flex-end" gap="md">
          <SegmentedControl style={{ maxWidth: "100%", overflowX: "auto" }} aria-label={t("Over which time")} value={span} onChange={setSpan} data={[{ value: "month", label: t("Last 30 days") }, { value: "quarter", label: t("Last quarter") }, { value: "year", label: t("Last year") }, { value: "all", label: t("Everything") }, { value: "own", label: t("Other") }]} />
          {span === "own" && <><TextInput type="date" label={t("From")} value={own.from} onChange={(event) => setOwn({ ...own, from: event.currentTarget.value })} /><TextInput type="date" label={t("Until, not included")} value={own.to} onChange={(event) => setOwn({ ...own, to: event.currentTarget.value })} /></>}
          <Select w={240} aria-label={t("How members begin")} value={start} onChange={(next) => next && setStart(next)} data={[{ value: "replayed", label: t("Members begin as they were") }, { value: "empty", label: t("Members begin with nothing") }]} />
          {may && <Button leftSection={<IconPlayerPlay size={16} />} loading={starting.isPending} disabled={running} onClick={() => starting.mutate(undefined)}>{t("Run")}</Button>}
        </Group>
        {changes && <Text size="sm" c="dimmed" mt="sm">{changes.length ? t("Changes in the draft since version {{version}}: {{n}}.", { version: latest, n: changes.length }) : t("The draft says the same as version {{version}}: the simulation will find no difference.", { version: latest })}</Text>}
        <StayOut />
      </Section>
      <Refusal error={starting.error} />
      {running && (
        <Section title={t("Replaying")} aside={may && <Button size="xs" variant="default" leftSection={<IconX size={14} />} loading={cancel.isPending} onClick={() => cancel.mutate(undefined)}>{t("Stop")}</Button>}>
          <Progress value={done || 100} animated={!done} aria-label={t("Progress")} />
          <Text size="sm" c="dimmed" mt={6}>{one.expected ? t("{{events}} of {{expected}} events", { events: number(one.events), expected: number(one.expected) }) : t("Waiting for its turn")}</Text>
        </Section>
      )}
      {one && !running && one.error && <Refusal error={new Error(one.error)} />}
      {one?.status === "cancelled" && <Text c="dimmed">{t("It was stopped.")}</Text>}
      {id !== null && <Refusal error={found.error} />}
      {one && <Text size="sm" c="dimmed" data-testid="about">{about(one)}</Text>}
      {one?.result && !running && <Stack gap="lg"><SimulationReport result={one.result} /></Stack>}
      {id === null && <Section><Empty icon={IconChartBar} title={t("What would the draft have cost?")}>{t("Choose a time and run. A year of a shop takes seconds to minutes; you may leave this page meanwhile.")}</Empty></Section>}
      <PastSimulations chosen={id} />
    </Page>
  );
}

/** Return a time that ends today. */
function spanOf(span: string, today: string): { from: string; to: string } {
  const days = { month: 30, quarter: 91, year: 365 }[span];
  if (days === undefined) return { from: "", to: "" };
  const from = new Date(`${today}T00:00:00Z`);
  from.setUTCDate(from.getUTCDate() - days);
  return { from: from.toISOString().slice(0, 10), to: "" };
}
