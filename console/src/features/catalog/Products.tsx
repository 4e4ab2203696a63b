import { Badge, Button, Group, Switch, Text, TextInput } from "@mantine/core";
import { IconPlus, IconShoppingBag } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ProductAnswer } from "@/lib/answers";
import { MoneyInput, ScaledInput } from "@/components/Amounts";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { May, useMay } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useFilters } from "@/components/useFilters";
import { useOpened } from "@/components/useOpened";
import { usePages } from "@/components/usePages";
import { absent, getTagged, ifMatch, inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { money, points } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { AttributeFields, attributesOf, rowsOf } from "./AttributeFields";

/** How many decimals a product's own points are counted in: those of what is spent. */
function useScale(): number {
  return usePointTypes().find((one) => one.kind === "redeemable" && !one.archived_at)?.scale ?? 0;
}

const NOTHING = { q: "", category: "", archived: "" };

/** What is sold: rules read category, brand, points and attributes of it. */
export default function Products() {
  const { t } = useTranslation();
  const program = useProgram();
  const scale = useScale();
  const { filter, asked: { q, category, archived }, choose, type } = useFilters(NOTHING);
  const [editing, setEditing] = useOpened<ProductAnswer | "new">("product");
  const found = usePages<ProductAnswer>([program.code, "products"], inProgram(program.code, "products"), { q: q || undefined, category: category || undefined, archived: archived ? true : undefined, limit: 50 });
  const add = <May needs="products:write"><Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>{t("New product")}</Button></May>;
  return (
    <Page title={t("Products")} about={t("What is sold. Rules may look at its category, brand, points and attributes.")} actions={add}>
      <Section pad={false}>
        <Group p="md" gap="sm">
          <SearchField label={t("Search products")} placeholder={t("Name, or beginning of the SKU")} text={filter.q} setText={(q) => type({ q })} />
          <TextInput w={200} placeholder={t("Category")} aria-label={t("Category")} value={filter.category} onChange={(event) => type({ category: event.currentTarget.value })} />
          <Switch label={t("Also archived")} checked={archived !== ""} onChange={(event) => choose({ archived: event.currentTarget.checked ? "yes" : "" })} />
        </Group>
        <DataTable
          label={t("Products")}
          columns={[
            { id: "sku", header: "SKU", value: (one) => one.sku, cell: (one) => <span className="mono">{one.sku}</span> },
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <Text size="sm" fw={550} miw={160}>{one.name}</Text> },
            { id: "category", header: t("Category"), value: (one) => one.category, cell: (one) => one.category },
            { id: "brand", header: t("Brand"), value: (one) => one.brand, cell: (one) => one.brand },
            { id: "price", header: t("Price"), end: true, value: (one) => one.price ?? 0, cell: (one) => (one.price === null ? "–" : money(one.price, program.currency)) },
            { id: "points", header: t("Points of its own"), end: true, value: (one) => one.points ?? 0, cell: (one) => (one.points === null ? "–" : points(one.points, scale)) },
            { id: "earns", header: t("Earns"), cell: (one) => (one.archived_at ? <Status value="archived" /> : one.earns ? t("yes") : <Badge color="gray">{t("earns nothing")}</Badge>) },
          ]}
          rows={found.rows}
          rowKey={(one) => one.sku}
          error={found.error}
          retry={found.retry}
          open={setEditing}
          more={found.more}
          empty={<Empty icon={IconShoppingBag} title={q || category ? t("No such product") : t("No products yet")} action={q || category ? undefined : add}>{t("Products come with the program's file, from your catalogue over the API, or are made here.")}</Empty>}
        />
      </Section>
      {editing && <ProductForm key={editing === "new" ? "new" : editing.sku} product={editing === "new" ? null : editing} scale={scale} close={() => setEditing(null)} />}
    </Page>
  );
}

function ProductForm({ product, scale, close }: { product: ProductAnswer | null; scale: number; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const may = useMay("products:write");
  const [form, setForm, draft] = useDraft(`product ${product?.sku ?? "new"}`, { sku: product?.sku ?? "", name: product?.name ?? "", category: product?.category ?? "", brand: product?.brand ?? "", earns: product?.earns ?? true, price: product?.price ?? null, points: product?.points ?? null, attributes: rowsOf(product?.attributes ?? {}) });
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const { sku, attributes, ...body } = form;
  const path = inProgram(program.code, "products", sku.trim());
  const refresh = [[program.code, "products"]];
  // The version that was opened: a change of what somebody else changed meanwhile is refused.
  const opened = useQuery({ queryKey: [program.code, "product", sku, "version"], enabled: product !== null, queryFn: () => getTagged<ProductAnswer>(path), gcTime: 0, staleTime: Infinity });
  const make = async () => {
    if (!product) await absent(path, t("There is a product {{sku}} already: look for it and change it.", { sku: sku.trim() }));
    return send("PUT", path, { ...body, attributes: attributesOf(attributes) }, ifMatch(opened.data?.etag));
  };
  const saving = useChange(make, { refresh, done: t("Saved."), draft, then: close });
  const archive = useChange(() => send("DELETE", path, undefined, ifMatch(opened.data?.etag)), { refresh, done: t("The product is archived."), toast: true, draft, then: close });
  const at = atField(saving.error);
  return (
    <FormDrawer title={product ? product.name || product.sku : t("New product")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} needs="products:write" disabled={!sku.trim() || (product !== null && opened.isPending)} yes={product?.archived_at ? t("Bring it back") : undefined}>
      <TextInput label="SKU" required disabled={product !== null} value={form.sku} error={at("sku")} onChange={(event) => set({ sku: event.currentTarget.value })} data-autofocus={product ? undefined : true} />
      <TextInput label={t("Name")} value={form.name} error={at("name")} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus={product ? true : undefined} />
      <Group grow align="flex-start"><TextInput label={t("Category")} value={form.category} error={at("category")} onChange={(event) => set({ category: event.currentTarget.value })} /><TextInput label={t("Brand")} value={form.brand} error={at("brand")} onChange={(event) => set({ brand: event.currentTarget.value })} /></Group>
      <Group grow align="flex-start">
        <MoneyInput label={t("Price")} value={form.price} error={at("price")} onChange={(price) => set({ price })} />
        <ScaledInput label={t("Points of its own")} scale={scale} value={form.points} error={at("points")} onChange={(value) => set({ points: value })} />
      </Group>
      <Switch label={t("Rules pay for it")} checked={form.earns} onChange={(event) => set({ earns: event.currentTarget.checked })} />
      <AttributeFields rows={attributes} set={(rows) => set({ attributes: rows })} error={at("attributes")} />
      {may && product && !product.archived_at && <Button variant="subtle" c="var(--mantine-color-error)" style={{ alignSelf: "flex-start" }} onClick={async () => (await confirm({ title: t("Archive {{name}}?", { name: product.name || product.sku }), body: t("Rules know it no more; orders that name it stay as they are."), yes: t("Archive"), danger: true })) && archive.mutate(undefined)}>{t("Archive")}</Button>}
    </FormDrawer>
  );
}
