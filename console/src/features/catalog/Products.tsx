import { Badge, Group, NumberInput, Switch, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus, IconSearch, IconShoppingBag } from "@tabler/icons-react";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProductAnswer } from "@/lib/answers";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { Page, Section } from "@/components/Page";
import { useChange } from "@/components/useChange";
import { usePages } from "@/components/usePages";
import { inProgram, send } from "@/lib/api";
import { money, number } from "@/lib/format";
import { useProgram } from "@/lib/program";

/** What is sold: rules read category, brand, points and attributes of it. */
export default function Products() {
  const { t } = useTranslation();
  const program = useProgram();
  const [text, setText] = useState("");
  const [category, setCategory] = useState("");
  const [begins] = useDebouncedValue(text.trim(), 250);
  const [of] = useDebouncedValue(category.trim(), 250);
  const [editing, setEditing] = useState<ProductAnswer | "new" | null>(null);
  const found = usePages<ProductAnswer>([program.code, "products"], inProgram(program.code, "products"), { begins: begins || undefined, category: of || undefined, limit: 50 });
  return (
    <Page title={t("Products")} about={t("What is sold. Rules may look at its category, brand, points and attributes.")} actions={<Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>{t("New product")}</Button>}>
      <Section pad={false}>
        <Group p="md" gap="sm">
          <TextInput flex={1} miw={180} type="search" leftSection={<IconSearch size={16} />} placeholder={t("SKU begins with …")} aria-label={t("SKU begins with …")} value={text} onChange={(event) => setText(event.currentTarget.value)} />
          <TextInput w={220} placeholder={t("Category")} aria-label={t("Category")} value={category} onChange={(event) => setCategory(event.currentTarget.value)} />
        </Group>
        <DataTable
          label={t("Products")}
          columns={[
            { id: "sku", header: "SKU", value: (one) => one.sku, cell: (one) => <span className="mono">{one.sku}</span> },
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <Text size="sm" fw={550}>{one.name}</Text> },
            { id: "category", header: t("Category"), value: (one) => one.category, cell: (one) => one.category },
            { id: "brand", header: t("Brand"), value: (one) => one.brand, cell: (one) => one.brand },
            { id: "price", header: t("Price"), end: true, value: (one) => one.price ?? 0, cell: (one) => (one.price === null ? "–" : money(one.price, program.currency)) },
            { id: "points", header: t("Points"), end: true, value: (one) => one.points ?? 0, cell: (one) => (one.points === null ? "–" : number(one.points)) },
            { id: "earns", header: t("Earns"), cell: (one) => (one.earns ? t("yes") : <Badge color="gray">{t("earns nothing")}</Badge>) },
          ]}
          rows={found.rows}
          rowKey={(one) => one.sku}
          error={found.error}
          retry={found.retry}
          open={setEditing}
          more={found.more}
          empty={<Empty icon={IconShoppingBag} title={begins || of ? t("No such product") : t("No products yet")}>{t("Products come with the program's file, from your catalogue over the API, or are made here.")}</Empty>}
        />
      </Section>
      {editing && <ProductForm product={editing === "new" ? null : editing} close={() => setEditing(null)} />}
    </Page>
  );
}

function ProductForm({ product, close }: { product: ProductAnswer | null; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const [form, setForm] = useState({ sku: product?.sku ?? "", name: product?.name ?? "", category: product?.category ?? "", brand: product?.brand ?? "", earns: product?.earns ?? true, price: product?.price ?? null, points: product?.points ?? null });
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const path = inProgram(program.code, "products", form.sku);
  const { sku, ...body } = form;
  const refresh = [[program.code, "products"]];
  const saving = useChange(() => send("PUT", path, { ...body, attributes: product?.attributes ?? {} }), { refresh, done: t("Saved."), then: close });
  const archive = useChange(() => send("DELETE", path), { refresh, done: t("The product is archived."), toast: true, then: close });
  return (
    <FormDrawer title={product ? product.name || product.sku : t("New product")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} disabled={!sku}>
      <TextInput label="SKU" required disabled={product !== null} value={sku} onChange={(event) => set({ sku: event.currentTarget.value })} />
      <TextInput label={t("Name")} value={form.name} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
      <Group grow><TextInput label={t("Category")} value={form.category} onChange={(event) => set({ category: event.currentTarget.value })} /><TextInput label={t("Brand")} value={form.brand} onChange={(event) => set({ brand: event.currentTarget.value })} /></Group>
      <Group grow>
        <NumberInput label={t("Price")} min={0} decimalScale={2} value={form.price === null ? "" : form.price / 100} onChange={(price) => set({ price: price === "" ? null : Math.round(Number(price) * 100) })} />
        <NumberInput label={t("Points of its own")} min={0} value={form.points ?? ""} onChange={(points) => set({ points: points === "" ? null : Number(points) })} />
      </Group>
      <Switch label={t("Rules pay for it")} checked={form.earns} onChange={(event) => set({ earns: event.currentTarget.checked })} />
      {product && <Button variant="subtle" c="var(--mantine-color-error)" style={{ alignSelf: "flex-start" }} onClick={async () => (await confirm({ title: t("Archive {{name}}?", { name: product.name || product.sku }), yes: t("Archive"), danger: true })) && archive.mutate(undefined)}>{t("Archive")}</Button>}
    </FormDrawer>
  );
}
