import { Alert, Button, Code, Group, Image, Modal, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { renderSVG } from "uqr";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Copy } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { send } from "@/lib/api";
import { useSession } from "@/lib/session";
import { wrongAt } from "./model";

interface Begun {
  challenge: string;
  secret: string;
  address: string;
}

const PATH = "/api/v1/session/authenticator";
const RENEW = "/api/v1/session/recovery-codes";
type Recovery = { recovery_codes: string[] };

/** Six-digit codes of an app beside the password, and recovery codes for when the app is lost. */
export function Authenticator() {
  const { t } = useTranslation();
  const { has_authenticator: has } = useSession();
  const [doing, setDoing] = useState<"remove" | "renew" | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const beginning = useChange(() => send<Begun>("POST", PATH));
  return (
    <Section title={t("Authenticator app")} aside={<Status value={has ? "active" : "inactive"} label={has ? t("in use") : t("not set up")} />}>
      <Stack align="flex-start">
        <Text size="sm" c="dimmed">{t("A six-digit code of an app on your phone is asked for beside the password.")}</Text>
        {has ? (
          <Group gap="xs">
            <Button variant="default" onClick={() => setDoing("renew")}>{t("New recovery codes")}</Button>
            <Button variant="default" onClick={() => setDoing("remove")}>{t("Remove")}</Button>
          </Group>
        ) : (
          <Button onClick={() => beginning.mutate(undefined)} loading={beginning.isPending}>{t("Set up an authenticator")}</Button>
        )}
        <Refusal error={beginning.error} />
      </Stack>
      {beginning.data && <SetUp begun={beginning.data} close={beginning.reset} done={setCodes} />}
      {doing && <AskCode remove={doing === "remove"} close={() => setDoing(null)} done={setCodes} />}
      <Recovered codes={codes} close={() => setCodes(null)} />
    </Section>
  );
}

function SetUp({ begun, close, done }: { begun: Begun; close: () => void; done: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const picture = useMemo(() => `data:image/svg+xml;utf8,${encodeURIComponent(renderSVG(begun.address, { border: 3 }))}`, [begun.address]);
  const confirming = useChange(() => send<Recovery>("POST", `${PATH}/confirm`, { challenge: begun.challenge, code: code.trim() }), {
    refresh: [["session"]],
    then: ({ recovery_codes }) => {
      done(recovery_codes);
      close();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirming.mutate(undefined);
  };
  return (
    <Modal opened onClose={close} title={<Text fw={600}>{t("Set up an authenticator")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{t("Scan this with your authenticator app, then write the code that it shows.")}</Text>
          <Image src={picture} w={208} h={208} mx="auto" radius="md" alt={t("QR code of the authenticator's address")} />
          <Group gap="xs" wrap="nowrap" justify="center"><Text size="xs">{t("or type it in:")}</Text><Code style={{ overflowWrap: "anywhere" }}>{begun.secret}</Code><Copy value={begun.secret} /></Group>
          <TextInput label={t("Code of your authenticator")} inputMode="numeric" autoComplete="one-time-code" required value={code} error={wrongAt(confirming.error, "code")} onChange={(event) => setCode(event.currentTarget.value)} data-autofocus />
          <Refusal error={confirming.error} />
          <Group justify="flex-end"><Button variant="default" onClick={close}>{t("Cancel")}</Button><Button type="submit" loading={confirming.isPending}>{t("Confirm")}</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** A code first, before the authenticator goes or its recovery codes are new. */
function AskCode({ remove, close, done }: { remove: boolean; close: () => void; done: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const doing = useChange(() => send<Recovery | undefined>("POST", remove ? `${PATH}/remove` : RENEW, { code: code.trim() }), {
    refresh: [["session"]],
    done: remove ? t("The authenticator is removed.") : undefined,
    then: (answer) => {
      if (answer?.recovery_codes) done(answer.recovery_codes);
      close();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    doing.mutate(undefined);
  };
  return (
    <Modal opened onClose={close} title={<Text fw={600}>{remove ? t("Remove the authenticator") : t("New recovery codes")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput label={t("Code of your authenticator")} description={t("Or one of your recovery codes")} autoComplete="one-time-code" required value={code} error={wrongAt(doing.error, "code")} onChange={(event) => setCode(event.currentTarget.value)} data-autofocus />
          <Refusal error={doing.error} />
          <Group justify="flex-end"><Button variant="default" onClick={close}>{t("Cancel")}</Button><Button type="submit" color={remove ? "red.9" : undefined} loading={doing.isPending}>{remove ? t("Remove") : t("Confirm")}</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Recovered({ codes, close }: { codes: string[] | null; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={codes !== null} onClose={close} title={<Text fw={600}>{t("Recovery codes")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack>
        <Alert color="yellow" icon={<IconKey aria-hidden />} title={t("Copy it now: it is not shown again")}>
          <Text size="sm">{t("Each of these lets you in once, in place of a code of the app. Earlier ones have ended.")}</Text>
          <SimpleGrid cols={2} spacing={4} mt="xs">{codes?.map((code) => <Code key={code}>{code}</Code>)}</SimpleGrid>
        </Alert>
        <Group justify="space-between"><Copy value={codes?.join("\n") ?? ""} label={t("Copy all")} /><Button onClick={close}>{t("I have kept them")}</Button></Group>
      </Stack>
    </Modal>
  );
}
