import { ActionIcon, Button, Group, Input, NumberInput, Select, Stack, Switch, TagsInput, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

const KINDS = ["text", "number", "boolean", "list"] as const;
type Kind = (typeof KINDS)[number];

/** An attribute as it is written: its name, its kind, and its value. */
export interface AttributeRow {
  name: string;
  kind: Kind;
  value: string | number | boolean | string[];
}

const EMPTY: Record<Kind, AttributeRow["value"]> = { text: "", number: 0, boolean: true, list: [] };

/** Return attributes as rows to edit, in the order of their names. */
export function rowsOf(attributes: Record<string, unknown>): AttributeRow[] {
  return Object.entries(attributes)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, value]) => {
      if (Array.isArray(value)) return { name, kind: "list", value: value.map(String) };
      if (typeof value === "number" || typeof value === "boolean") return { name, kind: typeof value as Kind, value };
      return { name, kind: "text", value: String(value ?? "") };
    });
}

/** Return rows as the API takes them; a row without a name is none. */
export function attributesOf(rows: AttributeRow[]): Record<string, AttributeRow["value"]> {
  return Object.fromEntries(rows.filter((one) => one.name.trim()).map((one) => [one.name.trim(), one.value]));
}

/** What else rules may ask of a product: names and values of one's own. */
export function AttributeFields({ rows, set, error }: { rows: AttributeRow[]; set: (rows: AttributeRow[]) => void; error?: string }) {
  const { t } = useTranslation();
  const change = (at: number, part: Partial<AttributeRow>) => set(rows.map((one, place) => (place === at ? { ...one, ...part } : one)));
  const labels: Record<Kind, string> = { text: t("Text"), number: t("Number"), boolean: t("Yes or no"), list: t("List") };
  return (
    <Input.Wrapper labelElement="div" label={t("Attributes")} description={t("Whatever else rules are to ask, such as organic or size")} error={error}>
      <Stack gap="xs" mt={6}>
        {rows.map((row, at) => (
          <Group key={at} gap="xs" wrap="nowrap" align="flex-end">
            <TextInput size="xs" style={{ flex: 1 }} aria-label={t("Name of attribute {{n}}", { n: at + 1 })} placeholder={t("Name")} value={row.name} onChange={(event) => change(at, { name: event.currentTarget.value })} />
            <Select size="xs" w={104} aria-label={t("Kind of attribute {{n}}", { n: at + 1 })} data={KINDS.map((value) => ({ value, label: labels[value] }))} value={row.kind} onChange={(kind) => kind && change(at, { kind: kind as Kind, value: EMPTY[kind as Kind] })} />
            <Value row={row} label={t("Value of attribute {{n}}", { n: at + 1 })} change={(value) => change(at, { value })} />
            <ActionIcon size={30} color="red.9" aria-label={t("Remove attribute {{n}}", { n: at + 1 })} onClick={() => set(rows.filter((_, place) => place !== at))}><IconTrash size={15} /></ActionIcon>
          </Group>
        ))}
        <Button size="xs" variant="default" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => set([...rows, { name: "", kind: "text", value: "" }])}>{t("Add an attribute")}</Button>
      </Stack>
    </Input.Wrapper>
  );
}

function Value({ row, label, change }: { row: AttributeRow; label: string; change: (value: AttributeRow["value"]) => void }) {
  const style = { flex: 1 };
  if (row.kind === "list") return <TagsInput size="xs" style={style} aria-label={label} value={row.value as string[]} onChange={change} />;
  if (row.kind === "number") return <NumberInput size="xs" style={style} aria-label={label} value={row.value as number} onChange={(value) => change(Number(value) || 0)} />;
  if (row.kind === "boolean") return <Switch style={{ ...style, alignSelf: "center" }} aria-label={label} checked={row.value as boolean} onChange={(event) => change(event.currentTarget.checked)} />;
  return <TextInput size="xs" style={style} aria-label={label} value={row.value as string} onChange={(event) => change(event.currentTarget.value)} />;
}
