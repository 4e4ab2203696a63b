import { ActionIcon, Badge, Button, Group, Menu, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconDots, IconLogin2, IconPlus, IconUserCog } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { Page, Section } from "@/components/Page";
import { Secret } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useOpened } from "@/components/useOpened";
import { inProgram, send } from "@/lib/api";
import { moment, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { type Assigned, type Invitation, isEverywhere, peopleQuery, type Person, wrongAt } from "./model";
import { RolesEditor } from "./RolesEditor";

type Shown = Invitation & { name: string };

/** Who works here, as what; inviting, changing roles, letting nobody in any more. */
export default function People() {
  const { t } = useTranslation();
  const program = useProgram();
  const session = useSession();
  const everywhere = isEverywhere(session);
  const mayChange = session.permissions.includes("staff:write");
  const [editing, setEditing] = useOpened<Person | "new">("person");
  const [shown, setShown] = useState<Shown | null>(null);
  const found = useQuery(peopleQuery(program.code, everywhere));
  const add = mayChange && <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>{t("Invite somebody")}</Button>;
  return (
    <Page title={t("People")} about={everywhere ? t("Everybody who works with this installation, and what they may do where.") : t("Who works with this program, and what they may do in it.")} actions={<>{everywhere && mayChange && <Button variant="default" leftSection={<IconLogin2 size={16} />} renderRoot={(props) => <Link {...({ to: "/$program/people/providers", params: { program: program.code } } as object)} {...props} />}>{t("Sign-in providers")}</Button>}{add}</>}>
      <Section pad={false}>
        <DataTable
          label={t("People")}
          columns={[
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Text size="sm" fw={550}>{one.name}</Text><Text size="xs" c="dimmed">{one.email}</Text></> },
            { id: "roles", header: t("Roles"), cell: (one) => <Group gap={4}>{one.roles.map((role) => <Badge key={JSON.stringify(role)} color="blue" tt="none" miw="max-content">{t(words(role.role))} · {placeOf(role, t)}</Badge>)}{one.roles.length === 0 && <Text size="xs" c="dimmed">{t("none")}</Text>}</Group> },
            { id: "ways", header: t("Signs in by"), cell: (one) => <Text size="sm">{waysOf(one, t)}</Text> },
            { id: "seen", header: t("Last seen"), value: (one) => one.last_seen_at ?? "", cell: (one) => <Text size="sm" c="dimmed">{one.last_seen_at ? moment(one.last_seen_at, program.zone) : t("never")}</Text> },
            { id: "state", header: t("Status"), cell: (one) => <Status value={one.disabled_at ? "disabled" : one.last_seen_at ? "active" : "pending"} label={one.disabled_at || one.last_seen_at ? undefined : t("Invited")} /> },
            ...(mayChange ? [{ id: "do", header: t("Actions"), end: true, cell: (one: Person) => <PersonMenu person={one} everywhere={everywhere} edit={() => setEditing(one)} show={setShown} /> }] : []),
          ]}
          rows={found.data}
          rowKey={(one) => String(one.id)}
          error={found.error}
          retry={() => void found.refetch()}
          empty={<Empty icon={IconUserCog} title={t("Nobody has a role in this program yet")} action={add}>{t("An invitation is a link that works once. Roles can be limited to a partner or a region.")}</Empty>}
        />
      </Section>
      {editing && <PersonForm person={editing === "new" ? undefined : editing} everywhere={everywhere} close={() => setEditing(null)} show={setShown} />}
      <LinkOnce shown={shown} close={() => setShown(null)} />
    </Page>
  );
}

type Say = ReturnType<typeof useTranslation>["t"];

/** Where a role counts. */
function placeOf(role: Assigned, t: Say): string {
  if (!role.program) return t("All programs");
  const part = role.partner ?? role.region;
  return part ? `${role.program}: ${part}` : role.program;
}

function waysOf(person: Person, t: Say): string {
  const ways = [person.has_password && t("Password"), person.has_authenticator && t("authenticator"), person.passkeys > 0 && t("passkeys: {{n}}", { n: person.passkeys })];
  return ways.filter(Boolean).join(", ") || t("nothing yet");
}

function PersonMenu({ person, everywhere, edit, show }: { person: Person; everywhere: boolean; edit: () => void; show: (shown: Shown) => void }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const confirm = useConfirm();
  const path = `/api/v1/staff/people/${person.id}`;
  const refresh = [[code, "staff"]];
  const disabling = useChange((what: "disable" | "enable") => send("POST", `${path}/${what}`), { refresh, done: t("Saved."), toast: true });
  const resetting = useChange(() => send<Invitation>("POST", `${path}/reset`), { refresh, toast: true, then: (link) => show({ ...link, name: person.name }) });
  const disable = async () => (await confirm({ title: t("Let {{name}} in no more?", { name: person.name }), body: t("Every browser is signed out with its next request. You can enable the account again."), yes: t("Disable"), danger: true })) && disabling.mutate("disable");
  const reset = async () => (await confirm({ title: t("Reset how {{name}} signs in?", { name: person.name }), body: t("Password, authenticator and sessions end; you get a link by which a new password is chosen."), yes: t("Reset"), danger: true })) && resetting.mutate(undefined);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target><ActionIcon size={28} aria-label={t("Actions for {{name}}", { name: person.name })}><IconDots size={17} /></ActionIcon></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={edit}>{t("Change roles")}</Menu.Item>
        {everywhere && <Menu.Item onClick={() => void reset()}>{t("Reset the sign-in")}</Menu.Item>}
        {everywhere && (person.disabled_at ? <Menu.Item onClick={() => disabling.mutate("enable")}>{t("Enable")}</Menu.Item> : <Menu.Item color="red.9" onClick={() => void disable()}>{t("Disable")}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}

/** A person, new or as she is, with exactly the roles she is to have. */
function PersonForm({ person, everywhere, close, show }: { person?: Person; everywhere: boolean; close: () => void; show: (shown: Shown) => void }) {
  const { t, i18n } = useTranslation();
  const { code } = useProgram();
  const [form, setForm, draft] = useDraft(`person ${person?.id ?? "new"}`, { email: person?.email ?? "", name: person?.name ?? "", roles: person?.roles ?? [{ role: "analyst", program: code, partner: null, region: null }] });
  const saving = useChange(
    async () => {
      const locale = person?.locale ?? i18n.language;
      const named = { name: form.name, locale, roles: form.roles };
      if (!everywhere) return send<{ invitation: Invitation | null }>("PUT", inProgram(code, "staff"), { email: form.email, ...named });
      if (!person) return send<{ invitation: Invitation | null }>("POST", "/api/v1/staff/people", { email: form.email, ...named });
      await send("PUT", `/api/v1/staff/people/${person.id}`, named);
      return { invitation: null };
    },
    {
      refresh: [[code, "staff"]],
      draft,
      done: t("Saved."),
      then: ({ invitation }) => {
        if (invitation) show({ ...invitation, name: form.name });
        close();
      },
    },
  );
  return (
    <FormDrawer title={person ? t("Roles of {{name}}", { name: person.name }) : t("Invite somebody")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} yes={person ? undefined : t("Invite")}>
      <TextInput label={t("E-mail")} type="email" required disabled={person !== undefined} value={form.email} error={wrongAt(saving.error, "email")} onChange={(event) => setForm({ ...form, email: event.currentTarget.value })} data-autofocus={person ? undefined : true} />
      <TextInput label={t("Name")} required value={form.name} error={wrongAt(saving.error, "name")} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
      <RolesEditor roles={form.roles} set={(roles) => setForm({ ...form, roles })} everywhere={everywhere} error={saving.error} />
    </FormDrawer>
  );
}

/** The link by which somebody comes in, this once. */
function LinkOnce({ shown, close }: { shown: Shown | null; close: () => void }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  return (
    <Modal opened={shown !== null} onClose={close} title={<Text fw={600}>{t("A link for {{name}}", { name: shown?.name ?? "" })}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      {shown && (
        <Stack>
          <Text size="sm">{t("Send it to them alone: whoever opens it first chooses the password. It works once, until {{until}}.", { until: moment(shown.expires_at, zone) })}</Text>
          <Secret value={shown.link} note={t("A newer link for the same person ends this one.")} />
          <Group justify="flex-end"><Button onClick={close}>{t("Done")}</Button></Group>
        </Stack>
      )}
    </Modal>
  );
}
