import { Anchor, Text } from "@mantine/core";
import { IconCalendarCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useNames } from "@/features/staff/model";
import { get } from "@/lib/api";
import { moment, month } from "@/lib/format";
import { useProgram } from "@/lib/program";
import type { Standing } from "./model";

const STATUS = { open: "Not closed yet", closed: "Closed", reopened: "Opened again" } as const;

/** Every month: open, closed, opened again; and which earlier ones it waits for. */
export function Months({ path, open }: { path: string; open: (period: string) => void }) {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const names = useNames();
  const found = useQuery({ queryKey: [code, "finance", "periods"], queryFn: async () => (await get<{ data: Standing[] }>(`${path}/periods`)).data.reverse() });
  return (
    <Section pad={false} title={t("All months")}>
      <DataTable
        label={t("All months")}
        columns={[
          { id: "period", header: t("Month"), value: (one) => one.period, cell: (one) => <Anchor component="button" type="button" ta="left" size="sm" onClick={() => open(one.period)}>{month(one.period)}</Anchor> },
          { id: "version", header: t("Version"), end: true, value: (one) => one.version, cell: (one) => one.version || "" },
          { id: "status", header: t("Status"), cell: (one) => <><Status value={one.closed ? "closed" : "open"} label={t(STATUS[one.status])} />{one.waits_for.length > 0 && <Text size="xs" c="dimmed">{t("waits for {{months}}", { months: one.waits_for.map(month).join(", ") })}</Text>}</> },
          { id: "when", header: t("Closed at"), value: (one) => one.closed_at ?? "", cell: (one) => one.closed_at && <><Text size="sm">{moment(one.closed_at, zone)}</Text><Text size="xs" c="dimmed">{names(one.closed_by ?? "")}</Text></> },
        ]}
        rows={found.data}
        rowKey={(one) => `${one.period} ${one.version}`}
        open={(one) => open(one.period)}
        error={found.error}
        retry={() => void found.refetch()}
        empty={<Empty icon={IconCalendarCheck} title={t("There are no months yet")}>{t("A closed month never changes; what comes late counts in the next one, and is listed there.")}</Empty>}
      />
    </Section>
  );
}
