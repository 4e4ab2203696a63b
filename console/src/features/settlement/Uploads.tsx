import { Alert, Button, FileInput, Group, Text } from "@mantine/core";
import { IconCircleCheck, IconFileUpload, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { FormDrawer } from "@/components/FormDrawer";
import { Section } from "@/components/Page";
import { useChange } from "@/components/useChange";
import { get, inProgram, send } from "@/lib/api";
import { moment, number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { onSide, type WholeStatement } from "./model";

interface Upload { id: number; rows: number; matched: number; exceptions: number; made_at: string }
interface Uploaded { rows: number; matched: number; exceptions: number }

/** The partner's own files about a statement: what matched, and what became disputes. */
export function Uploads({ whole, partner }: { whole: WholeStatement; partner: string | null }) {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const { permissions } = useSession();
  const [asking, setAsking] = useState(false);
  const path = onSide(code, partner, "statements", String(whole.id), "uploads");
  const found = useQuery({ queryKey: [code, "statements", "uploads", whole.id], queryFn: () => get<Upload[]>(path) });
  const open = whole.status === "issued" || whole.status === "disputed";
  const may = open && permissions.includes("settlement:write");
  return (
    <Section title={partner ? t("Your own figures") : t("The partner's own figures")} pad={false} aside={may && <Button size="xs" variant="default" leftSection={<IconFileUpload size={14} />} onClick={() => setAsking(true)}>{t("Compare a file")}</Button>}>
      <DataTable
        label={t("Files")}
        columns={[
          { id: "when", header: t("Time"), value: (one) => one.made_at, cell: (one) => <Text size="sm">{moment(one.made_at, zone)}</Text> },
          { id: "rows", header: t("Rows"), end: true, value: (one) => one.rows, cell: (one) => number(one.rows) },
          { id: "matched", header: t("Matched"), end: true, value: (one) => one.matched, cell: (one) => <Text span size="sm" className="good">{number(one.matched)}</Text> },
          { id: "exceptions", header: t("Exceptions"), end: true, value: (one) => one.exceptions, cell: (one) => <Text span size="sm" className={one.exceptions ? "bad" : undefined}>{number(one.exceptions)}</Text> },
        ]}
        rows={found.data}
        rowKey={(one) => String(one.id)}
        error={found.error}
        retry={() => void found.refetch()}
        empty={<Text size="sm" c="dimmed" px="lg" pb="lg">{open ? t("A file of one's own sales is compared with the lines, order by order; what does not match becomes a dispute.") : t("No file was compared.")}</Text>}
      />
      {asking && <Compare whole={whole} close={() => setAsking(false)} />}
    </Section>
  );
}

function Compare({ whole, close }: { whole: WholeStatement; close: () => void }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const [file, setFile] = useState<File | null>(null);
  const path = inProgram(code, "partners", whole.partner, "statements", String(whole.id), "uploads");
  const sending = useChange(async () => send<Uploaded>("POST", path, { file: await file?.text() }), { refresh: [[code, "statements"], [code, "disputes"]] });
  const done = sending.data;
  return (
    <FormDrawer title={t("Compare a file")} opened close={close} submit={() => (done ? close() : sending.mutate(undefined))} saving={sending.isPending} error={sending.error} yes={done ? t("Done") : t("Compare")} disabled={!file}>
      {!done && <FileInput label={t("Your figures as CSV")} description={t("Columns: date, order_id, side (issue or burn), points, amount. The lines of this statement as CSV have the same columns.")} accept=".csv,text/csv" required value={file} onChange={setFile} placeholder={t("Choose a file")} clearable clearButtonProps={{ "aria-label": t("Remove") }} />}
      {done && (
        <Alert color={done.exceptions ? "yellow" : "pine"} icon={done.exceptions ? <IconInfoCircle aria-hidden /> : <IconCircleCheck aria-hidden />} title={done.exceptions ? t("{{n}} exceptions are disputes now", { n: done.exceptions }) : t("Everything matches")}>
          <Group gap="lg"><Text size="sm">{t("{{n}} rows", { n: number(done.rows) })}</Text><Text size="sm">{t("{{n}} matched", { n: number(done.matched) })}</Text></Group>
        </Alert>
      )}
    </FormDrawer>
  );
}
