import { ActionIcon, Box, Button, Group, Select, Stack, TagsInput, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AttributeAnswer } from "@/lib/answers";
import { useConfirm } from "@/components/confirm";
import { useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { useChange } from "@/components/useChange";
import { get, inProgram, send } from "@/lib/api";
import { words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import type { Member } from "./model";

interface Props {
  member: Member;
  path: string;
  queryKey: readonly unknown[];
}

/** Who she is: names, identifiers, attributes and tags, each changed where it stands. */
export function Profile({ member, path, queryKey }: Props) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const may = useMay("members:write");
  const declared = useQuery({ queryKey: [code, "member-attributes"], queryFn: () => get<AttributeAnswer[]>(inProgram(code, "member-attributes")) }).data ?? [];
  const saving = useChange((body: Record<string, unknown>) => send("PATCH", path, body), { refresh: [queryKey, [code, "member-attributes"]], done: t("Saved."), toast: true });
  const names = [...new Set([...declared.map((one) => one.name), ...Object.keys(member.attributes)])].sort();
  const profile = ["first_name", "last_name", "email", "phone", "gender", "language"] as const;
  return (
    <>
      <Section title={t("Profile")}>
        <Stack gap={2}>
          {profile.map((name) => (
            <Editable key={name} label={t(words(name))} value={member.profile[name] ?? ""} save={(value) => saving.mutate({ profile: { [name]: value || null } })} />
          ))}
          <Editable label={t("Birthday")} type="date" value={member.birthday ?? ""} save={(value) => saving.mutate({ birthday: value || null })} />
        </Stack>
        {may || member.tags.length > 0 ? <TagsInput mt="md" label={t("Tags")} readOnly={!may} value={member.tags} onChange={(tags) => may && saving.mutate({ tags })} placeholder={may ? t("Add a tag") : undefined} /> : null}
      </Section>
      <Identifiers member={member} path={path} queryKey={queryKey} />
      <Section title={t("Attributes")}>
        <Stack gap={2}>
          {names.map((name) => {
            const kind = declared.find((one) => one.name === name)?.kind ?? "text";
            return <Editable key={name} label={declared.find((one) => one.name === name)?.label ?? name} type={kind === "number" ? "number" : kind === "date" ? "date" : "text"} value={asText(member.attributes[name])} save={(value) => saving.mutate({ attributes: { [name]: typed(value, kind) } })} />;
          })}
          {names.length === 0 && !may && <Text size="sm" c="dimmed">{t("None")}</Text>}
          {may && <NewAttribute known={names} add={(name, value) => saving.mutate({ attributes: { [name]: value } })} />}
        </Stack>
      </Section>
    </>
  );
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function typed(value: string, kind: string): unknown {
  if (value === "") return null;
  if (kind === "number") return Number(value);
  if (kind === "boolean") return value === "true";
  if (kind === "list") return value.replace(/^\[|\]$/g, "").split(",").map((one) => one.trim().replace(/^"|"$/g, "")).filter(Boolean);
  return value;
}

/** A value that turns into a field when it is clicked; Enter saves, Escape leaves it. */
function Editable({ label, value, save, type = "text" }: { label: string; value: string; save: (value: string) => void; type?: string }) {
  const { t } = useTranslation();
  const may = useMay("members:write");
  const [editing, setEditing] = useState<string | null>(null);
  const finish = () => {
    if (editing !== null && editing !== value) save(editing.trim());
    setEditing(null);
  };
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm" mih={34}>
      <Text size="sm" c="dimmed" style={{ flexShrink: 0 }}>{label}</Text>
      {!may ? (
        <Text size="sm" ta="right" style={{ overflowWrap: "anywhere" }}>{value || "–"}</Text>
      ) : editing === null ? (
        <UnstyledButton onClick={() => setEditing(value)} aria-label={t("Change {{field}}", { field: label })} px={8} py={4} miw={60} ta="right" style={{ borderRadius: 6, overflowWrap: "anywhere" }}>
          <Text size="sm" c={value ? undefined : "dimmed"}>{value || t("Add")}</Text>
        </UnstyledButton>
      ) : (
        <TextInput size="xs" type={type} autoFocus aria-label={label} value={editing} onChange={(event) => setEditing(event.currentTarget.value)} onBlur={finish} onKeyDown={(event) => { if (event.key === "Enter") finish(); if (event.key === "Escape") setEditing(null); }} />
      )}
    </Group>
  );
}

function NewAttribute({ known, add }: { known: string[]; add: (name: string, value: string) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name && !known.includes(name)) add(name, value);
    setName("");
    setValue("");
  };
  return (
    <Box component="form" onSubmit={submit} mt={6}>
      <Group gap={6} wrap="nowrap">
        <TextInput size="xs" placeholder={t("New attribute")} aria-label={t("Name of the new attribute")} value={name} onChange={(event) => setName(event.currentTarget.value)} flex={1} />
        <TextInput size="xs" placeholder={t("Value")} aria-label={t("Value")} value={value} onChange={(event) => setValue(event.currentTarget.value)} flex={1} />
        <ActionIcon type="submit" variant="default" disabled={!name || !value} aria-label={t("Add")}><IconPlus size={15} /></ActionIcon>
      </Group>
    </Box>
  );
}

function Identifiers({ member, path, queryKey }: Props) {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const may = useMay("members:write");
  const kinds = (program.settings.identifier_order as string[] | undefined) ?? ["external_id", "card", "phone", "email"];
  const [kind, setKind] = useState<string | null>(kinds[0] ?? null);
  const [value, setValue] = useState("");
  const adding = useChange(() => send("POST", `${path}/identifiers`, { kind, value }), { refresh: [queryKey], done: t("Saved."), toast: true, then: () => setValue("") });
  const removing = useChange((one: { kind: string; value: string }) => send("DELETE", `${path}/identifiers/${encodeURIComponent(one.kind)}/${encodeURIComponent(one.value)}`), { refresh: [queryKey], toast: true });
  return (
    <Section title={t("Identifiers")}>
      <Stack gap={4}>
        {member.identifiers.map((one) => (
          <Group key={one.kind + one.value} justify="space-between" wrap="nowrap" gap="xs">
            <Box miw={0}>
              <Text size="xs" c="dimmed">{t(words(one.kind))}{one.verified_at ? ` · ${t("verified")}` : ""}</Text>
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>{one.value}</Text>
            </Box>
            {may && <ActionIcon aria-label={t("Remove {{value}}", { value: one.value })} onClick={async () => (await confirm({ title: t("Remove {{value}}?", { value: one.value }), body: t("Events that name it will not find this member any more."), yes: t("Remove"), danger: true })) && removing.mutate(one)}><IconTrash size={15} /></ActionIcon>}
          </Group>
        ))}
        {may && <Group gap={6} wrap="nowrap" mt={6} component="form" onSubmit={(event: FormEvent) => { event.preventDefault(); adding.mutate(undefined); }}>
          <Select size="xs" w={120} aria-label={t("Kind")} data={kinds.map((one) => ({ value: one, label: t(words(one)) }))} value={kind} onChange={setKind} />
          <TextInput size="xs" flex={1} aria-label={t("New identifier")} placeholder={t("New identifier")} value={value} onChange={(event) => setValue(event.currentTarget.value)} />
          <Button size="xs" variant="default" px="xs" type="submit" disabled={!value} loading={adding.isPending}>{t("Add")}</Button>
        </Group>}
      </Stack>
    </Section>
  );
}
