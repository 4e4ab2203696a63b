import { Badge, Button, Code, Group, MultiSelect, NumberInput, Select, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { IconKey, IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IssuedAnswer, KeyAnswer, SourceAnswer, StoreAnswer } from "@/lib/answers";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { May, useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { Secret } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { everything, get, inProgram, send } from "@/lib/api";
import { moment, words } from "@/lib/format";
import { useProgram, useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { Parts } from "./Parts";
import { usePartners } from "./PointTypes";

interface Form { name: string; client_side: boolean; enrol: boolean; store: string; origins: string[]; profile: string; rate_per_second: number; partner: string }

/** Who sends events, with their write keys, and who calls the API, with theirs. */
export default function Sources() {
  const { t } = useTranslation();
  const partners = usePartners();
  const stores = useStores();
  return (
    <Stack gap="xl">
      <Parts<SourceAnswer, Form>
        title={t("Sources and keys")}
        about={t("Who sends events: a shop, an app, a till. Each has a write key of its own. API keys are for your systems.")}
        newLabel={t("New source")}
        place="sources"
        icon={IconPlugConnected}
        emptyTitle={t("No sources yet")}
        emptyText={t("Make one for each shop, app or till; an SDK you already have sends here by changing its host.")}
        columns={[
          { id: "profile", header: t("Speaks"), cell: (one) => t(words(one.profile)) },
          { id: "enrol", header: t("Unknown customers"), cell: (one) => (one.enrol ? t("become members") : t("stay nobody")) },
          { id: "rate", header: t("Requests a second"), end: true, cell: (one) => one.rate_per_second },
        ]}
        form={(source) => ({ name: source?.name ?? "", client_side: source?.client_side ?? false, enrol: source?.enrol ?? true, store: source?.store ?? "", origins: [...(source?.origins ?? [])], profile: source?.profile ?? "segment", rate_per_second: source?.rate_per_second ?? 1000, partner: source?.partner ?? "" })}
        fields={(form, set, _, at) => (
          <>
            <TextInput label={t("Name")} required value={form.name} error={at("name")} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
            <Switch label={t("Unknown customers become members")} checked={form.enrol} onChange={(event) => set({ enrol: event.currentTarget.checked })} />
            <Switch label={t("Runs on members' devices")} description={t("Its clock is corrected, and it may only send")} checked={form.client_side} onChange={(event) => set({ client_side: event.currentTarget.checked })} />
            <Group grow align="flex-start">
              <Select label={t("Store of events that name none")} clearable searchable placeholder={t("none")} data={stores} value={form.store || null} error={at("store")} onChange={(store) => set({ store: store ?? "" })} />
              <Select label={t("Partner of events that name none")} clearable searchable placeholder={t("the house")} data={partners} value={form.partner || null} error={at("partner")} onChange={(partner) => set({ partner: partner ?? "" })} />
            </Group>
            <TagsInput label={t("Web origins that may send")} description={t("Only for pages in a browser; Enter after each")} placeholder="https://shop.example.com" value={form.origins} error={at("origins") ?? at("origins[0]")} onChange={(origins) => set({ origins })} />
            <Group grow align="flex-start">
              <Select label={t("Speaks")} description={t("Decides the size limits")} data={["segment", "rudder"].map((value) => ({ value, label: t(words(value)) }))} value={form.profile} onChange={(profile) => profile && set({ profile })} />
              <NumberInput label={t("Requests a second")} description={t("More are asked to wait")} min={1} max={100_000} allowDecimal={false} value={form.rate_per_second} error={at("rate_per_second")} onChange={(rate) => set({ rate_per_second: Number(rate) || 1 })} />
            </Group>
          </>
        )}
        body={({ store, partner, ...form }) => ({ ...form, store: store || null, partner: partner || null })}
        archive={t("Disable")}
        extra={(source) => <WriteKey source={source.code} />}
      />
      <May needs="keys:read"><Keys /></May>
    </Stack>
  );
}

/** Stores to choose from. */
function useStores(): { value: string; label: string }[] {
  const program = useProgramCode();
  const found = useQuery({ queryKey: [program, "stores", "choices"], queryFn: () => everything<StoreAnswer & { archived_at?: string | null }>(inProgram(program, "stores")), staleTime: 60_000 });
  return (found.data ?? []).filter((one) => !one.archived_at).map((one) => ({ value: one.code, label: one.name }));
}

function WriteKey({ source }: { source: string }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const making = useChange(() => send<IssuedAnswer>("POST", inProgram(program, "sources", source, "keys"), {}), { refresh: [[program, "keys"]], toast: true });
  const curl = `curl ${window.location.origin}/v1/track -u ${making.data?.key ?? "WRITE_KEY"}: -H 'content-type: application/json' -d '{"userId":"ann","event":"Order Completed","properties":{"order_id":"1","revenue":25}}'`;
  return (
    <Stack gap="xs">
      {making.data ? <Secret value={making.data.key} /> : <Button variant="default" leftSection={<IconKey size={16} />} loading={making.isPending} onClick={() => making.mutate(undefined)}>{t("Make a write key")}</Button>}
      <Text size="xs" c="dimmed">{t("An event, sent by hand:")}</Text>
      <Code block fz={11} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{curl}</Code>
    </Stack>
  );
}

function Keys() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const may = useMay("keys:write");
  const path = inProgram(program.code, "keys");
  const [making, setMaking] = useState(false);
  const found = useQuery({ queryKey: [program.code, "keys"], queryFn: () => get<KeyAnswer[]>(path) });
  const revoke = useChange((prefix: string) => send("DELETE", `${path}/${prefix}`), { refresh: [[program.code, "keys"]], done: t("The key is revoked: the next request with it is refused."), toast: true });
  const add = <May needs="keys:write"><Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>{t("New API key")}</Button></May>;
  return (
    <Section pad={false} title={t("Keys")} aside={add}>
      <DataTable
        label={t("Keys")}
        columns={[
          { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Text size="sm" fw={580}>{one.name}</Text><Text size="xs" c="dimmed" className="mono">{one.prefix}…</Text></> },
          { id: "kind", header: t("Kind"), value: (one) => one.kind, cell: (one) => (one.source ? `${t("Write key")} · ${one.source}` : t("API key")) },
          { id: "scopes", header: t("May"), cell: (one) => <Group gap={4}>{one.scopes.slice(0, 4).map((scope) => <Badge key={scope} color="gray" size="sm">{scope}</Badge>)}{one.scopes.length > 4 && <Text size="xs" c="dimmed">+{one.scopes.length - 4}</Text>}</Group> },
          { id: "used", header: t("Last used"), value: (one) => one.last_used_at ?? "", cell: (one) => (one.last_used_at ? moment(one.last_used_at, program.zone) : t("never")) },
          { id: "state", header: t("Status"), cell: (one) => <Status value={one.revoked_at ? "disabled" : "active"} label={one.revoked_at ? t("Revoked") : undefined} /> },
          { id: "do", header: "", end: true, cell: (one) => may && !one.revoked_at && <Button size="compact-xs" variant="default" onClick={async () => (await confirm({ title: t("Revoke this key?"), body: t("The next request that comes with it is refused."), yes: t("Revoke"), danger: true })) && revoke.mutate(one.prefix)}>{t("Revoke")}</Button> },
        ]}
        rows={found.data}
        rowKey={(one) => one.prefix}
        error={found.error}
        empty={<Empty icon={IconKey} title={t("No keys yet")}>{t("Your systems call the API with a key that may do only what it needs.")}</Empty>}
      />
      {making && <NewKey path={path} close={() => setMaking(false)} />}
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
