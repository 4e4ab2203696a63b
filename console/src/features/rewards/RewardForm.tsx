import { Divider, Group, NumberInput, SegmentedControl, Select, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { InstantInput } from "@/components/Amounts";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { together, useDraft } from "@/components/useDraft";
import { ifMatch, inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { AudienceFields } from "./AudienceFields";
import { KindFields } from "./KindFields";
import { LimitFields } from "./LimitFields";
import { BLANK, bodyOf, KINDS, type Reward, type RewardBody } from "./model";
import { PriceFields } from "./PriceFields";

export type FieldProps = { form: RewardBody; set: (part: Partial<RewardBody>) => void; at: (path: string) => string | undefined };

/** A reward written down; the server says what is wrong with it, field by field. */
export function RewardForm({ reward, etag = null, close }: { reward: Reward | null; etag?: string | null; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const [code, setCode, ofCode] = useDraft(`reward ${reward?.code ?? "new"} code`, reward?.code ?? "");
  const [form, setForm, ofForm] = useDraft<RewardBody>(`reward ${reward?.code ?? "new"}`, reward ? bodyOf(reward) : BLANK);
  const [more, setMore] = useState(reward ? "all" : "most");
  const draft = together(ofCode, ofForm);
  const set = (part: Partial<RewardBody>) => setForm({ ...form, ...part });
  const saving = useChange(() => send<Reward>("PUT", inProgram(program.code, "rewards", code), form, ifMatch(etag)), {
    refresh: [[program.code, "rewards"], [program.code, "reward", code]],
    done: t("Saved."),
    draft,
    then: () => {
      close();
      if (!reward) void navigate({ to: "/$program/rewards/$reward", params: { program: program.code, reward: code } } as never);
    },
  });
  const at = atField(saving.error);
  const setKind = (kind: string | null) => kind && set({ kind: kind as RewardBody["kind"], discount: kind === "discount" && !form.price.rate ? { on: "order", amount: 0 } : null, items: kind === "bundle" ? form.items : [], gift_card: kind === "gift_card" ? form.gift_card : null });
  const fields = { form, set, at };
  return (
    <FormDrawer needs="rewards:write" title={reward ? reward.name : t("New reward")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} disabled={!code || !form.name.trim()}>
      <TextInput label={t("Name")} required value={form.name} error={at("name")} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
      <TextInput label={t("Code")} description={t("Small letters, digits, - and _; it stays as it is")} required disabled={reward !== null} value={code} error={at("code")} onChange={(event) => setCode(event.currentTarget.value)} />
      <Group grow align="flex-start">
        <Select label={t("Kind")} allowDeselect={false} data={KINDS.map((value) => ({ value, label: t(words(value)) }))} value={form.kind} error={at("kind")} onChange={setKind} />
        <TextInput label={t("Category")} value={form.category ?? ""} error={at("category")} onChange={(event) => set({ category: event.currentTarget.value })} />
      </Group>
      <KindFields {...fields} />
      <Divider label={t("Price")} labelPosition="left" />
      <PriceFields {...fields} />
      <SegmentedControl fullWidth aria-label={t("Fields")} value={more} onChange={setMore} data={[{ value: "most", label: t("The most needed") }, { value: "all", label: t("All fields") }]} />
      {more === "all" && <FurtherFields {...fields} />}
    </FormDrawer>
  );
}

function FurtherFields({ form, set, at }: FieldProps) {
  const { t } = useTranslation();
  return (
    <>
      <Divider label={t("Valid")} labelPosition="left" />
      <Group grow align="flex-start">
        <InstantInput label={t("From")} value={form.valid_from} error={at("valid_from")} onChange={(valid_from) => set({ valid_from })} />
        <InstantInput label={t("Until, not included")} value={form.valid_until} error={at("valid_until")} onChange={(valid_until) => set({ valid_until })} />
      </Group>
      <Divider label={t("How many")} labelPosition="left" />
      <Switch label={t("Its pieces are counted")} description={t("Nobody gets one that is not on the shelf")} checked={form.stock ?? false} onChange={(event) => set({ stock: event.currentTarget.checked })} />
      <LimitFields form={form} set={set} at={at} />
      <NumberInput label={t("A reservation lasts, in minutes")} min={1} max={129600} value={(form.hold_s ?? 900) / 60} error={at("hold_s")} onChange={(minutes) => set({ hold_s: Math.max(1, Math.round(Number(minutes || 1) * 60)) })} />
      <Divider label={t("For whom")} labelPosition="left" />
      <TagsInput label={t("Stores")} description={t("Everywhere, when nothing is said")} value={form.stores ?? []} error={at("stores") ?? at("stores[0]")} onChange={(stores) => set({ stores })} />
      <AudienceFields form={form} set={set} at={at} />
      <Divider label={t("What members read")} labelPosition="left" />
      <Textarea label={t("Description")} autosize minRows={2} value={form.description ?? ""} error={at("description")} onChange={(event) => set({ description: event.currentTarget.value })} />
      <Textarea label={t("Terms")} autosize minRows={2} value={form.terms ?? ""} error={at("terms")} onChange={(event) => set({ terms: event.currentTarget.value })} />
      <TagsInput label={t("Pictures")} placeholder="https://…" value={form.images ?? []} error={at("images")} onChange={(images) => set({ images })} />
    </>
  );
}
