import { Text } from "@mantine/core";
import { IconTicket } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { TicketsAnswer } from "@/lib/answers";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Status } from "@/components/Status";
import { usePages } from "@/components/usePages";
import { moment } from "@/lib/format";
import { useProgram } from "@/lib/program";

/** The tickets and plays of one member, the latest first, and what they won once it is to be seen. */
export function MemberTickets({ path, queryKey }: { path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const found = usePages<TicketsAnswer>([...queryKey, "draws"], `${path}/draws`, { limit: 50 });
  return (
    <DataTable
      label={t("Draw tickets")}
      columns={[
        { id: "draw", header: t("Draw"), value: (one) => one.name, cell: (one) => <Text span size="sm" fw={600}>{one.name}</Text> },
        { id: "tickets", header: t("Tickets"), end: true, value: (one) => one.tickets, cell: (one) => one.tickets },
        { id: "status", header: t("Status"), value: (one) => (one.taken_back_at ? "taken_back" : one.status), cell: (one) => (one.taken_back_at ? <Status value="returned" label={t("Taken back")} /> : <Status value={one.status} />) },
        { id: "prize", header: t("Prize"), cell: (one) => one.prizes.map((prize) => prize.name).join(", ") || "–" },
        { id: "entry", header: t("Entry"), end: true, cell: (one) => (one.kind === "play" ? t("play {{place}}", { place: one.place }) : one.entry) },
        { id: "at", header: t("Since"), value: (one) => one.at, cell: (one) => moment(one.at, zone) },
      ]}
      rows={found.rows}
      rowKey={(one) => `${one.draw} ${one.kind} ${one.entry ?? one.place}`}
      error={found.error}
      more={found.more}
      empty={<Empty icon={IconTicket} title={t("No draw tickets")}>{t("Rules, rewards and people enter members in draws; what an order earned leaves with it while the draw is open.")}</Empty>}
    />
  );
}
