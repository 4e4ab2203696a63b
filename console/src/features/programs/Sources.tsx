import { Badge, Button, Code, Group, NumberInput, Select, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { IconKey, IconPlugConnected, IconSignature } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { IssuedAnswer, SourceAnswer, StoreAnswer } from "@/lib/answers";
import { useConfirm } from "@/components/confirm";
import { May } from "@/components/May";
import { Secret } from "@/components/Secret";
import { useChange } from "@/components/useChange";
import { everything, inProgram, send } from "@/lib/api";
import { number, words } from "@/lib/format";
import { useProgramCode } from "@/lib/program";
import { Keys } from "./Keys";
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
          { id: "rate", header: t("Requests a second"), end: true, cell: (one) => number(one.rate_per_second) },
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
        extra={(source) => <May needs="keys:write"><WriteKey source={source.code} /><Signing source={source} /></May>}
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

/** Whether every request of a source has to be signed; the secret is shown once, and another one replaces it at once. */
function Signing({ source }: { source: SourceAnswer }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const confirm = useConfirm();
  const path = inProgram(program, "sources", source.code, "signing-secret");
  const refresh = [[program, "sources"]];
  const making = useChange(() => send<{ secret: string }>("POST", path, {}), { refresh, toast: true });
  const ending = useChange(() => send("DELETE", path), { refresh, done: t("Requests are taken unsigned again."), toast: true, then: () => making.reset() });
  const signed = making.data !== undefined || (source.signed && !ending.isSuccess);
  const renew = async () => (await confirm({ title: t("Make another signing secret?"), body: t("The one before stops working at once: requests signed with it are refused."), yes: t("Make it") })) && making.mutate(undefined);
  const stop = async () => (await confirm({ title: t("Take unsigned requests again?"), body: t("Whoever has the write key can send then, without the secret."), yes: t("Stop signing"), danger: true })) && ending.mutate(undefined);
  return (
    <Stack gap="xs" role="group" aria-label={t("Signed requests")}>
      <Group gap="xs"><Text size="sm" fw={550}>{t("Signed requests")}</Text><Badge color={signed ? "pine" : "gray"}>{signed ? t("required") : t("not required")}</Badge></Group>
      <Text size="xs" c="dimmed">{t("With a secret every request has to carry X-Signature, the HMAC-SHA1 of its body; others are refused.")}</Text>
      {making.data && <Secret value={making.data.secret} note={t("Give it to the sender now; lost, it is replaced by another one.")} />}
      <Group gap="xs">
        <Button size="xs" variant="default" leftSection={<IconSignature size={14} />} loading={making.isPending} onClick={() => (signed ? void renew() : making.mutate(undefined))}>{signed ? t("Replace the secret") : t("Require signatures")}</Button>
        {signed && <Button size="xs" variant="subtle" c="var(--mantine-color-error)" loading={ending.isPending} onClick={() => void stop()}>{t("Stop signing")}</Button>}
      </Group>
    </Stack>
  );
}
