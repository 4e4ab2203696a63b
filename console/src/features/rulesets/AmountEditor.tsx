import { Box, Checkbox, Group, NumberInput, Select, Text, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { searching } from "@/components/searching";
import type { PointType } from "@/lib/program";
import { lineGroups } from "./ConditionRow";
import { Conditions } from "./Conditions";
import { type ConditionGroup, type Diagnostic, nameOf, type Part, type Rule, useWords } from "./model";

type Amount = Record<string, unknown>;

interface Props {
  kind: "award" | "deduct";
  value: Amount;
  onChange: (value: Amount) => void;
  place: string;
  diagnostics: Diagnostic[];
  types: PointType[];
  rules: Rule[];
  groups: Part[];
}

const KINDS: Record<string, string> = {
  points: "a fixed number", per_amount: "for every amount spent", per_line: "for every line or item", product_points: "the products' own points", multiply: "a multiple of another rule", formula: "by a formula", table: "from a decision table",
};

/** How many points: exactly one of the ways the rule language knows. */
export function AmountEditor({ kind, value, onChange, place, diagnostics, types, rules, groups }: Props) {
  const { t } = useTranslation();
  const way = Object.keys(KINDS).find((one) => one in value) ?? "points";
  const { point_type, rounding, pending } = value;
  const usual = rules.find((rule) => rule.then.some((effect) => effect.award && "per_amount" in effect.award))?.code ?? rules[0]?.code ?? "";
  const fresh: Record<string, unknown> = {
    points: "50", per_amount: { points: "1", per: "1.00", of: "order.amount" }, per_line: { points: "5", per: "unit" }, product_points: true, multiply: { rule: usual, by: "2" }, formula: "floor(order.amount / 10) * 2", table: "",
  };
  const keep = { point_type, ...(rounding ? { rounding } : {}), ...(pending ? { pending } : {}) };
  const set = (next: unknown) => onChange({ ...keep, [way]: next });
  const option = (name: string, next: unknown) => {
    const { [name]: _, ...rest } = value;
    onChange(next ? { ...rest, [name]: next } : rest);
  };
  return (
    <>
      <Text size="sm" fw={550} mt={8}>{kind === "award" ? t("Give") : t("Take")}</Text>
      <Select w={{ base: "100%", sm: 220 }} aria-label={t("How many points")} data={Object.entries(KINDS).map(([code, label]) => ({ value: code, label: t(label) }))} value={way} onChange={(next) => next && next !== way && onChange({ ...keep, [next]: fresh[next] })} />
      <Way way={way} value={value[way]} set={set} rules={rules} groups={groups} place={`${place}.${way}`} diagnostics={diagnostics} />
      <Select w={150} aria-label={t("Point type")} data={types.filter((one) => !one.archived_at).map((one) => ({ value: one.code, label: one.name }))} value={String(point_type ?? "")} onChange={(next) => onChange({ ...value, point_type: next })} />
      <Group gap="sm" w="100%">
        <Select size="xs" w={170} variant="unstyled" aria-label={t("Rounding")} data={[{ value: "", label: t("rounded down") }, { value: "ceil", label: t("rounded up") }, { value: "half_up", label: t("rounded half up") }, { value: "half_even", label: t("rounded half to even") }]} value={String(rounding ?? "")} onChange={(next) => option("rounding", next)} />
        {kind === "award" && <Group gap={4}><Text size="xs" c="dimmed">{t("usable after")}</Text><NumberInput size="xs" w={110} min={0} aria-label={t("Usable after days")} suffix={` ${t("days")}`} placeholder={t("at once")} value={pending ? Number(String(pending).replace(/\D/g, "")) : ""} onChange={(days) => option("pending", days ? `P${days}D` : null)} /></Group>}
      </Group>
    </>
  );
}

interface WayProps {
  way: string;
  value: unknown;
  set: (value: unknown) => void;
  rules: Rule[];
  groups: Part[];
  place: string;
  diagnostics: Diagnostic[];
}

function Way({ way, value, set, rules, groups, place, diagnostics }: WayProps) {
  const { t } = useTranslation();
  const { groups: fields } = useWords();
  const money = fields.flatMap((group) => group.fields).filter((field) => field.kind === "money" && !field.path.startsWith("line."));
  const inner = (typeof value === "object" && value !== null ? value : {}) as Amount;
  const number = (name: string, label: string, width = 100) => <NumberInput w={width} min={0} aria-label={label} value={Number(inner[name] ?? 0)} onChange={(next) => set({ ...inner, [name]: String(next) })} />;
  switch (way) {
    case "points":
      return <NumberInput w={130} min={0} aria-label={t("Points")} value={Number(value)} onChange={(next) => set(String(next))} thousandSeparator=" " />;
    case "per_amount":
      return (
        <>
          {number("points", t("Points"))}
          <Text size="sm" mt={8}>{t("for every")}</Text>
          {number("per", t("Amount"))}
          <Select w={190} {...searching} aria-label={t("Of what")} data={[...money.map((field) => ({ value: field.path, label: field.label })), { value: "lines", label: t("some lines") }]} value={String(inner.of ?? "order.amount")} onChange={(of) => { const { where: _, ...rest } = inner; set({ ...rest, of }); }} />
          <Checkbox mt={8} label={t("only whole steps")} checked={inner.whole_steps === true} onChange={(event) => { const { whole_steps: _, ...rest } = inner; set(event.currentTarget.checked ? { ...rest, whole_steps: true } : rest); }} />
          {inner.of === "lines" && <LineFilter value={inner} set={set} place={place} diagnostics={diagnostics} />}
        </>
      );
    case "per_line":
      return (
        <>
          {number("points", t("Points"))}
          <Select w={150} aria-label={t("For every")} data={[{ value: "line", label: t("for each line") }, { value: "unit", label: t("for each item") }]} value={String(inner.per ?? "line")} onChange={(per) => set({ ...inner, per })} />
          <LineFilter value={inner} set={set} place={place} diagnostics={diagnostics} />
        </>
      );
    case "multiply":
      return (
        <>
          <NumberInput w={110} min={0} step={0.5} prefix="× " aria-label={t("Times")} value={Number(inner.by)} onChange={(by) => set({ ...inner, by: String(by) })} />
          <Select w={240} {...searching} aria-label={t("Of what")} data={[{ group: t("Rules"), items: rules.map((rule) => ({ value: `rule ${rule.code}`, label: nameOf(rule) })) }, { group: t("Groups"), items: groups.map((group) => ({ value: `group ${group.code}`, label: group.name ?? group.code })) }]} value={inner.group ? `group ${String(inner.group)}` : `rule ${String(inner.rule)}`} onChange={(next) => { const [sort = "rule", code] = (next ?? "").split(" "); set({ [sort]: code, by: inner.by }); }} />
        </>
      );
    case "formula":
    case "table":
      return <TextInput flex={1} miw={220} aria-label={t(way === "formula" ? "Formula" : "Decision table")} value={String(value)} onChange={(event) => set(event.currentTarget.value)} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />;
    default:
      return null;
  }
}

function LineFilter({ value, set, place, diagnostics }: { value: Amount; set: (value: unknown) => void; place: string; diagnostics: Diagnostic[] }) {
  const { t } = useTranslation();
  const { groups } = useWords();
  const lines = useMemo(() => lineGroups(groups), [groups]);
  const { where, ...rest } = value;
  return (
    <Box w="100%" className="clause">
      <Text size="xs" c="dimmed" mb={4}>{t("Which lines count")}</Text>
      <Conditions value={where as ConditionGroup | undefined} onChange={(next) => set(next.rules.length ? { ...rest, where: next } : rest)} groups={lines} place={`${place}.where`} diagnostics={diagnostics} label={t("Which lines count")} />
    </Box>
  );
}
