import { Divider, Group, NumberInput, Select, TagsInput, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { InstantInput, MoneyInput } from "@/components/Amounts";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { together, useDraft } from "@/components/useDraft";
import { ifMatch, inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import type { Definition, DefinitionBody, Worth } from "./model";

const BLANK: DefinitionBody = { name: "", worth: { kind: "amount", amount: 500, on: "order" }, uses: 1, stacking: "exclusive", pattern: "########*" };

function bodyOf({ code: _code, archived_at: _archived, ...body }: Definition): DefinitionBody {
  return { ...body, worth: body.worth as unknown as Worth, stacking: body.stacking as DefinitionBody["stacking"] };
}

/** Vouchers of one kind written down; the server says what is wrong, field by field. */
export function VoucherForm({ definition, etag = null, close }: { definition: Definition | null; etag?: string | null; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const [code, setCode, ofCode] = useDraft(`voucher ${definition?.code ?? "new"} code`, definition?.code ?? "");
  const [form, setForm, ofForm] = useDraft<DefinitionBody>(`voucher ${definition?.code ?? "new"}`, definition ? bodyOf(definition) : BLANK);
  const draft = together(ofCode, ofForm);
  const set = (part: Partial<DefinitionBody>) => setForm({ ...form, ...part });
  const saving = useChange(() => send<Definition>("PUT", inProgram(program.code, "voucher-definitions", code), form, ifMatch(etag)), {
    refresh: [[program.code, "voucher-definitions"], [program.code, "voucher-definition", code]],
    done: t("Saved."),
    draft,
    then: () => {
      close();
      if (!definition) void navigate({ to: "/$program/vouchers/$definition", params: { program: program.code, definition: code } } as never);
    },
  });
  const at = atField(saving.error);
  const bound = (label: string, name: "uses" | "per_member" | "uses_total" | "valid_days", min = 1) => <NumberInput label={label} placeholder="∞" min={min} value={form[name] ?? ""} error={at(name)} onChange={(value) => set({ [name]: value === "" ? null : Number(value) })} />;
  return (
    <FormDrawer needs="vouchers:write" title={definition ? definition.name : t("New voucher")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} disabled={!code || !form.name.trim()}>
      <TextInput label={t("Name")} required value={form.name} error={at("name")} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
      <TextInput label={t("Code of this kind")} description={t("Small letters, digits, - and _; it stays as it is")} required disabled={definition !== null} value={code} error={at("code")} onChange={(event) => setCode(event.currentTarget.value)} />
      <Divider label={t("What it takes off")} labelPosition="left" />
      <WorthFields worth={form.worth} change={(part) => set({ worth: { ...form.worth, ...part } })} at={at} />
      <MoneyInput label={t("From a basket of")} value={form.minimum ?? 0} error={at("minimum")} onChange={(minimum) => set({ minimum: minimum ?? 0 })} />
      <Divider label={t("When and how often")} labelPosition="left" />
      <Group grow align="flex-start">
        <InstantInput label={t("From")} value={form.valid_from} error={at("valid_from")} onChange={(valid_from) => set({ valid_from })} />
        <InstantInput label={t("Until, not included")} value={form.valid_until} error={at("valid_until")} onChange={(valid_until) => set({ valid_until })} />
      </Group>
      <Group grow align="flex-start">{bound(t("Days behind its issue"), "valid_days", 0)}{bound(t("Uses of a code"), "uses")}</Group>
      <Group grow align="flex-start">{bound(t("Uses by a member"), "per_member")}{bound(t("Uses of all together"), "uses_total")}</Group>
      <Divider label={t("Beside others")} labelPosition="left" />
      <Group grow align="flex-start">
        <Select label={t("Together with others")} allowDeselect={false} data={[{ value: "exclusive", label: t("alone") }, { value: "stackable", label: t("yes") }]} value={form.stacking ?? "exclusive"} error={at("stacking")} onChange={(stacking) => stacking && set({ stacking: stacking as "exclusive" })} />
        <NumberInput label={t("Order of use")} min={0} value={form.priority ?? 100} error={at("priority")} onChange={(priority) => set({ priority: Number(priority) || 0 })} />
      </Group>
      <TextInput label={t("Group")} description={t("Of one group only one is used")} value={form.group ?? ""} error={at("group")} onChange={(event) => set({ group: event.currentTarget.value })} />
      <Divider label={t("Codes")} labelPosition="left" />
      <Group grow align="flex-start">
        <TextInput label={t("Pattern")} description={t("# a random letter, * a check letter; empty for imported codes")} value={form.pattern ?? ""} error={at("pattern")} onChange={(event) => set({ pattern: event.currentTarget.value || null })} />
        <NumberInput label={t("Codes at most")} description={t("The server asks for as many random letters as it takes")} min={1} value={form.codes_max ?? 1_000_000} error={at("codes_max")} onChange={(codes_max) => set({ codes_max: Number(codes_max) || 1 })} />
      </Group>
      <TextInput label={t("Audience")} description={t("The list of members it is for; everybody, when nothing is said")} value={form.audience ?? ""} error={at("audience")} onChange={(event) => set({ audience: event.currentTarget.value || null })} />
    </FormDrawer>
  );
}

function WorthFields({ worth, change, at }: { worth: Worth; change: (part: Partial<Worth>) => void; at: (path: string) => string | undefined }) {
  const { t } = useTranslation();
  const off = worth.kind === "amount" || worth.kind === "percentage";
  const on = worth.on ?? "order";
  const setKind = (kind: string | null) => kind && change({ kind: kind as Worth["kind"], amount: kind === "amount" ? 500 : null, percentage: kind === "percentage" ? "10" : null, item: null, at_most: null, on: "order", categories: [], products: [] });
  return (
    <>
      <Group grow align="flex-start">
        <Select label={t("Kind")} allowDeselect={false} data={["amount", "percentage", "free_item", "free_shipping"].map((value) => ({ value, label: t(words(value)) }))} value={worth.kind} error={at("worth.kind") ?? at("worth")} onChange={setKind} />
        {worth.kind === "amount" && <MoneyInput label={t("Amount")} value={worth.amount} error={at("worth.amount")} onChange={(amount) => change({ amount })} />}
        {worth.kind === "percentage" && <NumberInput label={t("Percent")} min={0} max={100} decimalScale={2} value={Number(worth.percentage ?? 0)} error={at("worth.percentage")} onChange={(value) => change({ percentage: String(value) })} />}
        {worth.kind === "free_item" && <TextInput label="SKU" value={worth.item ?? ""} error={at("worth.item")} onChange={(event) => change({ item: event.currentTarget.value || null })} />}
      </Group>
      {off && (
        <Group grow align="flex-start">
          <Select label={t("Off")} allowDeselect={false} data={[{ value: "order", label: t("the order") }, { value: "line", label: t("the dearest line") }, { value: "category", label: t("categories") }, { value: "product", label: t("products") }]} value={on} error={at("worth.on")} onChange={(next) => next && change({ on: next as Worth["on"], categories: [], products: [] })} />
          {worth.kind === "percentage" && <MoneyInput label={t("At most")} value={worth.at_most} error={at("worth.at_most")} onChange={(at_most) => change({ at_most })} />}
        </Group>
      )}
      {off && on === "category" && <TagsInput label={t("Categories")} value={worth.categories ?? []} error={at("worth.categories")} onChange={(categories) => change({ categories })} />}
      {off && on === "product" && <TagsInput label="SKU" value={worth.products ?? []} error={at("worth.products")} onChange={(products) => change({ products })} />}
    </>
  );
}
