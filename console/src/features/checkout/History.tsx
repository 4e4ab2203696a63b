import { Text, Timeline } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/Page";
import { useNames } from "@/features/staff/model";
import { moment, money, number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { type Checkout, lineName, type Step, useRewardNames } from "./model";
import { usePointsText } from "./PointsOf";

/** What was done with a checkout, the earliest first: when, by whom, and what came back. */
export function History({ checkout }: { checkout: Checkout }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const names = useNames();
  const did: Record<Step["did"], string> = { opened: t("Priced and set aside"), changed: t("Another basket"), closed: t("Became an order"), cancelled: t("Given up"), reopened: t("Undone and opened again"), returned: t("Pieces came back") };
  return (
    <Section title={t("History")}>
      <Timeline bulletSize={12} lineWidth={2} active={checkout.history.length}>
        {checkout.history.map((step, place) => (
          <Timeline.Item key={place} title={<Text size="sm" fw={560}>{did[step.did]}{step.order_id && ` · ${step.order_id}`}</Text>}>
            <Text size="xs" c="dimmed">{step.actor ? t("{{when}}, by {{who}}", { when: moment(step.at, zone), who: names(step.actor) }) : moment(step.at, zone)}</Text>
            <Back checkout={checkout} step={step} />
          </Timeline.Item>
        ))}
      </Timeline>
    </Section>
  );
}

/** What came back in a step: pieces of lines and rewards, money and points. */
function Back({ checkout, step }: { checkout: Checkout; step: Step }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const { nameOf } = useRewardNames();
  const said = usePointsText();
  const pieces = [
    ...Object.entries(step.lines).map(([place, some]) => `${number(some)} × ${lineName(checkout.lines[Number(place)], Number(place))}`),
    ...Object.entries(step.rewards).map(([redemption, some]) => `${number(some)} × ${nameOf(checkout.rewards.find((one) => one.redemption === redemption)?.reward ?? redemption)}`),
  ];
  const back = [step.money > 0 && money(step.money, currency), said(step.points)].filter(Boolean).join(" + ");
  return (
    <>
      {pieces.length > 0 && <Text size="sm" style={{ overflowWrap: "anywhere" }}>{pieces.join(", ")}</Text>}
      {back && <Text size="sm">{t("given back: {{what}}", { what: back })}</Text>}
    </>
  );
}
