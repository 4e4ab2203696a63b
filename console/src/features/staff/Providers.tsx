import { Alert, Button, Code, PasswordInput, Text, TextInput } from "@mantine/core";
import { IconInfoCircle, IconLogin2, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { Page, Section } from "@/components/Page";
import { Copy } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useOpened } from "@/components/useOpened";
import { codeOf } from "@/features/rulesets/model";
import { get, send } from "@/lib/api";
import { useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { isEverywhere, wrongAt } from "./model";

interface Provider { code: string; name: string; issuer: string; client_id: string; has_secret: boolean; disabled_at: string | null }

const PATH = "/api/v1/staff/providers";
const REFRESH = [["providers"], ["ways"]];

/** The OpenID providers at which people may sign in, beside passwords and passkeys. */
export default function Providers() {
  const { t } = useTranslation();
  const program = useProgramCode();
  const [editing, setEditing] = useOpened<Provider | "new">("provider");
  const found = useQuery({ queryKey: ["providers"], queryFn: () => get<Provider[]>(PATH) });
  const session = useSession();
  const may = isEverywhere(session) && session.permissions.includes("staff:write");
  const add = may && <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>{t("New provider")}</Button>;
  return (
    <Page title={t("Sign-in providers")} about={t("Let people sign in with the account that they have at your company: Microsoft Entra, Google Workspace, Okta, Keycloak, or any other that speaks OpenID Connect.")} back={{ label: t("People"), to: "/$program/people", params: { program } }} actions={add}>
      <Section pad={false}>
        <DataTable
          label={t("Sign-in providers")}
          columns={[
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Text size="sm" fw={580}>{one.name}</Text><Text size="xs" c="dimmed" className="mono">{one.code}</Text></> },
            { id: "issuer", header: t("Issuer"), value: (one) => one.issuer, cell: (one) => <span className="mono" style={{ overflowWrap: "anywhere" }}>{one.issuer}</span> },
            { id: "client", header: t("Client"), cell: (one) => <><Text size="sm" className="mono" style={{ overflowWrap: "anywhere" }}>{one.client_id}</Text><Text size="xs" c="dimmed">{one.has_secret ? t("with a secret") : t("without a secret")}</Text></> },
            { id: "status", header: t("Status"), cell: (one) => <Status value={one.disabled_at ? "disabled" : "active"} /> },
          ]}
          rows={found.data}
          rowKey={(one) => one.code}
          error={found.error}
          retry={() => void found.refetch()}
          open={setEditing}
          empty={<Empty icon={IconLogin2} title={t("No providers yet")} action={add}>{t("People sign in with passwords and passkeys. A provider adds a button to the sign-in page; whoever has a role here under the same e-mail address comes in.")}</Empty>}
        />
      </Section>
      {editing && <ProviderForm provider={editing === "new" ? null : editing} close={() => setEditing(null)} />}
    </Page>
  );
}

function ProviderForm({ provider, close }: { provider: Provider | null; close: () => void }) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const [form, setForm, draft] = useDraft(`provider ${provider?.code ?? "new"}`, { name: provider?.name ?? "", issuer: provider?.issuer ?? "", client_id: provider?.client_id ?? "" });
  const [client_secret, setSecret] = useState("");
  const code = provider?.code ?? (form.name.trim() ? codeOf(form.name) : "");
  const back = `${window.location.origin}/api/v1/session/oidc/${code || "…"}/callback`;
  const saving = useChange(() => send("PUT", `${PATH}/${encodeURIComponent(code)}`, { ...form, ...(client_secret ? { client_secret } : {}) }), { refresh: REFRESH, done: t("Saved."), draft, then: close });
  const disabling = useChange(() => send("DELETE", `${PATH}/${encodeURIComponent(code)}`), { refresh: REFRESH, done: t("Nobody signs in there any more."), then: close });
  const disable = async () => (await confirm({ title: t("Disable {{name}}?", { name: form.name }), body: t("Nobody can sign in at it until it is saved again; passwords and passkeys go on."), yes: t("Disable"), danger: true })) && disabling.mutate(undefined);
  return (
    <FormDrawer needs="staff:write" title={provider?.name ?? t("New provider")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error ?? disabling.error} draft={draft} disabled={!form.name.trim() || !form.issuer.trim() || !form.client_id.trim()}>
      <TextInput label={t("Name")} description={t("Stands on its button on the sign-in page")} required value={form.name} error={wrongAt(saving.error, "name")} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} data-autofocus />
      <TextInput label={t("Issuer")} description={t("Its address, below which it publishes /.well-known/openid-configuration")} required type="url" placeholder="https://login.example.com" value={form.issuer} error={wrongAt(saving.error, "issuer")} onChange={(event) => setForm({ ...form, issuer: event.currentTarget.value })} />
      <TextInput label={t("Client ID")} required value={form.client_id} error={wrongAt(saving.error, "client_id")} onChange={(event) => setForm({ ...form, client_id: event.currentTarget.value })} />
      <PasswordInput label={t("Client secret")} description={provider?.has_secret ? t("Left empty, it stays as it is") : t("Left empty for a public client")} autoComplete="off" value={client_secret} error={wrongAt(saving.error, "client_secret")} onChange={(event) => setSecret(event.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": t("Show") }} />
      <Alert color="blue" icon={<IconInfoCircle aria-hidden />} title={t("What the provider has to know")}>
        <Text size="sm">{t("Allow this address for the way back:")}</Text>
        <Code style={{ overflowWrap: "anywhere" }}>{back}</Code> <Copy value={back} />
      </Alert>
      {provider && !provider.disabled_at && <Button variant="subtle" c="var(--mantine-color-error)" style={{ alignSelf: "flex-start" }} loading={disabling.isPending} onClick={() => void disable()}>{t("Disable")}</Button>}
    </FormDrawer>
  );
}
