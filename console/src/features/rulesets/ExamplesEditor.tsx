import { ActionIcon, Badge, Box, Button, Group, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconPlus, IconTrash, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { usePointTypes } from "@/lib/program";
import { told } from "@/lib/told";
import { type Basket, BasketEditor, basketOf, freshBasket } from "./BasketEditor";
import { type Example, type ExampleResult, useWords } from "./model";

/** Examples that the server runs on every change, and before anything is published. */
export function ExamplesEditor({ value, onChange, results }: { value: Example[]; onChange: (examples: Example[]) => void; results: ExampleResult[] }) {
  const { t } = useTranslation();
  const types = usePointTypes();
  const { tier_sets } = useWords();
  const tiers = Object.entries(tier_sets).flatMap(([set, codes]) => codes.map((tier) => ({ value: `${set} ${tier}`, label: `${tier} (${set})` })));
  const replace = (place: number, next: Example) => onChange(value.map((one, index) => (index === place ? next : one)));
  const add = () => onChange([...value, { name: t("Example {{number}}", { number: value.length + 1 }), event: { type: "Order Completed", order: freshBasket() }, expect: { fired: true } }]);
  return (
    <Stack gap="lg">
      {value.map((example, place) => {
        const result = results[place];
        const tierFact = Object.entries(example.facts ?? {}).find(([path]) => path.startsWith("member.tier."));
        const setFact = (choice: string | null) => {
          const others = Object.fromEntries(Object.entries(example.facts ?? {}).filter(([path]) => !path.startsWith("member.tier.")));
          const [set, tier] = (choice ?? "").split(" ");
          const facts = tier ? { ...others, [`member.tier.${set}`]: tier } : others;
          const { facts: _, ...rest } = example;
          replace(place, Object.keys(facts).length ? { ...rest, facts } : rest);
        };
        return (
          <Box key={place} className="clause">
            <Group justify="space-between" wrap="nowrap" mb={6}>
              <TextInput flex={1} maw={340} size="sm" variant="filled" aria-label={t("Name of the example")} value={example.name} onChange={(event) => replace(place, { ...example, name: event.currentTarget.value })} />
              <Group gap={6} wrap="nowrap">
                {result && <Badge color={result.passed ? "pine" : "red"} leftSection={result.passed ? <IconCheck size={12} /> : <IconX size={12} />}>{result.passed ? t("Holds") : t("Does not hold")}</Badge>}
                <ActionIcon aria-label={t("Remove")} onClick={() => onChange(value.filter((_, index) => index !== place))}><IconTrash size={16} /></ActionIcon>
              </Group>
            </Group>
            <BasketEditor value={basketOf(example.event)} onChange={(order: Basket) => replace(place, { ...example, event: { ...example.event, order } })} />
            <Group gap="sm" mt="sm" align="flex-end">
              <TextInput size="sm" label={t("When")} placeholder="2026-01-07T12:00:00Z" value={String(example.event.occurred_at ?? "")} onChange={(event) => { const { occurred_at: _, ...rest } = example.event; replace(place, { ...example, event: event.currentTarget.value ? { ...rest, occurred_at: event.currentTarget.value } : rest }); }} />
              {tiers.length > 0 && <Select size="sm" w={190} clearable label={t("Tier of the member")} placeholder={t("any")} data={tiers} value={tierFact ? `${tierFact[0].slice(12)} ${String(tierFact[1])}` : null} onChange={setFact} />}
              <Select size="sm" w={170} label={t("Expected")} data={[{ value: "fired", label: t("it fires") }, { value: "not", label: t("it does not fire") }]} value={example.expect.fired === false ? "not" : "fired"} onChange={(next) => replace(place, { ...example, expect: next === "not" ? { fired: false } : { ...example.expect, fired: true } })} />
              {example.expect.fired !== false && types.filter((one) => !one.archived_at).slice(0, 3).map((type) => (
                <NumberInput key={type.code} size="sm" w={130} label={type.name} placeholder={t("any")} value={example.expect.points?.[type.code] === undefined ? "" : Number(example.expect.points[type.code])}
                  onChange={(amount) => { const { [type.code]: _, ...rest } = example.expect.points ?? {}; const points = amount === "" ? rest : { ...rest, [type.code]: String(amount) }; const { points: __, ...expect } = example.expect; replace(place, { ...example, expect: Object.keys(points).length ? { ...expect, points } : expect }); }} />
              ))}
            </Group>
            {result?.problems.map((problem) => <Text key={problem} size="sm" c="var(--mantine-color-error)" mt={6}>{told(problem)}</Text>)}
          </Box>
        );
      })}
      <Button size="compact-sm" variant="light" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={add}>{t("Example")}</Button>
    </Stack>
  );
}
