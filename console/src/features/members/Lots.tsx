import { Button, Group, Stack, Text } from "@mantine/core";
import { IconCoins } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LotAnswer } from "@/lib/answers";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { useMay } from "@/components/May";
import { Status } from "@/components/Status";
import { usePages } from "@/components/usePages";
import { day, points } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { Release } from "./Release";

function Pending({ until, release }: { until: string | null; release?: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack gap={2}>
      <Group gap={6} wrap="nowrap"><Status value="pending" />{release && <Button size="compact-xs" variant="default" onClick={release}>{t("Release")}</Button>}</Group>
      <Text size="xs" c="dimmed">{until ? t("until {{day}}", { day: until }) : t("until released")}</Text>
    </Stack>
  );
}

/** Points that came in together and end together, the next to end first; what waits is released here. */
export function Lots({ path, queryKey }: { path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const types = usePointTypes();
  const may = useMay("points:adjust");
  const [waiting, setWaiting] = useState<LotAnswer | null>(null);
  const found = usePages<LotAnswer>([...queryKey, "lots"], `${path}/lots`, { limit: 50 });
  const typeOf = (lot: LotAnswer) => types.find((one) => one.code === lot.point_type);
  return (
    <>
      <DataTable
        label={t("Lots")}
        columns={[
          { id: "type", header: t("Point type"), cell: (lot) => typeOf(lot)?.name ?? lot.point_type },
          { id: "left", header: t("Left"), end: true, value: (lot) => lot.remaining, cell: (lot) => <Text span size="sm" fw={600}>{points(lot.remaining, typeOf(lot)?.scale)}</Text> },
          { id: "of", header: t("Of"), end: true, value: (lot) => lot.points, cell: (lot) => points(lot.points, typeOf(lot)?.scale) },
          { id: "funding", header: t("Paid by"), cell: (lot) => (lot.funding === "house" ? t("the house") : lot.funding.replace(/^partner:/, "")) },
          { id: "earned", header: t("Earned"), value: (lot) => lot.earned_at, cell: (lot) => day(lot.earned_at, zone) },
          { id: "ends", header: t("Ends"), value: (lot) => lot.expires_at ?? "9", cell: (lot) => (lot.expires_at ? day(lot.expires_at, zone) : t("Never")) },
          { id: "state", header: t("Status"), cell: (lot) => lot.pending && <Pending until={lot.active_at ? day(lot.active_at, zone) : null} release={may ? () => setWaiting(lot) : undefined} /> },
        ]}
        rows={found.rows}
        rowKey={(lot) => lot.id}
        error={found.error}
        more={found.more}
        empty={<Empty icon={IconCoins} title={t("No points to draw on")}>{t("Points are drawn from the lot that ends first, or was earned first, as their type says.")}</Empty>}
      />
      {waiting && <Release lot={waiting} scale={typeOf(waiting)?.scale ?? 0} close={() => setWaiting(null)} path={path} queryKey={queryKey} />}
    </>
  );
}
