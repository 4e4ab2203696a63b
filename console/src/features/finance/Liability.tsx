import { Group, Skeleton, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { get } from "@/lib/api";
import { instantOf } from "@/lib/fields";
import { moment, money, month, points } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import type { LiabilityAt } from "./model";
import { usePayer } from "./payer";

/** What members had at any past moment: by point type, by who pays for it, and by the month in which it expires. */
export function Liability({ path }: { path: string }) {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const types = usePointTypes();
  const [at, setAt] = useState("");
  const instant = instantOf(at, zone);
  const found = useQuery({ queryKey: [code, "finance", "liability", instant ?? ""], queryFn: () => get<LiabilityAt>(`${path}/liability`, instant ? { at: instant } : {}), placeholderData: (before) => before });
  const nameOf = (type: string) => types.find((one) => one.code === type)?.name ?? type;
  const payer = usePayer();
  const worth = (minor: string | null) => (minor === null || !found.data ? "–" : money(minor, found.data.currency));
  return (
    <>
      <Group align="flex-end"><TextInput type="datetime-local" label={t("What was owed at")} description={t("Now, when nothing is said")} value={at} onChange={(event) => setAt(event.currentTarget.value)} />{found.data && <Text size="sm" c="dimmed" pb={8}>{moment(found.data.at, zone)}</Text>}</Group>
      <Refusal error={found.error} />
      {!found.data && !found.error && <Skeleton h={200} />}
      {found.data?.data.map((one) => (
        <Section key={one.point_type} title={nameOf(one.point_type)} pad={false}>
          <Group gap="xl" px="lg" pb="md" align="flex-start">
            <Stat label={t("Outstanding")} value={points(one.outstanding, one.scale)} />
            <Stat label={t("Worth")} value={worth(one.worth_minor)} />
            <Stat label={t("Pending")} value={points(one.pending, one.scale)} />
            <Stat label={t("Held")} value={points(one.held, one.scale)} />
            <Stat label={t("Owed by members")} value={points(one.debt, one.scale)} />
          </Group>
          <DataTable
            label={nameOf(one.point_type)}
            columns={[
              { id: "funding", header: t("Paid for by"), value: (slice) => slice.funding, cell: (slice) => payer(slice.funding) },
              { id: "expires", header: t("Expires in"), value: (slice) => slice.expires ?? "9999", cell: (slice) => (slice.expires ? month(slice.expires) : t("never")) },
              { id: "points", header: t("Points"), end: true, value: (slice) => slice.points, cell: (slice) => points(slice.points, one.scale) },
              { id: "worth", header: t("Worth"), end: true, value: (slice) => Number(slice.worth_minor ?? 0), cell: (slice) => worth(slice.worth_minor) },
            ]}
            rows={one.slices}
            rowKey={(slice) => `${slice.funding} ${slice.expires}`}
            empty={<Text size="sm" c="dimmed" px="lg" pb="lg">{t("Members had none of these.")}</Text>}
          />
        </Section>
      ))}
    </>
  );
}
