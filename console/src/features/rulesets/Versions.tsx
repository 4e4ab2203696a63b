import { Button, Grid, Group, Radio, Select, Skeleton, Stack, Text } from "@mantine/core";
import { IconHistory, IconRotate2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { waits } from "@/features/approval/model";
import { WaitingVersions } from "@/features/approval/Waiting";
import { useConfirm } from "@/components/confirm";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { get, inProgram, send } from "@/lib/api";
import { moment } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { Changes } from "./Changes";
import { type Change, type Version, versionsQuery } from "./model";

const DRAFT = "draft";

/** Published versions: who, when, why; any two side by side; an earlier one put in force again. */
export default function Versions() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const versions = useQuery(versionsQuery(program.code));
  const rows = versions.data ?? [];
  const [chosen, setChosen] = useState<{ before?: string; after?: string }>({});
  const before = chosen.before ?? String(rows[0]?.version ?? 0);
  const after = chosen.after ?? DRAFT;
  const diff = useQuery({
    queryKey: [program.code, "rulesets", "diff", before, after],
    enabled: versions.data !== undefined,
    queryFn: async () => (await get<{ changes: Change[] }>(inProgram(program.code, "rulesets", "diff"), { before, ...(after === DRAFT ? {} : { after }) })).changes,
  });
  const back = useChange((version: number) => send("POST", inProgram(program.code, "rulesets", String(version), "roll-back"), { note: `Back to version ${version}` }), { refresh: [[program.code, "rulesets"], [program.code, "rules"], [program.code, "approvals"]], done: (answer) => (waits(answer) ? t("It waits for approval.") : t("It is in force again, as a new version.")), toast: true });
  const ask = async (version: Version) => (await confirm({ title: t("Put version {{version}} in force again?", { version: version.version }), body: t("Its content becomes a new version, at once. The draft stays as it is."), yes: t("Put in force") })) && back.mutate(version.version);
  const options = [...rows.map((one) => ({ value: String(one.version), label: t("Version {{version}}", { version: one.version }) }))];
  return (
    <Page title={t("Versions")} about={t("Each version holds everything it needs and never changes. An event is rated by the version in force when it happened.")} back={{ label: t("Rules"), to: "/$program/rules", params: { program: program.code } }}>
      <Refusal error={versions.error} />
      <WaitingVersions />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Section title={t("Published")}>
            {versions.data?.length === 0 && <Empty icon={IconHistory} title={t("Nothing is published yet")} />}
            <Radio.Group value={before} onChange={(value) => setChosen({ ...chosen, before: value })} aria-label={t("Compare from")}>
              <Stack gap="md">
                {rows.map((version, index) => (
                  <Group key={version.version} wrap="nowrap" align="flex-start" gap="sm">
                    <Radio value={String(version.version)} mt={3} aria-label={t("Compare from version {{version}}", { version: version.version })} />
                    <div style={{ flex: 1 }}>
                      <Text size="sm" fw={600}>{t("Version {{version}}", { version: version.version })}{version.note ? ` · ${version.note}` : ""}</Text>
                      <Text size="xs" c="dimmed">{t("in force from {{from}}, {{rules}} rules, by {{by}}", { from: moment(version.in_force_from, program.zone), rules: version.rules, by: version.published_by })}</Text>
                    </div>
                    {index > 0 && <Button size="compact-xs" variant="default" leftSection={<IconRotate2 size={13} />} onClick={() => void ask(version)}>{t("Back to it")}</Button>}
                  </Group>
                ))}
              </Stack>
            </Radio.Group>
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Section title={t("Side by side")} aside={<Group gap="xs"><Select size="xs" w={130} aria-label={t("From")} data={[{ value: "0", label: t("nothing") }, ...options]} value={before} onChange={(value) => value && setChosen({ ...chosen, before: value })} /><Text size="sm">→</Text><Select size="xs" w={130} aria-label={t("To")} data={[{ value: DRAFT, label: t("the draft") }, ...options]} value={after} onChange={(value) => value && setChosen({ ...chosen, after: value })} /></Group>}>
            {diff.error ? <Refusal error={diff.error} /> : diff.data ? diff.data.length ? <Changes changes={diff.data} /> : <Text c="dimmed" size="sm">{t("They say the same.")}</Text> : <Skeleton h={120} />}
          </Section>
        </Grid.Col>
      </Grid>
    </Page>
  );
}
