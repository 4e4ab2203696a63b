import { Autocomplete, Group, NumberInput, Select, TagsInput, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Field } from "./model";

interface Props {
  field: Field;
  operator: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** The editor of a value by the kind of its field; known values are offered, others may be written. */
export function ValueEditor({ field, operator, value, onChange }: Props) {
  const { t } = useTranslation();
  const label = t("Value");
  if (operator === "in" || operator === "notIn") {
    const list = Array.isArray(value) ? value.map(String) : [];
    const numeric = field.kind === "number" || field.kind === "money";
    return <TagsInput miw={220} flex={1} size="sm" aria-label={label} data={field.options} value={list} onChange={(next) => onChange(numeric ? next.map(asNumber) : next)} placeholder={list.length ? "" : t("Add values")} splitChars={[",", ";"]} clearable />;
  }
  if (operator === "between" || operator === "notBetween") {
    const pair = Array.isArray(value) ? value : ["", ""];
    return (
      <Group gap={6} wrap="nowrap">
        <One field={field} value={pair[0]} onChange={(low) => onChange([low, pair[1]])} label={t("From")} />
        <Text size="sm">–</Text>
        <One field={field} value={pair[1]} onChange={(high) => onChange([pair[0], high])} label={t("To")} />
      </Group>
    );
  }
  return <One field={field} value={value} onChange={onChange} label={label} />;
}

function asNumber(text: string): number | string {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : text;
}

function One({ field, value, onChange, label }: { field: Field; value: unknown; onChange: (value: unknown) => void; label: string }) {
  const { t } = useTranslation();
  if (field.path === "weekday") {
    return <Select w={150} size="sm" aria-label={label} data={DAYS.map((name, index) => ({ value: String(index + 1), label: t(name) }))} value={value ? String(value) : null} onChange={(next) => onChange(Number(next))} />;
  }
  switch (field.kind) {
    case "boolean":
      return <Select w={110} size="sm" aria-label={label} data={[{ value: "true", label: t("yes") }, { value: "false", label: t("no") }]} value={String(value)} onChange={(next) => onChange(next === "true")} />;
    case "money":
    case "number":
      return <NumberInput w={130} size="sm" aria-label={label} value={value as number} onChange={onChange} decimalScale={field.kind === "money" ? field.decimals || 2 : undefined} thousandSeparator=" " />;
    case "date":
    case "time":
      return <TextInput w={150} size="sm" type={field.kind} aria-label={label} value={String(value ?? "")} onChange={(event) => onChange(event.currentTarget.value)} />;
    case "instant":
      return <TextInput w={230} size="sm" aria-label={label} placeholder="2026-01-31T09:00:00Z" value={String(value ?? "")} onChange={(event) => onChange(event.currentTarget.value)} />;
    default:
      return <Autocomplete miw={180} flex={1} maw={320} size="sm" aria-label={label} data={field.options} value={String(value ?? "")} onChange={onChange} />;
  }
}
