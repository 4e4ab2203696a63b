import { Group, Stack, Switch, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { useChange } from "@/components/useChange";
import { send } from "@/lib/api";
import { day, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import type { Member } from "./model";

const CHANNELS = ["email", "sms", "push", "in_app", "phone", "post"] as const;

/** By which channels this member may be reached, with when and how it was said. */
export function Consent({ member, path, queryKey }: { member: Member; path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const may = useMay("members:write");
  const saving = useChange(({ channel, granted }: { channel: string; granted: boolean }) => send("POST", `${path}/consents`, { consents: [{ channel, granted, source: "console" }] }), { refresh: [queryKey], toast: true });
  return (
    <Section title={t("Consent")}>
      <Stack gap="sm">
        {CHANNELS.map((channel) => {
          const said = member.consent[channel];
          return (
            <Group key={channel} justify="space-between" wrap="nowrap">
              <Switch label={t(words(channel))} checked={said?.granted ?? false} disabled={saving.isPending || !may} onChange={(event) => saving.mutate({ channel, granted: event.currentTarget.checked })} />
              <Text size="xs" c="dimmed">{said ? `${day(said.at, zone)} · ${said.source}` : t("never said")}</Text>
            </Group>
          );
        })}
      </Stack>
    </Section>
  );
}
