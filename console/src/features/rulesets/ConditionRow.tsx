import { Box, Group, NumberInput, Select, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { searching } from "@/components/searching";
import { useProgramCode } from "@/lib/program";
import { BehaviourRow } from "./BehaviourRow";
import { Conditions, type FieldGroup } from "./Conditions";
import { type Condition, type ConditionGroup, type Diagnostic, type Field, NUMBER_OPERATORS, OPERATORS, partsQuery, useWords } from "./model";
import { ValueEditor } from "./ValueEditor";

interface Props {
  condition: Condition;
  onChange: (condition: Condition) => void;
  groups: FieldGroup[];
  place: string;
  diagnostics: Diagnostic[];
}

/** One condition: what is looked at, how it is compared, with what. */
export function ConditionRow(props: Props) {
  const { condition } = props;
  return (
    <Group gap={6} align="flex-start">
      <FieldPicker {...props} />
      {condition.field === "order.lines" ? <LinesRow {...props} /> : condition.field === "behaviour" ? <BehaviourRow {...props} /> : condition.field === "formula" ? <FormulaRow {...props} /> : <PlainRow {...props} />}
    </Group>
  );
}

/** What a fresh condition on a field looks like. */
export function freshCondition(path: string, field: Field | undefined): Condition {
  if (path === "order.lines") return { field: path, match: { mode: "some" }, value: { combinator: "and", rules: [] } };
  if (path === "behaviour") return { field: path, measure: { event: "Order Completed", aggregate: "count", window: { last_days: 30 } }, operator: ">=", value: 1 };
  if (path === "formula") return { field: path, formula: "", operator: "=", value: true };
  const numeric = field?.kind === "money" || field?.kind === "number";
  return { field: path, operator: numeric ? ">=" : field?.kind === "list_of_text" ? "contains" : "=", value: field?.kind === "boolean" ? true : "" };
}

function FieldPicker({ condition, onChange, groups }: Props) {
  const { t } = useTranslation();
  const data = useMemo(
    () => groups.map((group) => ({ group: t(group.label), items: group.fields.map((field) => ({ value: field.path, label: named(t, field.label) })) })),
    [groups, t],
  );
  const known = groups.some((group) => group.fields.some((field) => field.path === condition.field));
  const items = known || !condition.field ? data : [...data, { group: t("Custom"), items: [{ value: condition.field, label: condition.field }] }];
  return (
    <Select
      w={{ base: "100%", sm: 210 }} size="sm" {...searching} aria-label={t("Field")} data={items} value={condition.field} maxDropdownHeight={340} nothingFoundMessage={t("No such field")}
      onChange={(path) => path && path !== condition.field && onChange(freshCondition(path, groups.flatMap((group) => group.fields).find((field) => field.path === path)))}
    />
  );
}

/** A field in the person's language; what stands in brackets is the name of a tier set or kind of points, as it is. */
function named(t: (key: string) => string, label: string): string {
  const [, field = label, of] = /^(.*) \((.*)\)$/.exec(label) ?? [];
  return sentenceCase(of === undefined ? t(field) : `${t(field)} (${of})`);
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function OperatorPicker({ operators, value, onChange }: { operators: string[]; value: string; onChange: (operator: string) => void }) {
  const { t } = useTranslation();
  return <Select w={150} size="sm" aria-label={t("Comparison")} data={operators.map((one) => ({ value: one, label: t(OPERATORS[one] ?? one) }))} value={value} onChange={(one) => one && onChange(one)} />;
}

function PlainRow({ condition, onChange, groups }: Props) {
  const { t } = useTranslation();
  const code = useProgramCode();
  const collections = (useQuery(partsQuery(code)).data ?? []).filter((part) => part.kind === "collection");
  const fields = groups.flatMap((group) => group.fields);
  const field = fields.find((one) => one.path === condition.field) ?? { path: condition.field, label: condition.field, kind: "text", operators: Object.keys(OPERATORS), decimals: 0, options: [] };
  const operator = condition.operator ?? "=";
  const many = operator === "in" || operator === "notIn";
  const source = condition.valueSource === "field" ? "field" : isCollection(condition.value) ? "collection" : "value";
  const comparable = fields.filter((one) => one.kind === field.kind && one.path !== field.path);
  const setOperator = (next: string) => {
    const wantsMany = next === "in" || next === "notIn";
    const wantsTwo = next === "between" || next === "notBetween";
    const value = next === "null" || next === "notNull" ? null : wantsMany ? asList(condition.value) : wantsTwo ? (Array.isArray(condition.value) && condition.value.length === 2 ? condition.value : ["", ""]) : Array.isArray(condition.value) ? (condition.value[0] ?? "") : condition.value === null ? "" : condition.value;
    onChange({ ...condition, operator: next, value });
  };
  const setSource = (next: string | null) => {
    const { valueSource: _, ...rest } = condition;
    if (next === "field") onChange({ ...rest, valueSource: "field", value: comparable[0]?.path ?? "" });
    else if (next === "collection") onChange({ ...rest, value: { collection: collections[0]?.code ?? "" } });
    else onChange({ ...rest, value: many ? [] : "" });
  };
  const silent = operator === "null" || operator === "notNull";
  const sources = [{ value: "value", label: t("a value") }, ...(comparable.length && !many ? [{ value: "field", label: t("another field") }] : []), ...(many && collections.length ? [{ value: "collection", label: t("a collection") }] : [])];
  return (
    <>
      <OperatorPicker operators={field.operators} value={operator} onChange={setOperator} />
      {!silent && source === "value" && <ValueEditor field={field} operator={operator} value={condition.value} onChange={(value) => onChange({ ...condition, value })} />}
      {!silent && source === "field" && <Select w={190} size="sm" {...searching} aria-label={t("The other field")} data={comparable.map((one) => ({ value: one.path, label: named(t, one.label) }))} value={String(condition.value)} onChange={(value) => onChange({ ...condition, value })} />}
      {!silent && source === "collection" && <Select w={190} size="sm" aria-label={t("Collection")} data={collections.map((one) => ({ value: one.code, label: one.name ?? one.code }))} value={(condition.value as { collection: string }).collection} onChange={(collection) => onChange({ ...condition, value: { collection } })} />}
      {!silent && sources.length > 1 && <Select w={130} size="sm" variant="unstyled" aria-label={t("Compared with")} data={sources} value={source} onChange={setSource} c="dimmed" />}
    </>
  );
}

function isCollection(value: unknown): boolean {
  return typeof value === "object" && value !== null && "collection" in value;
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === "" || value === null || value === undefined || isCollection(value) ? [] : [value];
}

const MODES = ["some", "all", "none", "atLeast", "atMost", "exactly"] as const;
const MODE_NAMES: Record<string, string> = { some: "has a line where", all: "has only lines where", none: "has no line where", atLeast: "has at least … lines where", atMost: "has at most … lines where", exactly: "has exactly … lines where", sum: "sum over lines of", count: "number of lines where", min: "smallest over lines of", max: "largest over lines of" };

function LinesRow({ condition, onChange, groups, place, diagnostics }: Props) {
  const { t } = useTranslation();
  const words = useWords();
  const lines = useMemo(() => lineGroups(words.groups), [words.groups]);
  const mode = condition.aggregate?.fn ?? condition.match?.mode ?? "some";
  const inner = (condition.aggregate ? condition.aggregate.where : condition.value) as ConditionGroup | undefined;
  const setMode = (next: string) => {
    if (MODES.includes(next as never)) onChange({ field: condition.field, match: { mode: next, ...(["atLeast", "atMost", "exactly"].includes(next) ? { threshold: condition.match?.threshold ?? 2 } : {}) }, value: inner ?? { combinator: "and", rules: [] } });
    else onChange({ field: condition.field, aggregate: { fn: next, ...(next === "count" ? {} : { of: condition.aggregate?.of ?? "amount" }), ...(inner?.rules.length ? { where: inner } : {}) }, operator: condition.operator ?? ">=", value: typeof condition.value === "object" ? 1 : condition.value });
  };
  const setInner = (group: ConditionGroup) => {
    if (!condition.aggregate) return onChange({ ...condition, value: group });
    const { where: _, ...aggregate } = condition.aggregate;
    onChange({ ...condition, aggregate: group.rules.length ? { ...aggregate, where: group } : aggregate });
  };
  const numbers = lines.flatMap((group) => group.fields).filter((field) => field.kind === "money" || field.kind === "number");
  void groups;
  return (
    <>
      <Select w={220} size="sm" aria-label={t("What of the lines")} data={[...MODES, "sum", "count", "min", "max"].map((one) => ({ value: one, label: t(MODE_NAMES[one] ?? one) }))} value={mode} onChange={(next) => next && setMode(next)} />
      {condition.match?.threshold !== undefined && <NumberInput w={80} size="sm" min={0} aria-label={t("How many lines")} value={condition.match.threshold} onChange={(threshold) => onChange({ ...condition, match: { mode, threshold: Number(threshold) } })} />}
      {condition.aggregate && mode !== "count" && <Select w={160} size="sm" aria-label={t("Of what")} data={numbers.map((field) => ({ value: field.path, label: field.label }))} value={condition.aggregate.of ?? null} onChange={(of) => onChange({ ...condition, aggregate: { ...condition.aggregate, fn: mode, of: of ?? "amount" } })} />}
      {condition.aggregate && <NumberComparison condition={condition} onChange={onChange} />}
      <Box w="100%" className="clause" ml={6}>
        <Conditions value={inner} onChange={setInner} groups={lines} place={condition.aggregate ? `${place}.aggregate.where` : `${place}.value`} diagnostics={diagnostics} label={t("Conditions on a line")} />
      </Box>
    </>
  );
}

/** Return the fields of an order line, by the names they have inside a line condition. */
export function lineGroups(groups: FieldGroup[]): FieldGroup[] {
  return groups.filter((group) => group.code === "line").map((group) => ({ ...group, fields: group.fields.map((field) => ({ ...field, path: field.path.replace(/^line\./, "") })) }));
}

/** An operator and a number, for what is made from lines or behaviour. */
export function NumberComparison({ condition, onChange }: { condition: Condition; onChange: (condition: Condition) => void }) {
  const { t } = useTranslation();
  const value = condition.value;
  const pair = Array.isArray(value) ? value : ["", ""];
  const input = (shown: unknown, set: (value: string | number) => void, label: string) => <NumberInput w={110} size="sm" aria-label={label} value={shown as number} onChange={set} thousandSeparator=" " />;
  return (
    <>
      <OperatorPicker operators={NUMBER_OPERATORS} value={condition.operator ?? ">="} onChange={(operator) => onChange({ ...condition, operator, value: operator === "between" ? [0, 0] : Array.isArray(value) ? value[0] : value })} />
      {condition.operator === "between" ? (
        <>{input(pair[0], (low) => onChange({ ...condition, value: [low, pair[1]] }), t("From"))}<Text size="sm">–</Text>{input(pair[1], (high) => onChange({ ...condition, value: [pair[0], high] }), t("To"))}</>
      ) : (
        input(value, (next) => onChange({ ...condition, value: next }), t("Value"))
      )}
    </>
  );
}

function FormulaRow({ condition, onChange }: Props) {
  const { t } = useTranslation();
  const truth = typeof condition.value === "boolean";
  return (
    <>
      <TextInput flex={1} miw={240} size="sm" aria-label={t("Formula")} placeholder="order.discount / order.amount > 0.2" value={condition.formula ?? ""} onChange={(event) => onChange({ ...condition, formula: event.currentTarget.value })} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />
      <Select w={150} size="sm" aria-label={t("Result")} data={[{ value: "true", label: t("is true") }, { value: "false", label: t("is false") }, { value: "number", label: t("compared …") }]} value={truth ? String(condition.value) : "number"} onChange={(next) => onChange({ ...condition, operator: next === "number" ? ">=" : "=", value: next === "number" ? 1 : next === "true" })} />
      {!truth && <NumberComparison condition={condition} onChange={onChange} />}
    </>
  );
}
