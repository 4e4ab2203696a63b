import { Button, Grid, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { IconDeviceLaptop } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { get, send } from "@/lib/api";
import { moment, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { Authenticator } from "./Authenticator";
import { wrongAt } from "./model";
import { Passkeys } from "./Passkeys";

interface OwnSession {
  id: number;
  method: string;
  created_at: string;
  seen_at: string;
  expires_at: string;
  address: string;
  browser: string;
  current: boolean;
}

/** How the person who is signed in signs in, and where she is. */
export default function Account() {
  const { t } = useTranslation();
  const { person } = useSession();
  return (
    <Page title={t("My account")} about={`${person.name} · ${person.email}`}>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 6 }}><Password /></Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}><Stack gap="lg"><Authenticator /><Passkeys /></Stack></Grid.Col>
        <Grid.Col span={12}><Sessions /></Grid.Col>
      </Grid>
    </Page>
  );
}

function Password() {
  const { t } = useTranslation();
  const { person } = useSession();
  const [form, setForm] = useState({ old: "", fresh: "" });
  const changing = useChange(() => send("PUT", "/api/v1/session/password", { ...(form.old ? { old: form.old } : {}), new: form.fresh }), {
    refresh: [["own-sessions"]],
    done: t("The password is changed; your other browsers are signed out."),
    then: () => setForm({ old: "", fresh: "" }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    changing.mutate(undefined);
  };
  const shows = { "aria-label": t("Show the password"), tabIndex: 0 };
  return (
    <Section title={t("Password")}>
      <form onSubmit={submit}>
        <Stack>
          <input type="text" autoComplete="username" value={person.email} readOnly hidden aria-hidden />
          <PasswordInput label={t("Present password")} description={t("Leave it empty if you have none yet.")} autoComplete="current-password" value={form.old} error={wrongAt(changing.error, "old")} onChange={(event) => setForm({ ...form, old: event.currentTarget.value })} visibilityToggleButtonProps={shows} />
          <PasswordInput label={t("New password")} description={t("At least 12 characters; a few words are good.")} autoComplete="new-password" required value={form.fresh} error={wrongAt(changing.error, "password") ?? wrongAt(changing.error, "new")} onChange={(event) => setForm({ ...form, fresh: event.currentTarget.value })} visibilityToggleButtonProps={shows} />
          <Refusal error={changing.error} />
          <Group justify="flex-end"><Button type="submit" loading={changing.isPending} disabled={!form.fresh}>{t("Change the password")}</Button></Group>
        </Stack>
      </form>
    </Section>
  );
}

function Sessions() {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const found = useQuery({ queryKey: ["own-sessions"], queryFn: () => get<OwnSession[]>("/api/v1/session/all") });
  const revoking = useChange((id: number) => send("DELETE", `/api/v1/session/all/${id}`), { refresh: [["own-sessions"]], done: t("That browser is signed out."), toast: true });
  return (
    <Section title={t("Where you are signed in")} pad={false}>
      <DataTable
        label={t("Where you are signed in")}
        columns={[
          { id: "browser", header: t("Browser"), cell: (one) => <><Text size="sm" fw={550}>{nameOf(one.browser) || t("unknown")}</Text><Text size="xs" c="dimmed">{one.address}</Text></> },
          { id: "method", header: t("Signed in by"), cell: (one) => <Text size="sm">{t(words(one.method))}</Text> },
          { id: "created", header: t("Began"), value: (one) => one.created_at, cell: (one) => <Text size="sm" c="dimmed">{moment(one.created_at, zone)}</Text> },
          { id: "seen", header: t("Last used"), value: (one) => one.seen_at, cell: (one) => <Text size="sm" c="dimmed">{moment(one.seen_at, zone)}</Text> },
          { id: "do", header: t("Actions"), end: true, cell: (one) => (one.current ? <Status value="active" label={t("This browser")} /> : <Button size="compact-xs" variant="default" onClick={() => revoking.mutate(one.id)}>{t("Sign out")}</Button>) },
        ]}
        rows={found.data}
        rowKey={(one) => String(one.id)}
        error={found.error}
        retry={() => void found.refetch()}
        empty={<Empty icon={IconDeviceLaptop} title={t("Nowhere")} />}
      />
    </Section>
  );
}

/** The browser and the system in what a browser says of itself. */
function nameOf(said: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Version(?=.*Safari))\/(\d+)/.exec(said);
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(said)?.[1];
  const known: Record<string, string> = { Edg: "Edge", OPR: "Opera", Version: "Safari" };
  return browser ? [`${known[browser[1] ?? ""] ?? browser[1]} ${browser[2]}`, system].filter(Boolean).join(", ") : said.slice(0, 60);
}
