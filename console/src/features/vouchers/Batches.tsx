import { NumberInput, Progress, Switch, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { get, inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { moment, number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useStored } from "@/lib/stored";
import type { Batch } from "./model";

const KEPT = 5;

/** The batches of a kind that were asked for in this browser, and a function that adds one. */
export function useBatches(program: string, definition: string): [number[], (batch: number) => void] {
  const [known, setKnown] = useStored<number[]>(`batches:${program}:${definition}`, []);
  return [known, (batch) => setKnown([batch, ...known.filter((one) => one !== batch)].slice(0, KEPT))];
}

/** Ask for codes; they are made in the background. The same form sent twice makes them once. */
export function Generate({ path, definition, made, close }: { path: string; definition: string; made: (batch: number) => void; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [count, setCount] = useState<number | "">(1000);
  const [bearer, setBearer] = useState(false);
  const once = useRef("");
  const making = useChange(() => send<Batch>("POST", `${path}/batches`, { count: Number(count), bearer }, { "Idempotency-Key": (once.current ||= crypto.randomUUID()) }), {
    refresh: [[program.code, "voucher-definition", definition]],
    then: ({ batch }) => {
      made(batch);
      close();
    },
  });
  const at = atField(making.error);
  const changed = (work: () => void) => {
    once.current = "";
    work();
  };
  return (
    <FormDrawer title={t("Generate codes")} opened close={close} submit={() => making.mutate(undefined)} saving={making.isPending} error={making.error} yes={t("Generate")} disabled={!count}>
      <NumberInput label={t("How many")} required min={1} max={10_000_000} thousandSeparator=" " value={count} error={at("count")} onChange={(value) => changed(() => setCount(value === "" ? "" : Number(value)))} data-autofocus />
      <Switch label={t("Valid at once for whoever holds them")} description={t("For codes that are printed; otherwise each waits until it is handed to a member")} checked={bearer} onChange={(event) => { const on = event.currentTarget.checked; changed(() => setBearer(on)); }} />
    </FormDrawer>
  );
}

/** The batches asked for in this browser, with how far they are. */
export function Batches({ program, known, zone, queryKey }: { program: string; known: number[]; zone: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  if (known.length === 0) return null;
  return <Section title={t("Batches")}>{known.map((batch) => <Line key={batch} url={inProgram(program, "voucher-batches", String(batch))} batch={batch} zone={zone} queryKey={queryKey} />)}</Section>;
}

function Line({ url, batch, zone, queryKey }: { url: string; batch: number; zone: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const found = useQuery({ queryKey: [...queryKey, "batch", batch], queryFn: () => get<Batch>(url), refetchInterval: ({ state }) => (state.data?.finished_at || state.error ? false : 1_000) });
  const finished = Boolean(found.data?.finished_at);
  const seen = useRef(finished);
  useEffect(() => {
    if (finished && !seen.current) void queries.invalidateQueries({ queryKey, predicate: (query) => !query.queryKey.includes("batch") });
    seen.current = finished;
  }, [finished, queries, queryKey]);
  if (found.error) return <Refusal error={found.error} />;
  const one = found.data;
  if (!one) return null;
  return (
    <div style={{ marginBottom: 12 }}>
      <Text size="sm">{t("{{done}} of {{wanted}} codes", { done: number(one.done), wanted: number(one.wanted ?? one.done) })} · {moment(one.created_at, zone)} · {one.finished_at ? t("finished") : t("being made")}{one.refused > 0 && ` · ${t("{{refused}} refused", { refused: number(one.refused) })}`}</Text>
      <Progress value={one.wanted ? (100 * one.done) / one.wanted : 100} aria-label={t("Batch {{batch}}", { batch: String(one.batch) })} />
    </div>
  );
}
