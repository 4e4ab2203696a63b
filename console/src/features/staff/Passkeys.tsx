import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconFingerprint, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { send } from "@/lib/api";
import { day } from "@/lib/format";
import { addPasskey, knowsPasskeys, listPasskeys, type Passkey, wasCancelled } from "./webauthn";

const KEY = ["passkeys"];

/** Passkeys of the person: a device signs, nothing is typed. */
export function Passkeys() {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const [name, setName] = useState("");
  const found = useQuery({ queryKey: KEY, queryFn: listPasskeys });
  const adding = useChange(() => addPasskey(name.trim() || "Passkey"), { refresh: [KEY], done: t("The passkey is added."), then: () => setName("") });
  const removing = useChange((one: Passkey) => send("DELETE", `/api/v1/session/passkeys/${one.id}`), { refresh: [KEY], done: t("The passkey is removed."), toast: true });
  const remove = async (one: Passkey) => (await confirm({ title: t("Remove the passkey {{name}}?", { name: one.name }), body: t("It signs you in no more. Also delete it on the device."), yes: t("Remove"), danger: true })) && removing.mutate(one);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    adding.mutate(undefined);
  };
  return (
    <Section title={t("Passkeys")}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">{t("Sign in with your fingerprint, face or security key in place of password and code.")}</Text>
        <Refusal error={found.error} />
        {found.data?.map((one) => (
          <Group key={one.id} justify="space-between" wrap="nowrap">
            <Group gap="xs" wrap="nowrap"><IconFingerprint size={18} aria-hidden /><div><Text size="sm" fw={550}>{one.name}</Text><Text size="xs" c="dimmed">{one.last_used_at ? t("added {{added}}, used {{used}}", { added: day(one.created_at), used: day(one.last_used_at) }) : t("added {{added}}, not used yet", { added: day(one.created_at) })}</Text></div></Group>
            <ActionIcon size={28} color="red.9" onClick={() => void remove(one)} aria-label={t("Remove the passkey {{name}}", { name: one.name })}><IconTrash size={15} /></ActionIcon>
          </Group>
        ))}
        {knowsPasskeys() ? (
          <form onSubmit={submit}>
            <Group align="flex-end" gap="xs">
              <TextInput label={t("Name of the passkey")} placeholder={t("Laptop")} maxLength={80} value={name} onChange={(event) => setName(event.currentTarget.value)} style={{ flex: 1 }} />
              <Button type="submit" loading={adding.isPending}>{t("Add a passkey")}</Button>
            </Group>
          </form>
        ) : (
          <Text size="sm">{t("This browser knows no passkeys here; they need https or this machine's own address.")}</Text>
        )}
        {wasCancelled(adding.error) ? <Text size="sm" c="dimmed" role="status">{t("Nothing was added.")}</Text> : <Refusal error={adding.error} />}
      </Stack>
    </Section>
  );
}
