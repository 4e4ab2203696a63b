import { Button, Group } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { HoldRow } from "@/lib/answers";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { useMay } from "@/components/May";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { usePages } from "@/components/usePages";
import { send } from "@/lib/api";
import { moment, points } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";

/** Points set aside for a purchase that is not finished. */
export function Holds({ path, queryKey }: { path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const types = usePointTypes();
  const confirm = useConfirm();
  const may = useMay("points:write");
  const found = usePages<HoldRow>([...queryKey, "holds"], `${path}/holds`, { closed: true, limit: 50 });
  const end = useChange(({ hold, how }: { hold: HoldRow; how: "capture" | "void" }) => send("POST", `${path}/holds/${encodeURIComponent(hold.id)}/${how}`, {}), { refresh: [queryKey], done: t("Done."), toast: true });
  const ask = async (hold: HoldRow, how: "capture" | "void") => {
    const title = how === "capture" ? t("Capture this hold?") : t("Give the points back?");
    if (await confirm({ title, yes: how === "capture" ? t("Capture") : t("Give back") })) end.mutate({ hold, how });
  };
  return (
    <DataTable
      label={t("Holds")}
      columns={[
        { id: "created", header: t("Since"), value: (hold) => hold.created_at, cell: (hold) => moment(hold.created_at, zone) },
        { id: "points", header: t("Points"), end: true, value: (hold) => hold.points, cell: (hold) => points(hold.points, types.find((one) => one.code === hold.point_type)?.scale) },
        { id: "reference", header: t("Reference"), cell: (hold) => hold.reference },
        { id: "status", header: t("Status"), cell: (hold) => <Status value={hold.status} /> },
        { id: "ends", header: t("Returns"), cell: (hold) => hold.expires_at ? moment(hold.expires_at, zone) : "" },
        { id: "do", header: "", cell: (hold) => hold.status === "open" && may && <Group gap={6} wrap="nowrap"><Button size="compact-xs" onClick={() => void ask(hold, "capture")}>{t("Capture")}</Button><Button size="compact-xs" variant="default" onClick={() => void ask(hold, "void")}>{t("Give back")}</Button></Group> },
      ]}
      rows={found.rows}
      rowKey={(hold) => hold.id}
      error={found.error}
      more={found.more}
      empty={<Empty icon={IconHandStop} title={t("Nothing is set aside")}>{t("A till or a shop holds points while a purchase is being paid.")}</Empty>}
    />
  );
}
