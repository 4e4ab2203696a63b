import { Button, MultiSelect, Switch, Text, TextInput } from "@mantine/core";
import { IconPlus, IconWebhook } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { EndpointAnswer, TypeAnswer } from "@/lib/answers";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { May } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Secret } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useOpened } from "@/components/useOpened";
import { usePages } from "@/components/usePages";
import { get, inProgram, send } from "@/lib/api";
import { day } from "@/lib/format";
import { useProgram, useProgramCode } from "@/lib/program";

/** Where the program tells other systems what happened. */
export default function Webhooks() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const [making, setMaking] = useOpened<true>("endpoint");
  const found = usePages<EndpointAnswer>([program.code, "webhooks"], inProgram(program.code, "webhooks"), { limit: 100 });
  return (
    <Page title={t("Webhooks")} about={t("Other systems hear what happened, signed, in order of trying, until they say that they have it.")} actions={<May needs="webhooks:write"><Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>{t("New endpoint")}</Button></May>}>
      <Section pad={false}>
        <DataTable
          label={t("Webhooks")}
          columns={[
            { id: "url", header: t("Address"), value: (one) => one.url, cell: (one) => <><Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>{one.url}</Text><Text size="xs" c="dimmed">{one.description}</Text></> },
            { id: "types", header: t("Hears of"), cell: (one) => <Text size="sm" c="dimmed" lineClamp={1}>{one.types.join(", ")}</Text> },
            { id: "state", header: t("Status"), cell: (one) => <Status value={!one.enabled ? "disabled" : one.failures ? "failed" : "active"} label={one.enabled && one.failures ? t("{{n}} failures", { n: one.failures }) : undefined} /> },
            { id: "made", header: t("Created on"), value: (one) => one.created_at, cell: (one) => day(one.created_at, program.zone) },
          ]}
          rows={found.rows}
          rowKey={(one) => one.id}
          error={found.error}
          retry={found.retry}
          open={(one) => void navigate({ to: "/$program/webhooks/$endpoint", params: { program: program.code, endpoint: one.id } })}
          empty={<Empty icon={IconWebhook} title={t("Nobody listens yet")} action={<May needs="webhooks:write"><Button onClick={() => setMaking(true)}>{t("New endpoint")}</Button></May>}>{t("An endpoint is an https address of yours; messages are signed after Standard Webhooks.")}</Empty>}
        />
      </Section>
      {making && <EndpointForm close={() => setMaking(null)} />}
    </Page>
  );
}

/** An endpoint, new or as it is. A new one shows its secret once. */
export function EndpointForm({ endpoint, close }: { endpoint?: EndpointAnswer; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const path = inProgram(program, "webhooks");
  const types = useQuery({ queryKey: [program, "webhooks", "types"], queryFn: () => get<TypeAnswer[]>(`${path}/types`), staleTime: 600_000 }).data ?? [];
  const [form, setForm, draft] = useDraft(`endpoint ${endpoint?.id ?? "new"}`, { url: endpoint?.url ?? "https://", types: endpoint ? [...endpoint.types] : ["*"], description: endpoint?.description ?? "", enabled: endpoint?.enabled ?? true });
  const saving = useChange(() => send<EndpointAnswer>(endpoint ? "PUT" : "POST", endpoint ? `${path}/${endpoint.id}` : path, { ...form, ...(endpoint ? { concurrency: endpoint.concurrency } : {}) }), { refresh: [[program, "webhooks"]], done: t("Saved."), draft, then: () => endpoint && close() });
  const families = [...new Set(types.map((one) => `${one.type.split(".")[0]}.*`))];
  return (
    <FormDrawer needs="webhooks:write" title={endpoint ? t("Edit the endpoint") : t("New endpoint")} opened close={close} submit={() => (saving.data && !endpoint ? close() : saving.mutate(undefined))} saving={saving.isPending} error={saving.error} draft={saving.data ? undefined : draft} yes={saving.data ? t("Done") : undefined}>
      <TextInput label={t("Address")} description={t("https, on the public Internet")} type="url" required value={form.url} onChange={(event) => setForm({ ...form, url: event.currentTarget.value })} data-autofocus />
      <MultiSelect label={t("Hears of")} searchable data={[{ group: t("All"), items: [{ value: "*", label: t("everything") }] }, { group: t("Families"), items: families }, { group: t("Types"), items: types.map((one) => one.type) }]} value={form.types} onChange={(next) => setForm({ ...form, types: next })} />
      <TextInput label={t("Description")} value={form.description} onChange={(event) => setForm({ ...form, description: event.currentTarget.value })} />
      <Switch label={t("Enabled")} checked={form.enabled} onChange={(event) => setForm({ ...form, enabled: event.currentTarget.checked })} />
      {saving.data?.secret && <Secret value={saving.data.secret} />}
    </FormDrawer>
  );
}
