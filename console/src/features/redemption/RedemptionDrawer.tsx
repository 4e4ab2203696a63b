import { Button, Code, Drawer, Group, List, NumberInput, SegmentedControl, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { FormDrawer } from "@/components/FormDrawer";
import { May } from "@/components/May";
import { Refusal } from "@/components/Refusal";
import { Copy } from "@/components/Secret";
import { Stat } from "@/components/Stat";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { CheckoutLink } from "@/features/checkout/CheckoutLink";
import { get, inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { moment, money, number, points } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { type Explanation, type Redemption, type Step, stepsOf } from "./model";

/** One redemption: why it cost what it did, where the points came from, and the next step. */
export function RedemptionDrawer({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const confirm = useConfirm();
  const path = inProgram(program.code, "redemptions", id);
  const key = [program.code, "redemption", id] as const;
  const refresh = [key, [program.code, "redemptions"], [program.code, "member"], [program.code, "reward"], [program.code, "rewards"]];
  const found = useQuery({ queryKey: key, queryFn: () => get<Explanation>(`${path}/explanation`) });
  const [asking, setAsking] = useState<"ship" | "cancel" | null>(null);
  const step = useChange(({ to, body }: { to: string; body: unknown }) => send<Redemption>("POST", `${path}/${to}`, body), { refresh, done: t("Done."), toast: true });
  const names: Record<Step, string> = { order: t("Ordered"), capture: t("Confirm"), void: t("Let go"), ship: t("Ship"), deliver: t("Delivered"), cancel: t("Cancel and give back") };
  const take = async (next: Step) => {
    if (next === "ship" || next === "cancel") return setAsking(next);
    if (next === "order" || next === "deliver") return step.mutate({ to: "fulfilment", body: { status: next === "order" ? "ordered" : "delivered" } });
    if (next === "capture" || (await confirm({ title: t("Let this reservation go?"), body: t("The points are free again, and the piece goes back on the shelf."), yes: t("Let go"), danger: true }))) step.mutate({ to: next, body: {} });
  };
  const order = found.data?.redemption;
  const scale = types.find((one) => one.code === order?.point_type)?.scale;
  return (
    <>
      <Drawer opened={asking === null} onClose={close} title={<Text fw={620} fz="lg">{order?.reward ?? t("Redemption")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
        <Refusal error={found.error} retry={() => void found.refetch()} />
        {order && (
          <Stack>
            <Group gap="xs"><Status value={order.status} /><span className="mono">{order.id}</span><Copy value={order.id} /></Group>
            <Group gap="xl">
              <Stat label={t("Points")} value={points(order.points, scale)} note={order.points_back ? t("{{points}} given back", { points: points(order.points_back, scale) }) : undefined} />
              {order.money > 0 && <Stat label={t("Money")} value={money(order.money, program.currency)} />}
              <Stat label={t("Pieces")} value={number(order.quantity)} />
            </Group>
            <Text size="sm">{moment(order.created_at, program.zone)}{order.store && ` · ${order.store}`}{order.reference && <> · {/^chk_\w+$/.test(order.reference) ? <CheckoutLink id={order.reference} /> : order.reference}</>}</Text>
            {order.status === "reserved" && order.expires_at && <Text size="sm">{t("Set aside until {{moment}}", { moment: moment(order.expires_at, program.zone) })}</Text>}
            <List size="sm">{found.data?.sentences.map((sentence) => <List.Item key={sentence}>{sentence}</List.Item>)}</List>
            {order.issued.length > 0 && <><Text size="sm" fw={600}>{t("What was issued")}</Text><Code block tabIndex={0}>{JSON.stringify(order.issued, null, 1)}</Code></>}
            {Object.keys(order.delivery).length > 0 && <><Text size="sm" fw={600}>{t("Delivery")}</Text><List size="sm">{Object.entries(order.delivery).map(([name, value]) => <List.Item key={name}>{name}: {String(value)}</List.Item>)}</List></>}
            <May needs="redemptions:write"><Group gap="xs">{stepsOf(order.status).map((next, place) => <Button key={next} variant={place === 0 && next !== "cancel" ? "filled" : "default"} loading={step.isPending} onClick={() => void take(next)}>{names[next]}</Button>)}</Group></May>
          </Stack>
        )}
      </Drawer>
      {asking === "ship" && <Ship path={path} refresh={refresh} close={() => setAsking(null)} />}
      {asking === "cancel" && <Cancel order={order} path={path} refresh={refresh} close={() => setAsking(null)} />}
    </>
  );
}

interface Asked { path: string; refresh: readonly (readonly unknown[])[]; close: () => void }

function Ship({ path, refresh, close }: Asked) {
  const { t } = useTranslation();
  const [form, setForm] = useState({ carrier: "", tracking: "" });
  const sending = useChange(() => send("POST", `${path}/fulfilment`, { status: "shipped", ...form }), { refresh, done: t("Marked as shipped."), then: close });
  const at = atField(sending.error);
  return (
    <FormDrawer title={t("Ship")} opened close={close} submit={() => sending.mutate(undefined)} saving={sending.isPending} error={sending.error} yes={t("Ship")}>
      <TextInput label={t("Carrier")} value={form.carrier} error={at("carrier")} onChange={(event) => setForm({ ...form, carrier: event.currentTarget.value })} data-autofocus />
      <TextInput label={t("Tracking number")} description={t("The member sees both.")} value={form.tracking} error={at("tracking")} onChange={(event) => setForm({ ...form, tracking: event.currentTarget.value })} />
    </FormDrawer>
  );
}

function Cancel({ order, path, refresh, close }: Asked & { order?: Redemption }) {
  const { t } = useTranslation();
  const [how, setHow] = useState("whole");
  const [quantity, setQuantity] = useState(1);
  const [share, setShare] = useState<number | string>(50);
  const [reason, setReason] = useState("");
  const [restock, setRestock] = useState(true);
  const pieces = order?.quantity ?? 1;
  const cancelling = useChange(() => send("POST", `${path}/cancel`, { reason, restock, ...(how === "pieces" ? { quantity } : how === "share" ? { share: String(share) } : {}) }), { refresh, done: t("Cancelled; the points are back."), then: close });
  const at = atField(cancelling.error);
  return (
    <FormDrawer title={t("Cancel and give back")} opened close={close} submit={() => cancelling.mutate(undefined)} saving={cancelling.isPending} error={cancelling.error} yes={t("Cancel and give back")} disabled={!reason.trim()}>
      <SegmentedControl fullWidth aria-label={t("How much is given back")} value={how} onChange={setHow} data={[{ value: "whole", label: t("All of it") }, ...(pieces > 1 ? [{ value: "pieces", label: t("Some pieces") }] : []), { value: "share", label: t("A share") }]} />
      {how === "pieces" && <NumberInput label={t("Pieces given back")} description={t("of {{n}}", { n: number(pieces) })} min={1} max={pieces} value={quantity} error={at("quantity")} onChange={(value) => setQuantity(Number(value) || 1)} />}
      {how === "share" && <NumberInput label={t("Share given back (%)")} description={t("Points and money in this proportion, rounded to whole ones")} min={0} max={100} decimalScale={2} value={share} error={at("share")} onChange={setShare} />}
      <TextInput label={t("Reason")} required value={reason} error={at("reason")} onChange={(event) => setReason(event.currentTarget.value)} data-autofocus />
      <Switch label={t("The piece goes back on the shelf")} checked={restock} onChange={(event) => setRestock(event.currentTarget.checked)} />
    </FormDrawer>
  );
}
