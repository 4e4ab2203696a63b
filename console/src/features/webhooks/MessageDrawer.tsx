import { Badge, Button, Drawer, Group, Stack, Text } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { DeliveryAnswer, MessageAnswer } from "@/lib/answers";
import { DataTable } from "@/components/DataTable";
import { May } from "@/components/May";
import { Status } from "@/components/Status";
import { get, type PageOf } from "@/lib/api";
import { moment, number, words } from "@/lib/format";
import { useProgram } from "@/lib/program";

interface Props {
  message: MessageAnswer;
  /** The endpoint's own path and query key. */
  path: string;
  queryKey: readonly unknown[];
  again: (message: MessageAnswer) => void;
  sending: boolean;
  close: () => void;
}

/** One message: what is sent, every attempt at it with what the other side said, and sending it again. */
export function MessageDrawer({ message, path, queryKey, again, sending, close }: Props) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const tries = useQuery({ queryKey: [...queryKey, "deliveries", message.id, message.attempts], queryFn: async () => (await get<PageOf<DeliveryAnswer>>(`${path}/deliveries`, { message: message.id, limit: 50 })).data });
  return (
    <Drawer opened onClose={close} size="lg" title={<Text fw={620} fz="lg">{message.type}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack>
        <Group justify="space-between">
          <Group gap="xs"><Status value={message.status} /><Text size="xs" c="dimmed">{moment(message.created_at, zone)}</Text></Group>
          <May needs="webhooks:write"><Button size="xs" variant="default" leftSection={<IconSend size={14} />} loading={sending} onClick={() => again(message)}>{t("Send again")}</Button></May>
        </Group>
        <Text size="xs" c="dimmed" className="mono" style={{ overflowWrap: "anywhere" }}>{message.id}</Text>
        <Text fw={600} size="sm">{t("Attempts")}</Text>
        <DataTable
          label={t("Attempts at this message")}
          columns={[
            { id: "at", header: t("Sent"), cell: (one) => moment(one.sent_at, zone) },
            { id: "status", header: t("Answer"), cell: (one) => <Answer attempt={one} /> },
            { id: "ms", header: t("Took"), end: true, cell: (one) => `${number(one.duration_ms)} ms` },
            { id: "said", header: t("It said"), cell: (one) => <Text size="xs" c="dimmed" lineClamp={4} style={{ overflowWrap: "anywhere" }}>{one.response || "–"}</Text> },
          ]}
          rows={tries.data}
          rowKey={(one) => `${one.attempt} ${one.sent_at}`}
          error={tries.error}
          retry={() => void tries.refetch()}
          empty={<Text size="sm" c="dimmed">{t("None yet: it waits for its turn.")}</Text>}
        />
        <Text fw={600} size="sm">{t("What is sent")}</Text>
        <pre className="code" tabIndex={0}>{pretty(message.body)}</pre>
      </Stack>
    </Drawer>
  );
}

/** What came back: the status of HTTP, or in a word why there was none. */
export function Answer({ attempt }: { attempt: DeliveryAnswer }) {
  const { t } = useTranslation();
  return <Badge color={attempt.status && attempt.status < 300 ? "pine" : "red"}>{attempt.status ?? t(words(attempt.outcome))}</Badge>;
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
