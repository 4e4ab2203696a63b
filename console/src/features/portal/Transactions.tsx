import { Button, Group, Select, Text, TextInput, Tooltip } from "@mantine/core";
import { IconArrowsExchange, IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Section } from "@/components/Page";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { useQuery } from "@tanstack/react-query";
import { get, inProgram } from "@/lib/api";
import { moment, signedPoints, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { type Movement, signOf, type While, whileQuery } from "./model";
import type { OwnStore } from "./Stores";

const NOTHING = { kind: "all", points: "", store: "", of: "" };

/** A partner's movements of points, filtered, and as a file. */
export function Transactions({ partner, during }: { partner: string; during: While }) {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const types = usePointTypes();
  const { filter, asked: { kind, points: pointType, store, of }, choose, type } = useFilters(NOTHING);
  const member = /^mem_/.test(of);
  const query = { ...whileQuery(during, zone), kind, ...(pointType ? { point_type: pointType } : {}), ...(store ? { store } : {}), ...(of ? { [member ? "member" : "order_id"]: of } : {}) };
  const path = inProgram(code, "partners", partner, "transactions");
  const stores = useQuery({ queryKey: [code, "partners", partner, "stores"], queryFn: async () => (await get<{ data: OwnStore[] }>(inProgram(code, "partners", partner, "stores"))).data });
  const found = usePages<Movement>([code, "partners", partner, "transactions"], path, { ...query, limit: 50 });
  const nameOf = (wanted: string) => types.find((one) => one.code === wanted)?.name ?? wanted;
  const storeName = (wanted: string) => stores.data?.find((one) => one.code === wanted)?.name ?? wanted;
  return (
    <Section
      pad={false}
      title={t("Transactions")}
      aside={
        <Group gap="xs" wrap="wrap">
          <TextInput size="xs" w={190} aria-label={t("Order or member")} placeholder={t("Order or mem_…")} value={filter.of} onChange={(event) => type({ of: event.currentTarget.value })} />
          <Select size="xs" w={150} aria-label={t("Kind")} data={[{ value: "all", label: t("Every kind") }, { value: "earn", label: t("Earned") }, { value: "spend", label: t("Spent") }]} value={kind} onChange={(next) => next && choose({ kind: next })} />
          {types.length > 1 && <Select size="xs" w={160} clearable placeholder={t("Every point type")} aria-label={t("Point type")} data={types.map((one) => ({ value: one.code, label: one.name }))} value={pointType || null} onChange={(next) => choose({ points: next ?? "" })} />}
          {(stores.data?.length ?? 0) > 1 && <Select size="xs" w={160} clearable searchable placeholder={t("Every store")} aria-label={t("Store")} data={stores.data?.map((one) => ({ value: one.code, label: one.name }))} value={store || null} onChange={(next) => choose({ store: next ?? "" })} />}
          <Button size="xs" variant="default" component="a" href={`${path}.csv?${new URLSearchParams(query)}`} download leftSection={<IconDownload size={14} />}>CSV</Button>
        </Group>
      }
    >
      <DataTable
        label={t("Transactions")}
        columns={[
          { id: "when", header: t("Time"), value: (one) => one.posted_at, cell: (one) => <Text size="sm" style={{ whiteSpace: "nowrap" }}>{moment(one.posted_at, zone)}</Text> },
          { id: "kind", header: t("Kind"), value: (one) => one.kind, cell: (one) => <><Text size="sm">{t(words(one.kind))}</Text><Text size="xs" c="dimmed">{one.account.startsWith("partner:") ? t("you pay for it") : one.account.startsWith("spent:") ? t("spent at your till") : t("at your shop")}</Text></> },
          { id: "order", header: t("Order"), cell: (one) => <><Text size="sm" style={{ overflowWrap: "anywhere" }}>{one.order_id || "–"}</Text><Text size="xs" c="dimmed">{storeName(one.store)}</Text></> },
          { id: "member", header: t("Member"), cell: (one) => <Tooltip label={t("Show this member alone")}><Button variant="transparent" c="var(--mantine-color-anchor)" size="compact-xs" px={0} className="mono" onClick={() => choose({ of: one.member })}>{one.member}</Button></Tooltip> },
          { id: "points", header: t("Points"), end: true, value: (one) => signOf(one.kind) * one.points, cell: (one) => <><Text size="sm" fw={580} className={signOf(one.kind) > 0 ? "good" : undefined}>{signedPoints(signOf(one.kind) * one.points, one.scale)}</Text><Text size="xs" c="dimmed">{nameOf(one.point_type)}</Text></> },
        ]}
        rows={found.rows}
        rowKey={(one) => one.transfer}
        error={found.error}
        retry={found.retry}
        more={found.more}
        empty={<Empty icon={IconArrowsExchange} title={t("No transactions in this time")}>{t("Points that your orders give, and points spent at your tills, stand here with the order and the store. Choose a longer time or fewer filters.")}</Empty>}
      />
    </Section>
  );
}
