import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { FormDrawer } from "@/components/FormDrawer";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { money } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { type Act, actsOf, type Checkout } from "./model";
import { usePointsText } from "./PointsOf";
import { ReturnForm } from "./ReturnForm";

/** What can be done with a checkout in its state; a refusal stands below the buttons, or in the form that was sent. */
export function Actions({ checkout }: { checkout: Checkout }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const [form, setForm] = useState<"close" | "return" | null>(null);
  const path = inProgram(code, "checkouts", checkout.id);
  const refresh = refreshed(code);
  const giveUp = useGiveUp(path, refresh);
  const reopen = useReopen(checkout, path, refresh);
  const acts = actsOf(checkout.status);
  if (acts.length === 0 || checkout.lines.length === 0) return null;
  const names: Record<Act, string> = { close: t("Make the order"), cancel: t("Give up"), return: t("Take back"), reopen: t("Undo and open again") };
  const take = (act: Act) => (act === "close" || act === "return" ? setForm(act) : void (act === "cancel" ? giveUp : reopen).ask());
  const busy = giveUp.pending || reopen.pending;
  return (
    <Stack gap="sm">
      <Group gap="xs">{acts.map((act, place) => <Button key={act} variant={place === 0 && act !== "cancel" ? "filled" : "default"} loading={busy} onClick={() => take(act)}>{names[act]}</Button>)}</Group>
      <Refusal error={giveUp.error ?? reopen.error} />
      {form === "close" && <CloseForm checkout={checkout} path={path} refresh={refresh} close={() => setForm(null)} />}
      {form === "return" && <ReturnForm checkout={checkout} path={path} refresh={refresh} close={() => setForm(null)} />}
    </Stack>
  );
}

interface Asking { ask: () => Promise<unknown>; pending: boolean; error: unknown }
type Refresh = readonly (readonly unknown[])[];

/** What a change of a checkout changes elsewhere. */
function refreshed(code: string): Refresh {
  return ["checkout", "checkouts", "redemption", "redemptions", "member", "reward", "rewards"].map((name) => [code, name]);
}

function useGiveUp(path: string, refresh: Refresh): Asking {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const doing = useChange(() => send<Checkout>("POST", `${path}/cancel`, {}), { refresh, done: t("Given up; everything that was set aside is free again.") });
  const ask = async () => (await confirm({ title: t("Give this checkout up?"), body: t("Vouchers, rewards and points that are set aside for it are free again. The shop would have to open another one."), yes: t("Give up"), danger: true })) && doing.mutate(undefined);
  return { ask, pending: doing.isPending, error: doing.error };
}

/** Undoing an order is tried first: what it would come to stands in the question, and what refuses it instead of one. */
function useReopen(checkout: Checkout, path: string, refresh: Refresh): Asking {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const said = usePointsText();
  const confirm = useConfirm();
  const doing = useChange(() => send<Checkout>("POST", `${path}/reopen`, {}), { refresh, done: t("The order is undone, and the checkout open again.") });
  const trying = useChange(() => send<Checkout>("POST", `${path}/reopen?dry_run=true`, {}), {
    then: async (tried) => {
      const undone = tried.history.at(-1);
      const back = [undone && undone.money > 0 && money(undone.money, currency), said(undone?.points ?? {})].filter(Boolean).join(" + ");
      const body = t("{{back}} go back, and what the order earned is taken back. The same basket costs {{money}} now, and everything is set aside for it again.", { back: back || "0", money: money(tried.to_pay, currency) });
      if (await confirm({ title: t("Undo order {{order}}?", { order: checkout.order_id }), body, yes: t("Undo and open again"), danger: true })) doing.mutate(undefined);
    },
  });
  const ask = async () => {
    doing.reset();
    trying.mutate(undefined);
  };
  return { ask, pending: trying.isPending || doing.isPending, error: trying.error ?? doing.error };
}

function CloseForm({ checkout, path, refresh, close }: { checkout: Checkout; path: string; refresh: Refresh; close: () => void }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const said = usePointsText();
  const [order, setOrder] = useState("");
  const once = useRef("");
  const closing = useChange(() => send<Checkout>("POST", `${path}/close`, { order_id: order.trim() }, { "Idempotency-Key": (once.current ||= crypto.randomUUID()) }), { refresh, done: t("It is an order."), then: close });
  const at = atField(closing.error);
  const earns = (checkout.earns?.points ?? {}) as Record<string, number>;
  return (
    <FormDrawer title={t("Make the order")} opened close={close} submit={() => closing.mutate(undefined)} saving={closing.isPending} error={closing.error} yes={t("Make the order")} disabled={!order.trim()}>
      <Text size="sm">{t("{{money}} are paid in money. Rewards are taken and vouchers used.", { money: money(checkout.to_pay, currency) })}</Text>
      {Object.keys(earns).length > 0 && <Text size="sm">{t("It earns {{points}}.", { points: said(earns) })}</Text>}
      <TextInput label={t("Number of the order")} description={t("The shop's own; no other checkout has it.")} required maxLength={120} value={order} error={at("order_id")} onChange={(event) => { once.current = ""; setOrder(event.currentTarget.value); }} data-autofocus />
    </FormDrawer>
  );
}
