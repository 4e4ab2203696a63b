import { Alert, Button, Group, Text } from "@mantine/core";
import { IconCoins, IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { Section } from "@/components/Page";
import { useProgramCode } from "@/lib/program";
import { nameOf, rulesQuery } from "./model";

/** Stands in place of a new rule where the program has no points that it could give. */
export function NoPoints() {
  const { t } = useTranslation();
  const program = useProgramCode();
  return (
    <Section>
      <Empty icon={IconCoins} title={t("No point types yet")} action={<Button renderRoot={(props) => <Link to="/$program/point-types" params={{ program }} {...props} />}>{t("To the point types")}</Button>}>
        {t("Rules give points: first say which points members collect, then come back.")}
      </Empty>
    </Section>
  );
}

/** Says that somebody, or another tab, saved the rule since what stands here was written, and asks which of the two it is to be. */
export function Overtaken({ take, keep, saving }: { take: () => void; keep: () => void; saving: boolean }) {
  const { t } = useTranslation();
  return (
    <Alert color="yellow" variant="light" icon={<IconPencil aria-hidden />} role="alert" title={t("This rule was saved elsewhere meanwhile")}>
      <Text size="sm">{t("By somebody else, or in another tab. What you wrote still stands here and is not saved.")}</Text>
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={take}>{t("Take what is saved")}</Button>
        <Button size="xs" variant="default" loading={saving} onClick={keep}>{t("Save mine over it")}</Button>
      </Group>
    </Alert>
  );
}

/** Names the rules that are drafts, for whoever wonders why they change nothing. */
export function StayOut() {
  const { t } = useTranslation();
  const drafts = useQuery(rulesQuery(useProgramCode())).data?.filter((rule) => rule.status === "draft") ?? [];
  if (drafts.length === 0) return null;
  return <Text size="sm">{t("These stay out, for they are drafts: {{rules}}. Set them Active first.", { rules: drafts.slice(0, 5).map(nameOf).join(", ") + (drafts.length > 5 ? "…" : "") })}</Text>;
}
