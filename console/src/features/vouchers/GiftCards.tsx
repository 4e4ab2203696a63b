import { Alert, Button, Group, NumberInput, PasswordInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconCoins, IconCreditCard, IconLock, IconLockOpen, IconPlus, IconSearch } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { MoneyInput } from "@/components/Amounts";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { FormDrawer } from "@/components/FormDrawer";
import { May } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { day, money } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import type { Card, CardBalance, NewCard } from "./model";

/** A gift card: what is on it, and closing it. Its number and PIN are asked for each time and kept nowhere. */
export default function GiftCards() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const [number, setNumber] = useState("");
  const [pin, setPin] = useState("");
  const [making, setMaking] = useState(false);
  const [crediting, setCrediting] = useState<"activate" | "topup" | null>(null);
  const look = useChange(() => send<CardBalance>("POST", inProgram(program.code, "gift-cards", "balance"), { number: number.trim(), pin }));
  const block = useChange((blocked: boolean) => send<Card>("POST", inProgram(program.code, "gift-cards", "block"), { number: number.trim(), blocked }), { done: (card) => (card.status === "blocked" ? t("The card is blocked.") : t("The card is free again.")) });
  const at = atField(look.error ?? block.error);
  const ask = async () => (await confirm({ title: t("Block this card?"), body: t("Nobody can pay with it until it is freed; what is on it stays."), yes: t("Block"), danger: true })) && block.mutate(true);
  const card = look.data;
  return (
    <Page title={t("Gift cards")} about={t("What is on a card, putting money on it, and blocking one that was lost.")} actions={<May needs="giftcards:make"><Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>{t("New gift cards")}</Button></May>}>
      <Section title={t("Look up a card")}>
        <form onSubmit={(event) => { event.preventDefault(); look.mutate(undefined); }}>
          <Group align="flex-start" gap="sm">
            <TextInput flex={1} miw={200} label={t("Card number")} autoComplete="off" value={number} error={at("number")} onChange={(event) => { setNumber(event.currentTarget.value); look.reset(); block.reset(); }} />
            <PasswordInput w={160} label="PIN" autoComplete="off" maxLength={6} inputMode="numeric" visibilityToggleButtonProps={{ "aria-label": t("Show") }} value={pin} error={at("pin")} onChange={(event) => setPin(event.currentTarget.value)} />
            <Button mt={24} type="submit" leftSection={<IconSearch size={16} />} loading={look.isPending} disabled={!number.trim() || pin.length !== 6}>{t("Balance")}</Button>
          </Group>
          <Group mt="md" gap="xs">
            <Text size="sm">{t("Without the PIN:")}</Text>
            <Button size="xs" variant="default" leftSection={<IconCreditCard size={14} />} disabled={!number.trim()} onClick={() => setCrediting("activate")}>{t("Activate")}</Button>
            <Button size="xs" variant="default" leftSection={<IconCoins size={14} />} disabled={!number.trim()} onClick={() => setCrediting("topup")}>{t("Top up")}</Button>
            <Button size="xs" variant="default" leftSection={<IconLock size={14} />} disabled={!number.trim()} loading={block.isPending} onClick={() => void ask()}>{t("Block")}</Button>
            <Button size="xs" variant="default" leftSection={<IconLockOpen size={14} />} disabled={!number.trim()} loading={block.isPending} onClick={() => block.mutate(false)}>{t("Unblock")}</Button>
          </Group>
        </form>
        <Stack mt="md">
          <Refusal error={look.error ?? block.error} />
          {block.data && <Group gap="xs"><Text size="sm" className="mono">… {block.data.last_digits}</Text><Status value={block.data.status} /></Group>}
          {card && !look.error && (
            <Group gap="xl" align="flex-start">
              <Stat label={t("On the card")} value={money(card.available, card.currency)} note={`… ${card.last_digits}`} />
              <Stat label={t("Status")} value={<Status value={(block.data ?? card).status} />} />
              <Stat label={t("In use since")} value={<Text span fz="md">{card.activated_at ? day(card.activated_at, program.zone) : t("never")}</Text>} />
              {card.ends_next && <Stat label={t("Ends next")} value={<Text span fz="md">{day(card.ends_next, program.zone)}</Text>} />}
            </Group>
          )}
          {!card && !look.error && !block.data && <Text size="sm" c="dimmed">{t("A new card is empty: activate it when it is sold, with what was paid for it. Its PIN is on the card; the balance is only shown with it. A lost card is blocked by its number.")}</Text>}
        </Stack>
      </Section>
      {crediting && <Credit how={crediting} number={number.trim()} close={() => setCrediting(null)} done={() => pin.length === 6 && look.mutate(undefined)} />}
      {making && <Make close={() => setMaking(false)} />}
    </Page>
  );
}

/** Put money on a card: its first, which opens it, or more. The same form sent twice puts it there once. */
function Credit({ how, number, close, done }: { how: "activate" | "topup"; number: string; close: () => void; done: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [amount, setAmount] = useState<number | null>(null);
  const [reference, setReference] = useState("");
  const once = useRef("");
  const again = () => (once.current = "");
  const crediting = useChange(() => send<CardBalance>("POST", inProgram(program.code, "gift-cards", how), { number, amount: amount ?? 0, reference }, { "Idempotency-Key": (once.current ||= crypto.randomUUID()) }), {
    done: (card) => t("{{amount}} are on the card now.", { amount: money(card.available, card.currency) }),
    then: () => {
      done();
      close();
    },
  });
  const at = atField(crediting.error);
  const first = how === "activate";
  return (
    <FormDrawer title={first ? t("Activate the card") : t("Top up the card")} opened close={close} submit={() => crediting.mutate(undefined)} saving={crediting.isPending} error={crediting.error} yes={first ? t("Activate") : t("Top up")} disabled={!amount}>
      <Text size="sm" c="dimmed">{first ? t("The first money on a card that was paid for. From then on it can be paid with.") : t("More money on a card that is in use.")}</Text>
      <TextInput label={t("Card number")} readOnly value={number} error={at("number")} className="mono" />
      <MoneyInput label={t("Amount")} required value={amount} error={at("amount")} onChange={(value) => { again(); setAmount(value); }} data-autofocus />
      <TextInput label={t("Receipt or order")} maxLength={200} value={reference} error={at("reference")} onChange={(event) => { again(); setReference(event.currentTarget.value); }} />
    </FormDrawer>
  );
}

function Make({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes().filter((one) => !one.archived_at);
  const [type, setType] = useState<string | null>(null);
  const [count, setCount] = useState<number | "">(1);
  const once = useRef("");
  const making = useChange(() => send<NewCard[]>("POST", inProgram(program.code, "gift-cards"), { point_type: type, count: Number(count) }, { "Idempotency-Key": (once.current ||= crypto.randomUUID()) }));
  const at = atField(making.error);
  return (
    <FormDrawer title={t("New gift cards")} opened close={close} submit={() => (making.data ? close() : making.mutate(undefined))} saving={making.isPending} error={making.error} yes={making.data ? t("Done") : t("Make them")} disabled={!type || !count}>
      <Select label={t("Money on them")} description={t("The point type that stands for money")} required data={types.map((one) => ({ value: one.code, label: one.name }))} value={type} error={at("point_type")} onChange={(next) => { once.current = ""; setType(next); }} />
      <NumberInput label={t("How many")} min={1} max={1000} value={count} error={at("count")} onChange={(value) => { once.current = ""; setCount(value === "" ? "" : Number(value)); }} />
      {making.data && (
        <>
          <Alert color="orange" variant="light" title={t("The PINs are shown this once")} />
          <DataTable label={t("New gift cards")} columns={[{ id: "number", header: t("Card number"), cell: (one) => <span className="mono">{one.number}</span> }, { id: "pin", header: "PIN", cell: (one) => <span className="mono">{one.pin}</span> }]} rows={making.data} rowKey={(one) => one.number} />
        </>
      )}
    </FormDrawer>
  );
}
