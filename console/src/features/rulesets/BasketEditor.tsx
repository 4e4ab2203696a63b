import { ActionIcon, Autocomplete, Button, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProductAnswer } from "@/lib/answers";
import { get, inProgram, type PageOf } from "@/lib/api";
import { money } from "@/lib/format";
import { useProgram } from "@/lib/program";

export interface Line {
  sku: string;
  name?: string;
  category?: string;
  quantity?: number;
  price: string;
  [more: string]: unknown;
}

export interface Basket {
  order_id: string;
  lines?: Line[];
  [more: string]: unknown;
}

export function freshBasket(): Basket {
  return { order_id: `try-${Math.random().toString(36).slice(2, 8)}`, lines: [{ sku: "A", quantity: 1, price: "25.00" }] };
}

/** Return the basket of an event, an empty one where it has none. */
export function basketOf(event: Record<string, unknown>): Basket {
  const order = event.order;
  return typeof order === "object" && order !== null && "order_id" in order ? (order as Basket) : { order_id: "1", lines: [] };
}

/** The lines of a basket: products are found by their sku, with category and price as the catalogue has them. */
export function BasketEditor({ value, onChange }: { value: Basket; onChange: (basket: Basket) => void }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const lines = value.lines ?? [];
  const set = (place: number, next: Partial<Line>) => onChange({ ...value, lines: lines.map((line, index) => (index === place ? { ...line, ...next } : line)) });
  const total = lines.reduce((sum, line) => sum + Math.round(Number(line.price) * 100) * (line.quantity ?? 1), 0);
  return (
    <Stack gap={6}>
      {lines.map((line, place) => (
        <Group key={place} gap={6} wrap="nowrap">
          <NumberInput w={70} size="sm" min={1} aria-label={t("Quantity")} value={line.quantity ?? 1} onChange={(quantity) => set(place, { quantity: Number(quantity) })} />
          <SkuInput value={line.sku} onChange={(next) => set(place, next)} />
          <TextInput flex={1} miw={80} size="sm" visibleFrom="sm" aria-label={t("Category")} placeholder={t("Category")} value={line.category ?? ""} onChange={(event) => { const { category: _, ...rest } = line; onChange({ ...value, lines: lines.map((one, index) => (index === place ? (event.currentTarget.value ? { ...rest, category: event.currentTarget.value } : rest) : one)) }); }} />
          <NumberInput w={110} size="sm" min={0} decimalScale={2} fixedDecimalScale aria-label={t("Price of one")} value={Number(line.price)} onChange={(price) => set(place, { price: Number(price).toFixed(2) })} />
          <ActionIcon aria-label={t("Remove")} onClick={() => onChange({ ...value, lines: lines.filter((_, index) => index !== place) })}><IconTrash size={16} /></ActionIcon>
        </Group>
      ))}
      <Group justify="space-between">
        <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => onChange({ ...value, lines: [...lines, { sku: "A", quantity: 1, price: "10.00" }] })}>{t("Line")}</Button>
        <Text size="sm" c="dimmed" className="numeric">{t("Total {{money}}", { money: money(total, currency) })}</Text>
      </Group>
    </Stack>
  );
}

function SkuInput({ value, onChange }: { value: string; onChange: (next: Partial<Line>) => void }) {
  const program = useProgram();
  const [typed] = useDebouncedValue(value, 200);
  const [focused, setFocused] = useState(false);
  const products = useQuery({
    queryKey: [program.code, "products", "begins", typed],
    enabled: focused && typed.length > 1,
    queryFn: async ({ signal }) => (await get<PageOf<ProductAnswer>>(inProgram(program.code, "products"), { begins: typed, limit: 8 }, signal)).data,
  });
  const choose = (sku: string) => {
    const product = products.data?.find((one) => one.sku === sku);
    onChange(product ? { sku, name: product.name, category: product.category || undefined, ...(product.price ? { price: (product.price / 100).toFixed(2) } : {}) } : { sku });
  };
  return <Autocomplete w={150} size="sm" aria-label="SKU" placeholder="SKU" value={value} onChange={choose} data={(products.data ?? []).map((one) => one.sku)} onFocus={() => setFocused(true)} filter={({ options }) => options} />;
}
