import { Badge, Box, Code, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconGauge } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { money, points, signedPoints, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";

export interface Fired {
  rule: string;
  name: string;
  points: Record<string, number>;
  sentence?: string;
}

export interface NotFired {
  rule: string;
  name?: string;
  condition_path: string;
  reason: string;
  distance: string | null;
}

/** A limit, budget or cap that gave less than a rule said; `cut` in the unit of its measure. */
export interface Limited {
  rule: string;
  sentence?: string;
  limit: { measure: string; owner: string; per: string };
  cut: number;
  point_type?: string;
}

/** An evaluation as the API tells it: of an event that came, or of a basket that is only asked about. */
export interface Explained {
  event?: { id: string; type: string; document: unknown };
  ruleset_version: number;
  effects: { type: string; rule?: string; point_type?: string; points?: number; scale?: number; [more: string]: unknown }[];
  rules_fired: Fired[];
  rules_not_fired: NotFired[];
  limited: Limited[];
  reason?: string | null;
  facts?: { fact: string; value: unknown }[];
}

/** What rules said of an event: those that fired with what they gave, and the others with what was missing. */
export function Explanation({ explained }: { explained: Explained }) {
  const { t } = useTranslation();
  const types = usePointTypes();
  const program = useProgram();
  const given = (amounts: Record<string, number>) =>
    Object.entries(amounts).map(([code, amount]) => {
      const type = types.find((one) => one.code === code);
      return `${signedPoints(amount, type?.scale ?? 0)} ${type?.name ?? code}`;
    });
  const nameOf = (rule: string) => [...explained.rules_fired, ...explained.rules_not_fired].find((one) => one.rule === rule)?.name || rule;
  const owner = ({ limit, rule }: Limited) =>
    limit.per.endsWith("campaign") ? t("Budget of the campaign {{code}}", { code: limit.owner }) : limit.owner === rule ? t("Limit of the rule “{{rule}}”", { rule: nameOf(rule) }) : t("Cap of {{type}}", { type: types.find((type) => type.code === limit.owner)?.name ?? limit.owner });
  const cut = (one: Limited) => {
    const type = types.find((known) => known.code === one.point_type);
    if (one.limit.measure === "money") return money(one.cut, program.currency);
    return one.limit.measure === "count" ? t("{{n}} times", { n: one.cut }) : `${points(one.cut, type?.scale ?? 0)} ${type?.name ?? one.point_type ?? ""}`;
  };
  const others = explained.effects.filter((effect) => effect.type !== "points_awarded");
  return (
    <Stack gap="md">
      {explained.reason && <Text size="sm">{explained.reason}</Text>}
      <Box>
        <Text size="xs" fw={600} c="dimmed" mb={6}>{t("Rules that fired")}</Text>
        {explained.rules_fired.length === 0 && <Text size="sm" c="dimmed">{t("None.")}</Text>}
        <Stack gap={8}>
          {explained.rules_fired.map((one) => (
            <Group key={one.rule} wrap="nowrap" gap="sm" align="flex-start">
              <IconCircleCheck size={18} className="good" aria-hidden style={{ flexShrink: 0, marginTop: 1 }} />
              <Box flex={1}><Text size="sm" fw={550}>{one.name || one.rule}</Text>{one.sentence && <Text size="xs" c="dimmed">{one.sentence}</Text>}</Box>
              <Text size="sm" fw={600} className="good numeric">{given(one.points).join(", ")}</Text>
            </Group>
          ))}
        </Stack>
      </Box>
      {others.length > 0 && (
        <Group gap={6}>{others.map((effect, place) => <Badge key={place} color="violet">{t(words(effect.type))}{typeof effect.effect === "string" ? `: ${t(words(effect.effect))}` : ""}{effect.rule ? ` · ${effect.rule}` : ""}</Badge>)}</Group>
      )}
      {explained.rules_not_fired.length > 0 && (
        <Box>
          <Text size="xs" fw={600} c="dimmed" mb={6}>{t("Rules that did not, and why")}</Text>
          <Stack gap={6}>
            {explained.rules_not_fired.map((one) => (
              <Group key={one.rule + one.condition_path} wrap="nowrap" gap="sm" align="flex-start">
                <IconCircleX size={18} aria-hidden style={{ flexShrink: 0, marginTop: 1, color: "var(--mantine-color-dimmed)" }} />
                <Box flex={1}><Text size="sm">{one.name || <Code fz="xs">{one.rule}</Code>}</Text><Text size="xs" c="dimmed">{one.reason}</Text></Box>
              </Group>
            ))}
          </Stack>
        </Box>
      )}
      {explained.limited.length > 0 && (
        <Box>
          <Text size="xs" fw={600} c="dimmed" mb={6}>{t("Limits that were reached")}</Text>
          <Stack gap={6}>
            {explained.limited.map((one, place) => (
              <Group key={place} wrap="nowrap" gap="sm" align="flex-start">
                <IconGauge size={18} aria-hidden style={{ flexShrink: 0, marginTop: 1, color: "var(--mantine-color-dimmed)" }} />
                <Box flex={1}>
                  <Text size="sm">{owner(one)}: {one.sentence}</Text>
                  <Text size="xs" c="dimmed">{t("“{{rule}}” gave {{cut}} less.", { rule: nameOf(one.rule), cut: cut(one) })}</Text>
                </Box>
              </Group>
            ))}
          </Stack>
        </Box>
      )}
      {(explained.facts?.length ?? 0) > 0 && (
        <Box component="details">
          <Text component="summary" size="xs" c="dimmed" style={{ cursor: "pointer" }}>{t("What was known at that moment")}</Text>
          <Stack gap={2} mt={6}>{explained.facts?.map((one) => <Text key={one.fact} size="xs">{one.fact}: <span className="mono">{JSON.stringify(one.value)}</span></Text>)}</Stack>
        </Box>
      )}
    </Stack>
  );
}
