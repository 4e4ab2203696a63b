import { Button, Code, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconKey, IconPlus, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IssuedAnswer, KeyAnswer, SourceAnswer } from "@/lib/answers";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { Secret } from "@/components/Secret";
import { ReplaceKey } from "@/features/programs/ReplaceKey";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { wrongAt } from "@/features/staff/model";
import { get, inProgram, send } from "@/lib/api";
import { moment } from "@/lib/format";
import { useProgram } from "@/lib/program";

const API = "";

/** The keys of a partner: write keys of its sources, and API keys for its own figures. */
export function Keys({ partner }: { partner: string }) {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const confirm = useConfirm();
  const base = inProgram(code, "partners", partner);
  const refresh = [code, "partners", partner, "keys"];
  const found = useQuery({ queryKey: refresh, queryFn: () => get<KeyAnswer[]>(`${base}/keys`) });
  const sources = useQuery({ queryKey: [code, "partners", partner, "sources"], queryFn: async () => (await get<{ data: SourceAnswer[] }>(`${base}/sources`)).data });
  const [making, setMaking] = useState(false);
  const [rotating, setRotating] = useState<KeyAnswer | null>(null);
  const revoke = useChange((prefix: string) => send("DELETE", `${base}/keys/${prefix}`), { refresh: [refresh], done: t("The key is revoked: the next request with it is refused."), toast: true });
  // Which kind of key is offered first depends on the sources: the drawer opens when they are known.
  const unready = !sources.data;
  const may = useMay("keys:write");
  const ask = async (one: KeyAnswer) => (await confirm({ title: t("Revoke this key?"), body: t("The next request that comes with it is refused."), yes: t("Revoke"), danger: true })) && revoke.mutate(one.prefix);
  return (
    <Section pad={false} title={t("Keys")} aside={may && <Button size="xs" leftSection={<IconPlus size={14} />} disabled={unready} onClick={() => setMaking(true)}>{t("New key")}</Button>}>
      <DataTable
        label={t("Keys")}
        columns={[
          { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Text size="sm" fw={580}>{one.name}</Text><Text size="xs" c="dimmed" className="mono">{one.prefix}…</Text></> },
          { id: "kind", header: t("Kind"), value: (one) => one.kind, cell: (one) => <><Text size="sm">{one.source ? t("Write key") : t("API key")}</Text><Text size="xs" c="dimmed">{one.source ? one.source : t("your own figures alone")}</Text></> },
          { id: "created", header: t("Made on"), value: (one) => one.created_at, cell: (one) => <Text size="sm" c="dimmed">{moment(one.created_at, zone)}</Text> },
          { id: "used", header: t("Last used"), value: (one) => one.last_used_at ?? "", cell: (one) => <Text size="sm" c="dimmed">{one.last_used_at ? moment(one.last_used_at, zone) : t("never")}</Text> },
          { id: "state", header: t("Status"), cell: (one) => <><Status value={one.live ? "active" : "disabled"} label={one.revoked_at ? t("Revoked") : one.live ? undefined : t("Ended")} />{one.live && one.expires_at && <Text size="xs" c="dimmed">{t("until {{when}}", { when: moment(one.expires_at, zone) })}</Text>}</> },
          { id: "do", header: t("Actions"), end: true, cell: (one) => may && one.live && <Group gap={6} justify="flex-end" wrap="nowrap"><Button size="compact-xs" variant="default" leftSection={<IconRefresh size={13} />} onClick={() => setRotating(one)} aria-label={t("Replace the key {{name}} {{prefix}}", { name: one.name, prefix: one.prefix })}>{t("Replace")}</Button><Button size="compact-xs" variant="default" c="var(--mantine-color-error)" onClick={() => void ask(one)} aria-label={t("Revoke the key {{name}} {{prefix}}", { name: one.name, prefix: one.prefix })}>{t("Revoke")}</Button></Group> },
        ]}
        rows={found.data}
        rowKey={(one) => one.prefix}
        error={found.error ?? sources.error}
        retry={() => void found.refetch()}
        empty={<Empty icon={IconKey} title={t("No keys yet")} action={may && <Button disabled={unready} onClick={() => setMaking(true)}>{t("New key")}</Button>}>{t("A write key lets a shop send its orders; an API key lets your software read your own figures.")}</Empty>}
      />
      {making && <NewKey base={base} sources={(sources.data ?? []).filter((one) => !one.disabled_at)} refresh={refresh} close={() => setMaking(false)} />}
      {rotating && <ReplaceKey base={base} known={rotating} refresh={refresh} close={() => setRotating(null)} />}
    </Section>
  );
}

function NewKey({ base, sources, refresh, close }: { base: string; sources: SourceAnswer[]; refresh: readonly unknown[]; close: () => void }) {
  const { t } = useTranslation();
  const [source, setSource] = useState(sources[0]?.code ?? API);
  const [name, setName] = useState("");
  const making = useChange(() => (source ? send<IssuedAnswer>("POST", `${base}/sources/${encodeURIComponent(source)}/keys`, { name: name.trim() }) : send<IssuedAnswer>("POST", `${base}/keys`, { name: name.trim() })), { refresh: [refresh] });
  const made = making.data?.key;
  return (
    <FormDrawer title={t("New key")} opened close={close} submit={() => (made ? close() : making.mutate(undefined))} saving={making.isPending} error={making.error} yes={made ? t("Done") : t("Make it")} disabled={!source && !name.trim()}>
      <Select label={t("What it is for")} disabled={made !== undefined} data={[...sources.map((one) => ({ value: one.code, label: t("Sending orders: {{source}}", { source: one.name }) })), { value: API, label: t("Reading your own figures") }]} value={source} onChange={(next) => setSource(next ?? API)} />
      <TextInput label={t("Name")} description={t("Which till or software has it")} required={!source} maxLength={60} disabled={made !== undefined} value={name} error={wrongAt(making.error, "name")} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      {made && <Stack gap="xs"><Secret value={made} />{source && <Snippet write={made} />}</Stack>}
    </FormDrawer>
  );
}

function Snippet({ write }: { write: string }) {
  const { t } = useTranslation();
  const curl = `curl ${window.location.origin}/v1/track -u ${write}: -H 'content-type: application/json' -d '{"userId":"ann","event":"Order Completed","properties":{"order_id":"1","revenue":25}}'`;
  return <><Text size="xs" c="dimmed">{t("An event, sent by hand:")}</Text><Code block fz={11} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{curl}</Code></>;
}
