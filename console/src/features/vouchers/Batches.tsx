import { NumberInput, Progress, Switch, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { FormDrawer } from "@/components/FormDrawer";
import { Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { get, type PageOf, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { moment, number, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import type { Batch } from "./model";

/** Ask for codes; they are made in the background. The same form sent twice makes them once. */
export function Generate({ path, definition, close }: { path: string; definition: string; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [count, setCount] = useState<number | "">(1000);
  const [bearer, setBearer] = useState(false);
  const once = useRef("");
  const making = useChange(() => send<Batch>("POST", `${path}/batches`, { count: Number(count), bearer }, { "Idempotency-Key": (once.current ||= crypto.randomUUID()) }), {
    refresh: [[program.code, "voucher-definition", definition]],
    then: close,
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

/** The batches of a kind, generated and imported, with how far each is. */
export function Batches({ path, zone, queryKey }: { path: string; zone: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const key = [...queryKey, "batches"];
  const found = useQuery({ queryKey: key, queryFn: () => get<PageOf<Batch>>(`${path}/batches`, { limit: 50 }), refetchInterval: ({ state }) => (state.data?.data.some((one) => !one.finished_at) ? 1_000 : false) });
  const rows = found.data?.data;
  const open = rows?.filter((one) => !one.finished_at).length ?? 0;
  const before = useRef(open);
  useEffect(() => {
    if (open < before.current) void queries.invalidateQueries({ queryKey, predicate: (query) => !query.queryKey.includes("batches") });
    before.current = open;
  }, [open, queries, queryKey]);
  if (rows?.length === 0) return null;
  return (
    <Section title={t("Batches")} pad={false}>
      <DataTable
        label={t("Batches")}
        columns={[
          { id: "batch", header: t("Batch"), value: (one) => one.batch, cell: (one) => <><Text size="sm" fw={580}>{t("Batch {{batch}}", { batch: String(one.batch) })}</Text><Text size="xs" c="dimmed">{moment(one.created_at, zone)}</Text></> },
          { id: "origin", header: t("Made by"), value: (one) => one.origin, cell: (one) => <><Text size="sm">{t(words(one.origin))}</Text>{one.bearer && <Text size="xs" c="dimmed">{t("valid for whoever holds them")}</Text>}</> },
          { id: "done", header: t("Codes"), cell: (one) => <><Text size="sm" className="numeric">{t("{{done}} of {{wanted}} codes", { done: number(one.done), wanted: number(one.wanted ?? one.done) })}{one.refused > 0 && ` · ${t("{{refused}} refused", { refused: number(one.refused) })}`}</Text><Progress size="sm" maw={240} value={one.wanted ? (100 * one.done) / one.wanted : 100} aria-label={t("Batch {{batch}}", { batch: String(one.batch) })} /></> },
          { id: "state", header: t("Status"), cell: (one) => <Status value={one.finished_at ? "done" : "running"} label={one.finished_at ? t("finished") : t("being made")} /> },
        ]}
        rows={rows}
        rowKey={(one) => String(one.batch)}
        error={found.error}
        retry={() => void found.refetch()}
      />
    </Section>
  );
}
