import { ActionIcon, Button, Group, NumberInput, SegmentedControl, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { MoneyInput } from "@/components/Amounts";
import { get, inProgram, type PageOf } from "@/lib/api";
import { useProgram } from "@/lib/program";
import type { FieldProps } from "./RewardForm";

/** What a reward of this kind has to say beside its price. */
export function KindFields(props: FieldProps) {
  const { form, set, at } = props;
  const { t } = useTranslation();
  switch (form.kind) {
    case "discount":
      return <DiscountFields {...props} />;
    case "free_item":
      return <TextInput label="SKU" required value={form.sku ?? ""} error={at("sku")} onChange={(event) => set({ sku: event.currentTarget.value || null })} />;
    case "voucher":
      return <Named place="voucher-definitions" label={t("Voucher that is issued")} value={form.voucher} error={at("voucher")} choose={(voucher) => set({ voucher })} />;
    case "gift_card":
      return (
        <>
          <Group grow align="flex-start">
            <Named place="point-types" label={t("Points that are the money on it")} value={form.gift_card} error={at("gift_card")} choose={(gift_card) => set({ gift_card, voucher: null })} />
            <MoneyInput label={t("Value")} value={form.value} error={at("value")} onChange={(value) => set({ value })} />
          </Group>
          {!form.gift_card && <Named place="voucher-definitions" label={t("Codes of somebody else's cards instead")} value={form.voucher} error={at("voucher")} choose={(voucher) => set({ voucher })} />}
        </>
      );
    case "draw_tickets":
      return (
        <Group grow align="flex-start">
          <Named place="draws" label={t("Draw")} value={form.draw} error={at("draw")} choose={(draw) => set({ draw })} />
          <NumberInput label={t("Tickets")} min={1} value={form.tickets ?? 1} error={at("tickets")} onChange={(tickets) => set({ tickets: Number(tickets) || 1 })} />
        </Group>
      );
    case "content":
      return <Textarea label={t("What is unlocked")} autosize minRows={2} value={form.content ?? ""} error={at("content")} onChange={(event) => set({ content: event.currentTarget.value || null })} />;
    case "partner":
      return <Named place="partners" label={t("Partner")} value={form.partner} error={at("partner")} choose={(partner) => set({ partner })} />;
    case "bundle":
      return <BundleFields {...props} />;
    default:
      return null;
  }
}

function Named({ place, label, value, error, choose }: { place: string; label: string; value: string | null | undefined; error?: string; choose: (code: string | null) => void }) {
  const program = useProgram();
  const found = useQuery({ queryKey: [program.code, place, "names"], queryFn: () => get<PageOf<{ code: string; name: string }> | { code: string; name: string }[]>(inProgram(program.code, place), { limit: 100 }) });
  const rows = Array.isArray(found.data) ? found.data : (found.data?.data ?? []);
  const known = rows.map((one) => ({ value: one.code, label: one.name || one.code }));
  if (value && !known.some((one) => one.value === value)) known.push({ value, label: value });
  return <Select label={label} searchable data={known} value={value ?? null} error={error} onChange={choose} />;
}

function DiscountFields({ form, set, at }: FieldProps) {
  const { t } = useTranslation();
  if (form.price.rate) return null;
  const discount = form.discount ?? { on: "order" as const };
  const change = (part: Partial<typeof discount>) => set({ discount: { ...discount, ...part } });
  const percent = discount.percent != null;
  return (
    <>
      <Group grow align="flex-start">
        <Select label={t("Taken off")} allowDeselect={false} data={[{ value: "order", label: t("the order") }, { value: "line", label: t("lines of a product") }, { value: "category", label: t("a category") }]} value={discount.on ?? "order"} onChange={(on) => on && change({ on: on as "order" })} />
        <Stack gap={4}>
          <SegmentedControl fullWidth size="xs" mt={22} aria-label={t("Taken off")} value={percent ? "percent" : "amount"} onChange={(how) => change(how === "percent" ? { percent: "10", amount: null } : { percent: null, amount: 100 })} data={[{ value: "amount", label: t("Amount") }, { value: "percent", label: "%" }]} />
        </Stack>
      </Group>
      <Group grow align="flex-start">
        {percent ? <NumberInput label={t("Percent")} min={0} max={100} decimalScale={2} value={Number(discount.percent)} error={at("discount.percent") ?? at("discount")} onChange={(value) => change({ percent: String(value) })} /> : <MoneyInput label={t("Amount")} value={discount.amount} error={at("discount.amount") ?? at("discount")} onChange={(amount) => change({ amount })} />}
        <MoneyInput label={t("From a basket of")} value={discount.minimum ?? 0} error={at("discount.minimum")} onChange={(minimum) => change({ minimum: minimum ?? 0 })} />
      </Group>
      {discount.on !== "order" && <TextInput label={discount.on === "line" ? "SKU" : t("Category")} value={discount.match ?? ""} error={at("discount.match")} onChange={(event) => change({ match: event.currentTarget.value })} />}
      {percent && <MoneyInput label={t("At most")} value={discount.most} error={at("discount.most")} onChange={(most) => change({ most })} />}
    </>
  );
}

function BundleFields({ form, set, at }: FieldProps) {
  const { t } = useTranslation();
  const items = form.items ?? [];
  const change = (place: number, part: Partial<(typeof items)[number]>) => set({ items: items.map((one, index) => (index === place ? { ...one, ...part } : one)) });
  return (
    <Stack gap="xs">
      {items.map((item, place) => (
        <Group key={place} align="flex-end" wrap="nowrap" gap="xs">
          <div style={{ flex: 1 }}><Named place="rewards" label={t("Reward")} value={item.reward} error={at(`items[${place}].reward`)} choose={(reward) => change(place, { reward: reward ?? "" })} /></div>
          <NumberInput w={90} label={t("Pieces")} min={1} value={item.quantity ?? 1} error={at(`items[${place}].quantity`)} onChange={(quantity) => change(place, { quantity: Number(quantity) || 1 })} />
          <ActionIcon size="lg" aria-label={t("Remove")} onClick={() => set({ items: items.filter((_, index) => index !== place) })}><IconX size={16} /></ActionIcon>
        </Group>
      ))}
      <Button variant="default" size="xs" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => set({ items: [...items, { reward: "", quantity: 1 }] })}>{t("Add a reward")}</Button>
    </Stack>
  );
}
