import { Badge, Box, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { words } from "@/lib/format";
import type { Change } from "./model";

const COLORS: Record<string, string> = { create: "pine", archive: "red", remove: "red", change: "blue" };

const WORDS: Record<string, string> = { create: "New", archive: "Archived", remove: "Removed", change: "Changed" };

/** What differs between two versions, object by object, before and after side by side. */
export function Changes({ changes }: { changes: Change[] }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      {changes.map((change) => (
        <Box key={`${change.kind} ${change.code}`} className="surface" p="sm">
          <Group gap="xs" mb={change.fields?.length ? 6 : 0}>
            <Badge color={COLORS[change.action] ?? "gray"}>{t(WORDS[change.action] ?? words(change.action))}</Badge>
            <Text size="sm" fw={550}>{change.code}</Text>
            <Text size="xs" c="dimmed">{t(words(change.kind))}</Text>
          </Group>
          {change.action === "change" && change.fields?.map((field) => (
            <Box key={field.path} mb={4}>
              <Text size="xs" c="dimmed" className="mono">{field.path}</Text>
              <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xs">
                <Side value={field.before} tone="bad" sign="−" />
                <Side value={field.after} tone="good" sign="+" />
              </SimpleGrid>
            </Box>
          ))}
        </Box>
      ))}
    </Stack>
  );
}

function Side({ value, tone, sign }: { value: unknown; tone: string; sign: string }) {
  if (value === undefined || value === null) return <span />;
  return <Text component="pre" m={0} fz="xs" className={`mono ${tone}`} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{sign} {typeof value === "string" ? value : JSON.stringify(value, null, 1)}</Text>;
}
