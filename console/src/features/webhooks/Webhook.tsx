import { Alert, Button, Group, Menu, Select, Tabs, Text } from "@mantine/core";
import { IconChevronDown, IconHistory, IconKey, IconMail, IconPencil, IconRefresh, IconSend, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { DeliveryAnswer, EndpointAnswer, MessageAnswer, SecretAnswer } from "@/lib/answers";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { May } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Secret } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useFilters } from "@/components/useFilters";
import { useOpened } from "@/components/useOpened";
import { usePages } from "@/components/usePages";
import { get, inProgram, send } from "@/lib/api";
import { moment, number, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { Answer, MessageDrawer } from "./MessageDrawer";
import { Resend } from "./Resend";
import { EndpointForm } from "./Webhooks";

/** While a message waits, the page looks again this often. */
const LOOK_AGAIN_MS = 3_000;

const NOTHING = { status: "" };

/** One endpoint: its messages with every attempt, sent again where it helps. */
export default function Webhook() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const { endpoint: id = "" } = useParams({ strict: false }) as { endpoint?: string };
  const path = inProgram(program.code, "webhooks", id);
  const key = [program.code, "webhooks", id];
  const { asked: { status }, choose } = useFilters(NOTHING);
  const [open, setOpen] = useState<string | null>(null);
  const [resending, setResending] = useState(false);
  const [editing, setEditing] = useOpened<true>("endpoint");
  const found = useQuery({ queryKey: key, queryFn: () => get<EndpointAnswer>(path) });
  const messages = usePages<MessageAnswer>([...key, "messages"], `${path}/messages`, { status: status || undefined, limit: 50 });
  const deliveries = usePages<DeliveryAnswer>([...key, "deliveries"], `${path}/deliveries`, { limit: 50 });
  const refresh = [[program.code, "webhooks"]];
  const test = useChange(() => send("POST", `${path}/test`), { refresh, done: t("A test message is on its way."), toast: true });
  const again = useChange((message: MessageAnswer) => send("POST", `${path}/messages/${encodeURIComponent(message.id)}/resend`), { refresh, done: t("It is sent again."), toast: true });
  const rotate = useChange(() => send<SecretAnswer & { secret?: string }>("POST", `${path}/secrets`, {}), { refresh, toast: true });
  const busy = messages.rows?.some((one) => one.status === "waiting" || one.status === "sending") ?? false;
  const look = messages.refetch;
  useEffect(() => {
    if (!busy) return;
    const timer = setInterval(() => void look(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [busy, look]);
  // What was tried since is among the attempts, too.
  const tried = messages.rows?.reduce((sum, one) => sum + one.attempts, 0);
  const lookAtTries = deliveries.refetch;
  useEffect(() => void (tried && lookAtTries()), [tried, lookAtTries]);
  const remove = useChange(() => send("DELETE", path), { refresh, done: t("The endpoint is removed."), toast: true, then: () => void navigate({ to: "/$program/webhooks", params: { program: program.code } }) });
  const endpoint = found.data;
  const shown = messages.rows?.find((one) => one.id === open);
  return (
    <Page title={endpoint?.description || t("Endpoint")} about={endpoint?.url} back={{ label: t("Webhooks"), to: "/$program/webhooks", params: { program: program.code } }}
      actions={
        <May needs="webhooks:write">
          <Button variant="default" leftSection={<IconSend size={16} />} loading={test.isPending} onClick={() => test.mutate(undefined)}>{t("Send a test")}</Button>
          <Button variant="default" leftSection={<IconHistory size={16} />} onClick={() => setResending(true)}>{t("Send messages again")}</Button>
          <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setEditing(true)}>{t("Edit")}</Button>
          <Menu position="bottom-end">
            <Menu.Target><Button variant="default" rightSection={<IconChevronDown size={14} />}>{t("More")}</Button></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconKey size={15} />} onClick={async () => (await confirm({ title: t("Make a new secret?"), body: t("Messages are signed with both for a day, so that you can change over."), yes: t("Make it") })) && rotate.mutate(undefined)}>{t("New secret")}</Menu.Item>
              <Menu.Item leftSection={<IconTrash size={15} />} color="red" onClick={async () => (await confirm({ title: t("Remove this endpoint?"), yes: t("Remove"), danger: true })) && remove.mutate(undefined)}>{t("Remove")}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </May>
      }
    >
      <Refusal error={found.error} />
      {rotate.data?.secret && <Secret value={rotate.data.secret} />}
      {endpoint && !endpoint.enabled && <Alert color="yellow" title={t("Disabled")}>{[endpoint.disabled_reason, t("Nothing is sent until it is enabled.")].filter(Boolean).join(" · ")}</Alert>}
      {endpoint?.enabled && endpoint.failures > 0 && <Alert color="orange" title={t("{{n}} attempts failed in a row", { n: number(endpoint.failures) })}>{endpoint.failing_since && t("Since {{when}}. Messages wait and are tried again by themselves for three days; repair the other side, then send again what is urgent.", { when: moment(endpoint.failing_since, program.zone) })}</Alert>}
      <Section pad={false}>
        <Tabs defaultValue="messages" keepMounted={false}>
          <Tabs.List px="md" pt="xs"><Tabs.Tab value="messages">{t("Messages")}</Tabs.Tab><Tabs.Tab value="attempts">{t("Attempts")}</Tabs.Tab></Tabs.List>
          <Tabs.Panel value="messages">
            <Group p="md" justify="space-between"><Select w={180} aria-label={t("Status")} data={[{ value: "", label: t("Any status") }, ...["waiting", "delivered", "failed"].map((value) => ({ value, label: t(words(value)) }))]} value={status} onChange={(next) => choose({ status: next ?? "" })} /><Button variant="subtle" leftSection={<IconRefresh size={15} />} onClick={messages.retry}>{t("Look again")}</Button></Group>
            <DataTable
              label={t("Messages")}
              columns={[
                { id: "at", header: t("Made"), value: (one) => one.created_at, cell: (one) => moment(one.created_at, program.zone) },
                { id: "type", header: t("Type"), value: (one) => one.type, cell: (one) => <Text size="sm" fw={550}>{one.type}</Text> },
                { id: "status", header: t("Status"), cell: (one) => <Status value={one.status} /> },
                { id: "tries", header: t("Attempts"), end: true, cell: (one) => number(one.attempts) },
                { id: "next", header: t("Next attempt"), cell: (one) => (one.next_at && !one.finished_at ? moment(one.next_at, program.zone) : "–") },
                { id: "do", header: t("Actions"), end: true, cell: (one) => <May needs="webhooks:write"><Button size="compact-xs" variant="default" aria-label={t("Send {{type}} again", { type: one.type })} onClick={() => again.mutate(one)}>{t("Send again")}</Button></May> },
              ]}
              rows={messages.rows}
              rowKey={(one) => one.id}
              error={messages.error}
              open={(one) => setOpen(one.id)}
              more={messages.more}
              empty={<Empty icon={IconMail} title={t("No messages")}>{t("They are made when something happens that this endpoint hears of.")}</Empty>}
            />
          </Tabs.Panel>
          <Tabs.Panel value="attempts">
            <DataTable
              label={t("Attempts")}
              columns={[
                { id: "at", header: t("Sent"), value: (one) => one.sent_at, cell: (one) => moment(one.sent_at, program.zone) },
                { id: "type", header: t("Type"), cell: (one) => one.type },
                { id: "attempt", header: t("Attempt"), end: true, cell: (one) => one.attempt },
                { id: "status", header: t("Answer"), cell: (one) => <Answer attempt={one} /> },
                { id: "ms", header: t("Took"), end: true, value: (one) => one.duration_ms, cell: (one) => `${number(one.duration_ms)} ms` },
                { id: "said", header: t("It said"), cell: (one) => <Text size="xs" c="dimmed" lineClamp={1} maw={320}>{one.response}</Text> },
              ]}
              rows={deliveries.rows}
              rowKey={(one) => `${one.message} ${one.attempt} ${one.sent_at}`}
              error={deliveries.error}
              more={deliveries.more}
              empty={<Empty icon={IconSend} title={t("Nothing was sent yet")}>{t("Send a test: it shows here at once what the other side says.")}</Empty>}
            />
          </Tabs.Panel>
        </Tabs>
      </Section>
      {editing && endpoint && <EndpointForm endpoint={endpoint} close={() => setEditing(null)} />}
      {shown && <MessageDrawer message={shown} path={path} queryKey={key} again={again.mutate} sending={again.isPending} close={() => setOpen(null)} />}
      {resending && <Resend path={path} from={(messages.rows ?? []).map((one) => one.created_at).sort()[0] ?? endpoint?.created_at ?? ""} close={() => setResending(false)} />}
    </Page>
  );
}
