import { Button, Group, NumberInput, Stack, Switch, Text } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { money, number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { type Checkout, lineName, linesLeft, thingsLeft, useRewardNames } from "./model";
import { usePointsText } from "./PointsOf";

type Pieces = Record<string, number>;

/**
 * Pieces of lines and of rewards that come back. It is tried first: the question says what goes back as the server works it
 * out. Rewards are always named, so that what stays with the member is what nobody chose.
 */
export function ReturnForm({ checkout, path, refresh, close }: { checkout: Checkout; path: string; refresh: readonly (readonly unknown[])[]; close: () => void }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const said = usePointsText();
  const { nameOf } = useRewardNames();
  const confirm = useConfirm();
  const [lines, setLines] = useState<Pieces>({});
  const [rewards, setRewards] = useState<Pieces>({});
  const [broken, setBroken] = useState<Record<string, boolean>>({});
  const once = useRef("");
  const left = linesLeft(checkout);
  const things = thingsLeft(checkout);
  const named = things.filter(({ reward }) => rewards[reward.redemption]).map(({ reward }) => ({ redemption: reward.redemption, quantity: rewards[reward.redemption], restock: !broken[reward.redemption] }));
  const body = { lines: left.filter(({ place }) => lines[place]).map(({ place }) => ({ line: place, quantity: lines[place] })), rewards: named };
  const doing = useChange(() => send<Checkout>("POST", `${path}/return`, body, { "Idempotency-Key": (once.current ||= crypto.randomUUID()) }), { refresh, done: t("Taken back."), then: close });
  const trying = useChange(() => send<Checkout>("POST", `${path}/return?dry_run=true`, body), {
    then: async (tried) => {
      const step = tried.history.at(-1);
      const back = [step && step.money > 0 && money(step.money, currency), said(step?.points ?? {})].filter(Boolean).join(" + ");
      const question = { title: t("Take this back?"), body: back ? t("{{back}} go back to the member, and what these pieces earned is taken back.", { back }) : t("Nothing is given back for it."), yes: t("Take back") };
      if (await confirm(question)) doing.mutate(undefined);
    },
  });
  const error = trying.error ?? doing.error;
  const at = atField(error);
  const change = (set: () => void) => {
    once.current = "";
    doing.reset();
    trying.reset();
    set();
  };
  const all = () => change(() => {
    setLines(Object.fromEntries(left.map(({ place, left: some }) => [place, some])));
    setRewards(Object.fromEntries(things.map(({ reward, left: some }) => [reward.redemption, some])));
  });
  return (
    <FormDrawer title={t("Take back")} opened close={close} submit={() => { doing.reset(); trying.mutate(undefined); }} saving={trying.isPending || doing.isPending} error={error} yes={t("Go on")} disabled={body.lines.length + named.length === 0}>
      <Group justify="space-between"><Text size="sm" fw={600}>{t("Pieces that come back")}</Text><Button size="compact-sm" variant="default" onClick={all}>{t("Everything that is left")}</Button></Group>
      {left.map(({ line, place, left: some }) => <NumberInput key={place} label={lineName(line, place)} description={t("up to {{n}}", { n: number(some) })} min={0} max={some} allowDecimal={false} value={lines[place] ?? 0} error={at(`lines[${place}]`)} onChange={(value) => change(() => setLines({ ...lines, [place]: Number(value) || 0 }))} />)}
      {things.length > 0 && <Text size="sm" fw={600}>{t("Rewards that come back")}</Text>}
      {things.map(({ reward, left: some }) => {
        const index = named.findIndex((one) => one.redemption === reward.redemption);
        const wrong = index < 0 ? undefined : at(`rewards[${index}]`) ?? at(`rewards[${index}].quantity`) ?? at(`rewards[${index}].redemption`);
        return (
          <Stack key={reward.redemption} gap={6}>
            <NumberInput label={nameOf(reward.reward)} description={t("up to {{n}}; what is left at 0 stays with the member", { n: number(some) })} min={0} max={some} allowDecimal={false} value={rewards[reward.redemption] ?? 0} error={wrong} onChange={(value) => change(() => setRewards({ ...rewards, [reward.redemption]: Number(value) || 0 }))} />
            {Boolean(rewards[reward.redemption]) && <Switch label={t("Others can take these pieces again")} checked={!broken[reward.redemption]} onChange={(event) => { const again = event.currentTarget.checked; change(() => setBroken({ ...broken, [reward.redemption]: !again })); }} />}
          </Stack>
        );
      })}
      {checkout.rewards.some((one) => one.with_lines) && <Text size="sm" c="dimmed">{t("What took money off lines comes back with these lines.")}</Text>}
    </FormDrawer>
  );
}
