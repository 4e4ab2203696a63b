import { Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { RedemptionDrawer } from "@/features/redemption/RedemptionDrawer";
import { money, number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { type Checkout, type Taken, useRewardNames } from "./model";
import { usePointsText } from "./PointsOf";

/** The rewards that go with the basket, what they cost and what came back; one opens with why it cost that. */
export function RewardsTaken({ checkout }: { checkout: Checkout }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const { nameOf } = useRewardNames();
  const said = usePointsText();
  const may = useMay("redemptions:read");
  const [open, setOpen] = useState<string | null>(null);
  if (checkout.rewards.length === 0) return null;
  const cost = (one: Taken, points: number, minor: number) => [points > 0 && said({ [one.point_type]: points }), minor > 0 && money(minor, currency)].filter(Boolean).join(" + ") || "–";
  return (
    <Section title={t("Rewards")} pad={false}>
      <DataTable
        label={t("Rewards")}
        columns={[
          { id: "reward", header: t("Reward"), cell: (one: Taken) => (may ? <button type="button" onClick={() => setOpen(one.redemption)} style={{ background: "none", border: 0, padding: "4px 0", color: "var(--mantine-color-anchor)", cursor: "pointer", minHeight: 24, textAlign: "left", font: "inherit" }}>{nameOf(one.reward)}</button> : nameOf(one.reward)) },
          { id: "pieces", header: t("Pieces"), end: true, cell: (one) => number(one.quantity) },
          { id: "cost", header: t("Costs"), end: true, cell: (one) => cost(one, one.points, one.money) },
          { id: "back", header: t("Came back"), cell: (one) => <><Text size="sm">{cost(one, one.points_back, one.money_back)}</Text><Text size="xs" c="dimmed">{one.with_lines ? t("with the lines it took money off") : one.returned > 0 ? t("{{n}} of {{all}} pieces", { n: number(one.returned), all: number(one.quantity) }) : t("when it is named")}</Text></> },
        ]}
        rows={checkout.rewards}
        rowKey={(one) => one.redemption}
      />
      {open && may && <RedemptionDrawer id={open} close={() => setOpen(null)} />}
    </Section>
  );
}
