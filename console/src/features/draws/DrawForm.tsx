import { ActionIcon, Button, Divider, Group, NumberInput, Select, Stack, Switch, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type * as Api from "@/api/types.gen";
import { ScaledInput } from "@/components/Amounts";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { together, useDraft } from "@/components/useDraft";
import { inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { usePointTypes, useProgram } from "@/lib/program";
import type { Draw } from "./Draws";

type Body = Api.PutDrawData["body"];

function bodyOf({ code: _code, status: _status, commitment: _c, entries_digest: _e, public_value: _p, seed: _s, opened_at: _o, closed_at: _cl, revealed_at: _r, ...body }: Draw): Body {
  return body;
}

/** A draw written down with its prizes. */
export function DrawForm({ draw, close }: { draw: Draw | null; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes().filter((one) => !one.archived_at);
  const [code, setCode, ofCode] = useDraft(`draw ${draw?.code ?? "new"} code`, draw?.code ?? "");
  const [form, setForm, ofForm] = useDraft<Body>(`draw ${draw?.code ?? "new"}`, draw ? bodyOf(draw) : { name: "", kind: "draw", prizes: [{ code: "first", name: "", quantity: 1 }] });
  const draft = together(ofCode, ofForm);
  const set = (part: Partial<Body>) => setForm({ ...form, ...part });
  const saving = useChange(() => send("PUT", inProgram(program.code, "draws", code), form), { refresh: [[program.code, "draws"]], done: t("Saved."), draft, then: close });
  const at = atField(saving.error);
  const change = (place: number, part: Partial<Body["prizes"][number]>) => set({ prizes: form.prizes.map((one, index) => (index === place ? { ...one, ...part } : one)) });
  const named = types.map((one) => ({ value: one.code, label: one.name }));
  const scaleOf = (type: string | null | undefined) => types.find((one) => one.code === type)?.scale ?? 0;
  return (
    <FormDrawer needs="draws:write" title={draw ? draw.name : t("New draw")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} disabled={!code || !form.name.trim() || form.prizes.length === 0}>
      <TextInput label={t("Name")} required value={form.name} error={at("name")} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
      <TextInput label={t("Code")} required disabled={draw !== null} value={code} error={at("code")} onChange={(event) => setCode(event.currentTarget.value)} />
      <Select label={t("Kind")} allowDeselect={false} data={[{ value: "draw", label: t("Draw of tickets") }, { value: "instant", label: t("Instant win") }]} value={form.kind ?? "draw"} error={at("kind")} onChange={(kind) => kind && set({ kind: kind as "draw" })} />
      {form.kind === "instant" && <NumberInput label={t("Places")} description={t("How many plays there are; winners stand at secret ones")} min={0} value={form.places ?? 0} error={at("places")} onChange={(places) => set({ places: Number(places) || 0 })} />}
      <Group grow align="flex-start">
        <Select label={t("Paid in")} clearable placeholder={t("nothing")} data={named} value={form.point_type ?? null} error={at("point_type")} onChange={(point_type) => set({ point_type, ...(point_type ? {} : { ticket_points: null }) })} />
        <ScaledInput label={t("Points a ticket")} scale={scaleOf(form.point_type)} value={form.ticket_points} error={at("ticket_points")} onChange={(ticket_points) => set({ ticket_points })} />
      </Group>
      <NumberInput label={t("Tickets a member")} placeholder="∞" min={1} value={form.per_member ?? ""} error={at("per_member")} onChange={(value) => set({ per_member: value === "" ? null : Number(value) })} />
      <Switch label={t("A member wins once at most")} checked={form.once_per_member ?? true} onChange={(event) => set({ once_per_member: event.currentTarget.checked })} />
      <TextInput label={t("Announced public value")} description={t("Such as the closing price of an index on a day to come; nobody knows it before")} value={form.public_value_says ?? ""} error={at("public_value_says")} onChange={(event) => set({ public_value_says: event.currentTarget.value })} />
      <Divider label={t("Prizes")} labelPosition="left" />
      {form.prizes.map((prize, place) => (
        <Stack key={place} gap="xs" p="sm" style={{ border: "1px solid var(--regulars-line)", borderRadius: 8 }}>
          <Group wrap="nowrap" gap="xs" align="flex-end">
            <TextInput w={110} label={t("Code")} value={prize.code} error={at(`prizes[${place}].code`)} onChange={(event) => change(place, { code: event.currentTarget.value })} />
            <TextInput flex={1} label={t("Prize")} value={prize.name} error={at(`prizes[${place}].name`)} onChange={(event) => change(place, { name: event.currentTarget.value })} />
            <NumberInput w={80} label={t("How many")} min={1} value={prize.quantity} error={at(`prizes[${place}].quantity`)} onChange={(quantity) => change(place, { quantity: Number(quantity) || 1 })} />
            <ActionIcon size="lg" aria-label={t("Remove")} onClick={() => set({ prizes: form.prizes.filter((_, index) => index !== place) })}><IconX size={16} /></ActionIcon>
          </Group>
          <Group grow align="flex-start">
            <TextInput label={t("Voucher")} placeholder={t("none")} value={prize.voucher ?? ""} error={at(`prizes[${place}].voucher`) ?? at(`prizes[${place}]`)} onChange={(event) => change(place, { voucher: event.currentTarget.value || null })} />
            <ScaledInput label={t("Points")} scale={scaleOf(prize.point_type)} value={prize.points} error={at(`prizes[${place}].points`)} onChange={(points) => change(place, { points })} />
            <Select label={t("Point type")} clearable data={named} value={prize.point_type ?? null} error={at(`prizes[${place}].point_type`)} onChange={(point_type) => change(place, { point_type })} />
          </Group>
        </Stack>
      ))}
      <Button variant="default" size="xs" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => set({ prizes: [...form.prizes, { code: `prize-${form.prizes.length + 1}`, name: "", quantity: 1 }] })}>{t("Add a prize")}</Button>
    </FormDrawer>
  );
}
