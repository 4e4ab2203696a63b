import { Badge, Button, Group, MultiSelect, Text, TextInput } from "@mantine/core";
import { IconKey, IconPlus, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IssuedAnswer, KeyAnswer } from "@/lib/answers";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { May, useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { Secret } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { get, inProgram, send } from "@/lib/api";
import { moment } from "@/lib/format";
import { useProgram, useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { ReplaceKey } from "./ReplaceKey";

/** While a key was never used somebody may be connecting it just now: it is looked at again this often. */
const LOOK_AGAIN_MS = 5_000;

/** Every key of the program: what it may do, when it was last used, and putting an end to it. */
export function Keys() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const may = useMay("keys:write");
  const path = inProgram(program.code, "keys");
  const [making, setMaking] = useState(false);
  const [replacing, setReplacing] = useState<KeyAnswer | null>(null);
  const found = useQuery({ queryKey: [program.code, "keys"], queryFn: () => get<KeyAnswer[]>(path), refetchInterval: ({ state }) => (state.data?.some((one) => one.live && !one.last_used_at) ? LOOK_AGAIN_MS : false) });
  const ask = async (one: KeyAnswer) => (await confirm({ title: t("Revoke this key?"), body: t("The next request that comes with it is refused."), yes: t("Revoke"), danger: true })) && revoke.mutate(one.prefix);
  const revoke = useChange((prefix: string) => send("DELETE", `${path}/${prefix}`), { refresh: [[program.code, "keys"]], done: t("The key is revoked: the next request with it is refused."), toast: true });
  const add = <May needs="keys:write"><Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>{t("New API key")}</Button></May>;
  return (
    <Section pad={false} title={t("Keys")} aside={add}>
      <DataTable
        label={t("Keys")}
        columns={[
          { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Text size="sm" fw={580}>{one.name}</Text><Text size="xs" c="dimmed" className="mono">{one.prefix}…</Text></> },
          { id: "kind", header: t("Kind"), value: (one) => one.kind, cell: (one) => (one.source ? `${t("Write key")} · ${one.source}` : t("API key")) },
          { id: "scopes", header: t("May"), cell: (one) => one.source ? <Text size="sm" c="dimmed">{t("send events")}</Text> : <Group gap={4}>{one.scopes.slice(0, 4).map((scope) => <Badge key={scope} color="gray" size="sm">{scope}</Badge>)}{one.scopes.length > 4 && <Text size="xs" c="dimmed">+{one.scopes.length - 4}</Text>}</Group> },
          { id: "used", header: t("Last used"), value: (one) => one.last_used_at ?? "", cell: (one) => (one.last_used_at ? moment(one.last_used_at, program.zone) : t("never")) },
          { id: "state", header: t("Status"), cell: (one) => <><Status value={one.live ? "active" : "disabled"} label={one.revoked_at ? t("Revoked") : one.live ? undefined : t("Ended")} />{one.live && one.expires_at && <Text size="xs" c="dimmed">{t("until {{when}}", { when: moment(one.expires_at, program.zone) })}</Text>}</> },
          { id: "do", header: t("Actions"), end: true, cell: (one) => may && one.live && <Group gap={6} justify="flex-end" wrap="nowrap"><Button size="compact-xs" variant="default" leftSection={<IconRefresh size={13} />} onClick={() => setReplacing(one)} aria-label={t("Replace the key {{name}} {{prefix}}", { name: one.name, prefix: one.prefix })}>{t("Replace")}</Button><Button size="compact-xs" variant="default" c="var(--mantine-color-error)" onClick={() => void ask(one)} aria-label={t("Revoke the key {{name}} {{prefix}}", { name: one.name, prefix: one.prefix })}>{t("Revoke")}</Button></Group> },
        ]}
        rows={found.data}
        rowKey={(one) => one.prefix}
        error={found.error}
        empty={<Empty icon={IconKey} title={t("No keys yet")}>{t("Your systems call the API with a key that may do only what it needs.")}</Empty>}
      />
      {making && <NewKey path={path} close={() => setMaking(false)} />}
      {replacing && <ReplaceKey base={inProgram(program.code)} known={replacing} refresh={[program.code, "keys"]} close={() => setReplacing(null)} />}
    </Section>
  );
}

function NewKey({ path, close }: { path: string; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const { permissions } = useSession();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>([]);
  const making = useChange(() => send<IssuedAnswer>("POST", path, { name, scopes }), { refresh: [[program, "keys"]] });
  return (
    <FormDrawer title={t("New API key")} opened close={close} submit={() => (making.data ? close() : making.mutate(undefined))} saving={making.isPending} error={making.error} yes={making.data ? t("Done") : t("Make it")} disabled={!name.trim() || scopes.length === 0}>
      <TextInput label={t("Name")} description={t("Who has it")} required value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <MultiSelect label={t("What it may do")} searchable data={permissions.filter((one) => !one.startsWith("platform"))} value={scopes} onChange={setScopes} />
      {making.data && <Secret value={making.data.key} />}
    </FormDrawer>
  );
}
