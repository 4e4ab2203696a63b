import { Anchor, Select, SimpleGrid, Text, TextInput } from "@mantine/core";
import { IconShoppingCart } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { MemberLink } from "@/components/MemberLink";
import { PointsOf } from "./PointsOf";
import { Status } from "@/components/Status";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { everything, inProgram } from "@/lib/api";
import { instantOf } from "@/lib/fields";
import { moment, money, words } from "@/lib/format";
import { useOwnPartner, useProgram } from "@/lib/program";
import { useMay } from "@/components/May";
import type { CheckoutRow } from "./model";
import { useCheckoutsPath } from "./path";

const STATES = ["open", "expired", "closed", "part_returned", "returned", "cancelled"] as const;
const NOTHING = { status: "", member: "", store: "", order: "", since: "", until: "" };

/** Checkouts of a program, of a partner's stores, or (`member`) of one member, narrowed as somebody knows them; a row opens its page. */
export function Checkouts({ member }: { member?: string }) {
  const { t } = useTranslation();
  const program = useProgram();
  const partner = useOwnPartner();
  const navigate = useNavigate();
  const { filter, asked, choose, type } = useFilters(NOTHING);
  const stores = useStores();
  const path = useCheckoutsPath();
  const query = { status: asked.status, member: member ?? asked.member, store: asked.store, order_id: asked.order, since: dayBegins(asked.since, 0, program.zone), until: dayBegins(asked.until, 1, program.zone) };
  const found = usePages<CheckoutRow>([program.code, "checkouts"], path, { ...Object.fromEntries(Object.entries(query).filter(([, value]) => value)), limit: 50 });
  const narrowed = Object.values(asked).some(Boolean);
  const open = (one: CheckoutRow) => void navigate({ to: "/$program/checkouts/$checkout", params: { program: program.code, checkout: one.id } } as never);
  const storeName = (code: string) => stores.find((one) => one.value === code)?.label ?? code;
  return (
    <>
      <SimpleGrid p="md" pb="xs" spacing="sm" cols={{ base: 2, md: 3, lg: member ? 3 : 6 }}>
        <Select label={t("Status")} clearable placeholder={t("Every status")} data={STATES.map((value) => ({ value, label: t(words(value)) }))} value={asked.status || null} onChange={(next) => choose({ status: next ?? "" })} />
        <TextInput label={t("Order")} type="search" value={filter.order} onChange={(event) => type({ order: event.currentTarget.value })} />
        {!member && <TextInput label={t("Member")} type="search" placeholder={partner ? "mem_…" : t("mem_… or email:ann@example.com")} value={filter.member} onChange={(event) => type({ member: event.currentTarget.value })} />}
        {stores.length > 1 && <Select label={t("Store")} clearable searchable placeholder={t("Every store")} data={stores} value={asked.store || null} onChange={(next) => choose({ store: next ?? "" })} />}
        <TextInput type="date" label={t("Opened since")} value={filter.since} onChange={(event) => type({ since: event.currentTarget.value })} />
        <TextInput type="date" label={t("Opened until")} value={filter.until} onChange={(event) => type({ until: event.currentTarget.value })} />
      </SimpleGrid>
      <DataTable
        label={t("Checkouts")}
        columns={[
          { id: "opened", header: t("Begun"), value: (one) => one.created_at, cell: (one) => <Anchor size="sm" style={{ whiteSpace: "nowrap" }} renderRoot={(props) => <Link {...({ to: "/$program/checkouts/$checkout", params: { program: program.code, checkout: one.id } } as object)} {...props} />}>{moment(one.created_at, program.zone)}</Anchor> },
          { id: "order", header: t("Order"), value: (one) => one.order_id, cell: (one) => <><Text size="sm" miw={90} style={{ overflowWrap: "anywhere" }}>{one.order_id || "–"}</Text>{one.store && <Text size="xs" c="dimmed">{storeName(one.store)}</Text>}</> },
          ...(member ? [] : [{ id: "member", header: t("Member"), cell: (one: CheckoutRow) => (one.member ? <MemberLink id={one.member} /> : "–") }]),
          { id: "points", header: t("Points"), end: true, cell: (one) => <PointsOf points={one.points} /> },
          { id: "pay", header: t("To pay"), end: true, value: (one) => one.to_pay, cell: (one) => <><Text size="sm">{money(one.to_pay, program.currency)}</Text>{one.returned_money > 0 && <Text size="xs" c="dimmed">{t("{{money}} back", { money: money(one.returned_money, program.currency) })}</Text>}</> },
          { id: "status", header: t("Status"), value: (one) => one.status, cell: (one) => <><Status value={one.status} />{one.status === "open" && one.expires_at && <Text size="xs" c="dimmed" mt={2}>{t("until {{moment}}", { moment: moment(one.expires_at, program.zone) })}</Text>}</> },
        ]}
        rows={found.rows}
        rowKey={(one) => one.id}
        error={found.error}
        retry={found.retry}
        open={open}
        more={found.more}
        empty={<Empty icon={IconShoppingCart} title={narrowed ? t("No checkout like that") : t("Nothing was bought at a checkout yet")}>{narrowed ? t("Widen what you look for.") : t("Web shops and tills price a basket with vouchers, rewards and points in one call; each stands here until it is an order, and afterwards.")}</Empty>}
      />
    </>
  );
}

/** The instant at which a day of the program begins, or one so many days after it; null of what is no day. */
function dayBegins(day: string, after: number, zone: string): string | null {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? null : instantOf(new Date(at + after * 86_400_000).toISOString().slice(0, 16), zone);
}

/** The stores to choose from, where one may know them. */
function useStores(): { value: string; label: string }[] {
  const { code } = useProgram();
  const partner = useOwnPartner();
  const readable = useMay(partner ? "partners:read" : "programs:read");
  const path = inProgram(code, ...(partner ? ["partners", partner] : []), "stores");
  const stores = useQuery({ queryKey: [code, "stores", "names", partner], enabled: readable, queryFn: () => everything<{ code: string; name: string }>(path), staleTime: 60_000, retry: false });
  return (stores.data ?? []).map((one) => ({ value: one.code, label: one.name }));
}
