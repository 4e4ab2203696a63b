import { Anchor, Text } from "@mantine/core";
import { IconMessageReport } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Status } from "@/components/Status";
import { usePages } from "@/components/usePages";
import { day, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { DisputeDrawer } from "./DisputeDrawer";
import { type Dispute, onSide } from "./model";

interface Props {
  /** Whose side is looked from; null for the program's. */
  partner: string | null;
  openOnly?: boolean;
  /** Only those of one statement. */
  statement?: number;
  /** Only what and how it stands, for narrow places. */
  brief?: boolean;
}

/** Disputes with what they are about and how they stand; one opens at the side. */
export function DisputeList({ partner, openOnly = false, statement, brief = false }: Props) {
  const { t } = useTranslation();
  const program = useProgram();
  const [shown, setShown] = useState<number | null>(null);
  const query = { limit: brief ? 5 : 50, ...(openOnly ? { open: true } : {}), ...(statement ? { statement } : {}) };
  const found = usePages<Dispute>([program.code, "disputes", partner], onSide(program.code, partner, "disputes"), query);
  const more: Column<Dispute>[] = brief ? [] : [
    { id: "statement", header: partner ? t("Statement") : t("Partner"), value: (one) => one.partner, cell: (one) => <Text size="sm">{partner ? one.statement_id : `${one.partner} · ${one.statement_id}`}</Text> },
    { id: "kind", header: t("Kind"), cell: (one) => <Text size="sm">{t(words(one.kind))}</Text> },
  ];
  return (
    <>
      <DataTable
        label={t("Disputes")}
        columns={[
          { id: "reference", header: t("About"), cell: (one) => <Anchor component="button" type="button" size="sm" ta="left" onClick={() => setShown(one.id)}>{one.reference}</Anchor> },
          ...more,
          { id: "status", header: t("Status"), cell: (one) => <Status value={one.status === "open" ? "waiting" : one.status} label={t(words(one.status))} /> },
          { id: "opened", header: t("Opened on"), value: (one) => one.opened_at, cell: (one) => <Text size="sm" c="dimmed">{day(one.opened_at, program.zone)}</Text> },
        ]}
        rows={found.rows}
        rowKey={(one) => String(one.id)}
        open={(one) => setShown(one.id)}
        error={found.error}
        retry={found.retry}
        more={brief ? undefined : found.more}
        empty={brief ? <Text size="sm" c="dimmed" px="lg" pb="lg">{t("Nobody sees anything differently.")}</Text> : <Empty icon={IconMessageReport} title={t("Nobody sees anything differently")}>{t("What a partner's own file says differently, or what somebody disputes by hand on a statement, waits here for the other side.")}</Empty>}
      />
      {shown !== null && <DisputeDrawer id={shown} partner={partner} close={() => setShown(null)} />}
    </>
  );
}
