import { Button, Code, Text } from "@mantine/core";
import { IconCheck, IconReload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { useChange } from "@/components/useChange";
import { usePages } from "@/components/usePages";
import { inProgram, send } from "@/lib/api";
import { moment, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { told } from "@/lib/told";

interface ParkedEvent { id: number; type: string; reason: string; detail: string; source: string | null; key: string; order_id: string | null; attempts: number; received_at: string; replayed_at: string | null }

/** Events set aside, with the reason; each can be sent through the rules once more, and counts once. */
export function Parked() {
  const { t } = useTranslation();
  const program = useProgram();
  const found = usePages<ParkedEvent>([program.code, "parked"], inProgram(program.code, "events", "parked"), { limit: 50 });
  const replay = useChange((one: ParkedEvent) => send<{ status?: string }>("POST", inProgram(program.code, "events", "parked", String(one.id), "replay")), { refresh: [[program.code, "parked"], [program.code, "events"]], done: (answer) => t("Replayed: {{status}}", { status: t(words(answer.status ?? "done")) }), toast: true });
  return (
    <DataTable
      label={t("Set aside")}
      columns={[
        { id: "at", header: t("Received"), value: (one) => one.received_at, cell: (one) => moment(one.received_at, program.zone) },
        { id: "type", header: t("Event"), cell: (one) => <><Text size="sm" fw={550}>{one.type}</Text><Text size="xs" c="dimmed" className="mono">{one.key}</Text></> },
        { id: "reason", header: t("Reason"), cell: (one) => <><Text size="sm">{t(words(one.reason))}</Text><Text size="xs" c="dimmed">{told(one.detail)}</Text></> },
        { id: "order", header: t("Order"), cell: (one) => one.order_id && <Code>{one.order_id}</Code> },
        { id: "do", header: "", end: true, cell: (one) => <Button size="compact-sm" variant="default" leftSection={<IconReload size={14} />} loading={replay.isPending && replay.variables?.id === one.id} onClick={() => replay.mutate(one)}>{t("Replay")}</Button> },
      ]}
      rows={found.rows}
      rowKey={(one) => String(one.id)}
      error={found.error}
      more={found.more}
      empty={<Empty icon={IconCheck} title={t("Nothing is set aside")}>{t("Returns that came before their order wait here, and what could not be decided.")}</Empty>}
    />
  );
}
