import { Anchor, Badge, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconMoodCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { inProgram, send } from "@/lib/api";
import { words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { told } from "@/lib/told";

interface Finding { code: string; message: string; rules: string[]; path: string; amount: string | number | null }

const COLORS: Record<string, string> = { overlap: "blue", worst_case: "violet" };
const EXPLAINED: Record<string, string> = {
  overlap: "Rules that can apply to the same event, so that their points add up. That is often meant; put them into a group where only the best applies when it is not.",
};

/** What to look at before publishing: rules that never apply, overlaps, loops, the largest award. */
export default function Conflicts() {
  const { t } = useTranslation();
  const program = useProgram();
  const found = useQuery({ queryKey: [program.code, "rules", "analyse"], queryFn: async () => (await send<{ findings: Finding[] }>("POST", inProgram(program.code, "rules", "analyse"))).findings });
  const kinds = [...new Set(found.data?.map((one) => one.code))].sort((one, other) => (one === "overlap" ? 1 : other === "overlap" ? -1 : one.localeCompare(other)));
  return (
    <Page title={t("Conflicts")} about={t("Read from the draft: rules that can never apply, that hide, feed or add to each other, and the most one order could give.")} back={{ label: t("Rules"), to: "/$program/rules", params: { program: program.code } }}>
      <Refusal error={found.error} retry={() => void found.refetch()} />
      {!found.data && !found.error && <Skeleton h={160} radius="lg" />}
      {found.data?.length === 0 && <Section><Empty icon={IconMoodCheck} title={t("Nothing stands out")}>{t("No rule hides, feeds or doubles another.")}</Empty></Section>}
      {kinds.map((kind) => (
        <Section key={kind} title={<Group gap="xs">{t(words(kind))}<Badge color={COLORS[kind] ?? "orange"}>{found.data?.filter((one) => one.code === kind).length}</Badge></Group>}>
          {EXPLAINED[kind] && <Text size="sm" c="dimmed" mb="sm">{t(EXPLAINED[kind] ?? "")}</Text>}
          <Stack gap="sm">
            {found.data?.filter((one) => one.code === kind).map((one) => (
              <div key={one.message + one.path}>
                <Text size="sm">{told(one.message)}</Text>
                <Group gap="sm">{one.rules.map((rule) => <Anchor key={rule} size="xs" renderRoot={(props) => <Link to="/$program/rules/edit/$rule" params={{ program: program.code, rule }} {...props} />}>{rule}</Anchor>)}</Group>
              </div>
            ))}
          </Stack>
        </Section>
      ))}
    </Page>
  );
}
