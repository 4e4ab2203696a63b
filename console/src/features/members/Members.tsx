import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconSearch, IconUsers } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { inProgram, send } from "@/lib/api";
import { day, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { type Member, memberName } from "./model";

const NOTHING = { q: "", status: "" };

/** Members, found by any identifier, name or id. */
export default function Members() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const { permissions } = useSession();
  const { filter, asked: { q: asked, status }, choose, type } = useFilters(NOTHING);
  const [joining, setJoining] = useState(false);
  const found = usePages<Member>([program.code, "members"], inProgram(program.code, "members"), { q: asked || undefined, status: status || undefined, limit: 50 });
  const open = (member: Member) => void navigate({ to: "/$program/members/$member", params: { program: program.code, member: member.id } });
  return (
    <Page title={t("Members")} about={t("Everybody who takes part. Find them by card, e-mail, telephone, customer number, name or id.")} actions={permissions.includes("members:write") && <Button leftSection={<IconPlus size={16} />} onClick={() => setJoining(true)}>{t("New member")}</Button>}>
      <Section pad={false}>
        <Group p="md" gap="sm">
          <TextInput flex={1} miw={200} value={filter.q} onChange={(event) => type({ q: event.currentTarget.value })} leftSection={<IconSearch size={16} />} placeholder={t("Card, e-mail, telephone, number, name …")} aria-label={t("Find members")} type="search" autoFocus />
          <Select w={160} aria-label={t("Status")} value={status} onChange={(next) => choose({ status: next ?? "" })} data={[{ value: "", label: t("Any status") }, ...["active", "inactive", "blocked"].map((value) => ({ value, label: t(words(value)) }))]} />
        </Group>
        <DataTable
          label={t("Members")}
          columns={[
            { id: "name", header: t("Member"), value: memberName, cell: (one) => <Who member={one} /> },
            { id: "known", header: t("Known as"), cell: (one) => <Text size="sm" c="dimmed" lineClamp={1} miw={170}>{one.identifiers.map((known) => `${t(words(known.kind))} ${known.value}`).join(" · ")}</Text> },
            { id: "tags", header: t("Tags"), cell: (one) => <Text size="sm" c="dimmed">{one.tags.join(", ")}</Text> },
            { id: "status", header: t("Status"), value: (one) => one.status, cell: (one) => <Status value={one.status} /> },
            { id: "joined", header: t("Joined"), value: (one) => one.joined_at, end: true, cell: (one) => day(one.joined_at, program.zone) },
          ]}
          rows={found.rows}
          rowKey={(one) => one.id}
          error={found.error}
          retry={found.retry}
          open={open}
          more={found.more}
          empty={<Empty icon={IconUsers} title={asked ? t("Nobody is known by “{{text}}”", { text: asked }) : t("No members yet")}>{asked ? t("Write an identifier as it was given: spaces and signs in telephone numbers do not matter.") : t("Members join by your app, by the first event a source sends about them, or here.")}</Empty>}
        />
      </Section>
      {joining && <Join close={() => setJoining(false)} joined={(id) => void navigate({ to: "/$program/members/$member", params: { program: program.code, member: id } })} />}
    </Page>
  );
}

function Who({ member }: { member: Member }) {
  const program = useProgram();
  return (
    <Stack gap={0}>
      <Text size="sm" fw={550} td="none" c="inherit" renderRoot={(props) => <Link to="/$program/members/$member" params={{ program: program.code, member: member.id }} {...props} />}>{memberName(member)}</Text>
      <Text size="xs" c="dimmed" className="mono">{member.id}</Text>
    </Stack>
  );
}

function Join({ close, joined }: { close: () => void; joined: (id: string) => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [form, setForm, draft] = useDraft("new member", { first_name: "", last_name: "", email: "", phone: "", external_id: "" });
  const joining = useChange(
    () => {
      const { external_id, email, phone, first_name, last_name } = form;
      const given = (values: Record<string, string>) => Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim()));
      return send<{ id: string }>("POST", inProgram(program.code, "members"), { identifiers: given({ external_id, email, phone }), profile: given({ first_name, last_name, email, phone }) });
    },
    {
      refresh: [[program.code, "members"]],
      done: t("The member has joined."),
      draft,
      then: ({ id }) => joined(id),
    },
  );
  const field = (name: keyof typeof form) => ({ value: form[name], onChange: (event: { currentTarget: { value: string } }) => setForm({ ...form, [name]: event.currentTarget.value }) });
  return (
    <FormDrawer title={t("New member")} opened close={close} submit={() => joining.mutate(undefined)} saving={joining.isPending} error={joining.error} draft={draft}>
      <Group grow><TextInput label={t("First name")} {...field("first_name")} /><TextInput label={t("Last name")} {...field("last_name")} /></Group>
      <TextInput label={t("E-mail")} type="email" {...field("email")} />
      <TextInput label={t("Telephone")} type="tel" {...field("phone")} />
      <TextInput label={t("Customer number")} description={t("What your shop calls this customer; one identifier is needed.")} {...field("external_id")} />
    </FormDrawer>
  );
}
