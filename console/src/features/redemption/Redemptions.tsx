import { Group, Select } from "@mantine/core";
import { IconShoppingBagCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { MemberLink } from "@/components/MemberLink";
import { Status } from "@/components/Status";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { everything, inProgram } from "@/lib/api";
import { moment, money, number, points, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { type Redemption, STATES } from "./model";
import { RedemptionDrawer } from "./RedemptionDrawer";

const NOTHING = { status: "", reward: "" };

/** What was taken: of a program, of one reward, or by one member; a row opens with what can be done about it. */
export function Redemptions({ path, queryKey, reward, member }: { path: string; queryKey: readonly unknown[]; reward?: string; member?: boolean }) {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const rewards = useQuery({ queryKey: [program.code, "rewards", "names"], enabled: !reward, queryFn: () => everything<{ code: string; name: string }>(inProgram(program.code, "rewards")), staleTime: 60_000, retry: false });
  const named = new Map(rewards.data?.map((one) => [one.code, one.name]));
  const { asked: { status, reward: only }, choose } = useFilters(NOTHING);
  const [open, setOpen] = useState<Redemption | null>(null);
  const found = usePages<Redemption>(queryKey, path, { status: status || undefined, reward: reward ?? (only || undefined), limit: 50 });
  return (
    <>
      <Group p="md" pb="xs" gap="sm"><Select w={220} clearable placeholder={t("Every status")} aria-label={t("Status")} data={STATES.map((value) => ({ value, label: t(words(value)) }))} value={status || null} onChange={(next) => choose({ status: next ?? "" })} />{!reward && !member && <Select w={260} clearable searchable placeholder={t("Every reward")} aria-label={t("Reward")} data={rewards.data?.map((one) => ({ value: one.code, label: one.name })) ?? []} value={only || null} onChange={(next) => choose({ reward: next ?? "" })} />}</Group>
      <DataTable
        label={t("Redemptions")}
        columns={[
          { id: "at", header: t("At"), value: (one) => one.created_at, cell: (one) => <span style={{ whiteSpace: "nowrap" }}>{moment(one.created_at, program.zone)}</span> },
          ...(reward ? [] : [{ id: "reward", header: t("Reward"), value: (one: Redemption) => one.reward, cell: (one: Redemption) => <Link style={{ color: "var(--mantine-color-anchor)", textDecoration: "none" }} to={"/$program/rewards/$reward" as never} params={{ program: program.code, reward: one.reward } as never}>{named.get(one.reward) ?? one.reward}{one.quantity > 1 && ` × ${number(one.quantity)}`}</Link> }]),
          ...(member ? [] : [{ id: "member", header: t("Member"), cell: (one: Redemption) => <MemberLink id={one.member} /> }]),
          ...(reward ? [{ id: "pieces", header: t("Pieces"), end: true, value: (one: Redemption) => one.quantity, cell: (one: Redemption) => number(one.quantity) }] : []),
          { id: "points", header: t("Points"), end: true, value: (one) => one.points, cell: (one) => points(one.points, types.find((type) => type.code === one.point_type)?.scale) },
          { id: "money", header: t("Money"), end: true, value: (one) => one.money, cell: (one) => (one.money ? money(one.money, program.currency) : "–") },
          { id: "status", header: t("Status"), value: (one) => one.status, cell: (one) => <Status value={one.status} /> },
          { id: "open", header: t("Details"), cell: (one) => <button type="button" className="mono" aria-label={t("Open {{id}}", { id: one.id })} onClick={() => setOpen(one)} style={{ background: "none", border: 0, padding: "4px 0", color: "var(--mantine-color-anchor)", cursor: "pointer", minHeight: 24 }}>{t("Open")}</button> },
        ]}
        rows={found.rows}
        rowKey={(one) => one.id}
        error={found.error}
        retry={found.retry}
        open={setOpen}
        selected={open?.id}
        more={found.more}
        empty={<Empty icon={IconShoppingBagCheck} title={status ? t("None in this state") : t("Nothing was taken yet")}>{t("Tills, shops and apps take rewards for members; each stands here with where it is.")}</Empty>}
      />
      {open && <RedemptionDrawer id={open.id} close={() => setOpen(null)} />}
    </>
  );
}
