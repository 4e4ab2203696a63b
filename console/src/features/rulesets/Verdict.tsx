import { Box, Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconAlertCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { told } from "@/lib/told";
import type { Examination } from "./model";

/** The sentence of the rule at the foot of a narrow page, where it is seen while the rule is written; the whole is at its end. */
export function Sentence({ found }: { found: Examination }) {
  const { t } = useTranslation();
  const Glyph = found.diagnostics.length ? IconAlertCircle : IconCircleCheck;
  return (
    <Box hiddenFrom="lg" aria-hidden className="surface" px="md" py={10} style={{ position: "sticky", bottom: 8, zIndex: 2, boxShadow: "var(--mantine-shadow-md)" }}>
      <Group gap="xs" wrap="nowrap" align="flex-start"><Glyph size={17} className={found.diagnostics.length ? "bad" : "good"} style={{ flexShrink: 0, marginTop: 2 }} /><Text size="xs" lineClamp={2}>{told(found.diagnostics[0]?.message) ?? (found.sentence || t("It cannot be read yet."))}</Text></Group>
    </Box>
  );
}

/** What the server says of the rule while it is written: its sentence, its mistakes, its examples. */
export function Verdict({ found, checking, error }: { found: Examination; checking: boolean; error: unknown }) {
  const { t } = useTranslation();
  const failed = found.examples.filter((one) => !one.passed).length;
  return (
    <Box style={{ position: "sticky", top: 76 }}>
      <Stack gap="lg">
        <Section title={t("In plain words")} aside={checking && <Loader size={14} />}>
          <Text className="sentence" aria-live="polite" data-testid="sentence" c={found.sentence ? undefined : "dimmed"}>{found.sentence || t("It cannot be read yet.")}</Text>
        </Section>
        <Section title={t("Check")}>
          <Refusal error={error} />
          {found.diagnostics.length === 0 ? (
            <Group gap="xs" wrap="nowrap"><IconCircleCheck size={18} className="good" aria-hidden /><Text size="sm">{t("Nothing is wrong with it.")}</Text></Group>
          ) : (
            <Stack gap="xs">
              {found.diagnostics.map((one) => (
                <Group key={one.path + one.code} gap="xs" wrap="nowrap" align="flex-start">
                  <IconAlertCircle size={18} className="bad" aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
                  <Text size="sm">{told(one.message)} <Text span size="xs" c="dimmed" className="mono">{one.path}</Text></Text>
                </Group>
              ))}
            </Stack>
          )}
          {found.examples.length > 0 && (
            <Group gap="xs" wrap="nowrap" mt="xs">
              {failed ? <IconAlertCircle size={18} className="bad" aria-hidden /> : <IconCircleCheck size={18} className="good" aria-hidden />}
              <Text size="sm">{failed ? t("{{failed}} of {{all}} examples do not hold.", { failed, all: found.examples.length }) : t("All {{all}} examples hold.", { all: found.examples.length })}</Text>
            </Group>
          )}
        </Section>
      </Stack>
    </Box>
  );
}
