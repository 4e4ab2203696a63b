import { Group, Progress, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { IconStairsUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { get } from "@/lib/api";
import { day, money, points, words } from "@/lib/format";
import { useProgram, usePointTypes } from "@/lib/program";
import { tierSetsQuery } from "@/features/tiers/model";
import { amountText, progress } from "./distance";
import type { Standing, Wallet } from "./model";

function isEmpty({ available, pending, held, debt }: Wallet): boolean {
  return available + pending + held + debt === 0;
}

/** What a member has of every point type: usable, pending, held, owed, worth, and the next that end.

What is empty is shown where members expect it: the points they earn first, and those that lift them through the tiers.
A partner's own points and gift cards are shown to those who have some. */
export function Wallets({ path, queryKey }: { path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const found = useQuery({ queryKey: [...queryKey, "wallets"], queryFn: async () => (await get<{ wallets: Wallet[] }>(`${path}/wallets`)).wallets });
  if (found.error) return <Refusal error={found.error} />;
  if (!found.data) return <Skeleton h={120} radius="lg" />;
  const kindOf = (code: string) => types.find((one) => one.code === code)?.kind;
  const first = (found.data.find((wallet) => kindOf(wallet.point_type) === "redeemable") ?? found.data[0])?.point_type;
  const wallets = found.data.filter((wallet) => wallet.point_type === first || kindOf(wallet.point_type) === "qualifying" || !isEmpty(wallet));
  return (
    <SimpleGrid cols={{ base: 1, sm: Math.max(1, Math.min(2, wallets.length)) }} spacing="lg">
      {wallets.length === 0 && <Section><Text c="dimmed" size="sm">{t("No points yet.")}</Text></Section>}
      {wallets.map((wallet) => {
        const next = wallet.expiring[0];
        return (
          <Section key={wallet.point_type}>
            <Stat label={wallet.name} value={<span data-testid="balance">{points(wallet.available, wallet.scale)}</span>} note={wallet.worth_minor ? t("worth {{money}}", { money: money(wallet.worth_minor, program.currency) }) : kindOf(wallet.point_type) === "qualifying" ? t("for standing only") : undefined} />
            <Group gap="md" mt="sm">
              {wallet.pending > 0 && <Text size="sm">{t("{{points}} pending", { points: points(wallet.pending, wallet.scale) })}</Text>}
              {wallet.held > 0 && <Text size="sm">{t("{{points}} held", { points: points(wallet.held, wallet.scale) })}</Text>}
              {wallet.debt > 0 && <Text size="sm" className="bad">{t("{{points}} owed", { points: points(wallet.debt, wallet.scale) })}</Text>}
              {next && <Text size="sm" c="dimmed">{t("{{points}} end on {{day}}", { points: points(next.points, wallet.scale), day: day(next.expires_at, program.zone) })}</Text>}
            </Group>
          </Section>
        );
      })}
    </SimpleGrid>
  );
}

/** The member's tier in every tier set, and how far the next one is. */
export function TierProgress({ standing }: { standing: Standing | undefined }) {
  const { t } = useTranslation();
  const program = useProgram();
  const sets = useQuery(tierSetsQuery(program.code)).data ?? [];
  const types = usePointTypes();
  if (!standing || Object.keys(standing.tiers).length === 0) return null;
  return (
    <Stack gap="lg">
      {Object.entries(standing.tiers).map(([code, place]) => {
        const set = sets.find((one) => one.code === code);
        const nameOf = (tier: string | null) => set?.tiers.find((one) => one.code === tier)?.name ?? words(tier ?? t("No tier yet"));
        const counted = { measured_in: place.measured_in, sums: Boolean(set?.metric.field) };
        const shown = (amount: number | string) => amountText(amount, counted, types, program.currency, t);
        const missing = place.missing ?? 0;
        const reached = progress(missing, set?.tiers.find((one) => one.code === place.next)?.threshold ?? 0, place.measured_in, types, program.currency);
        return (
          <Section key={code}>
            <Group justify="space-between" mb={8}>
              <Group gap="xs"><IconStairsUp size={18} aria-hidden /><Text fw={620}>{nameOf(place.tier)}</Text><Text size="sm" c="dimmed">{set?.name ?? code}</Text></Group>
              <Text size="sm" c="dimmed" className="numeric">{place.next ? t("{{missing}} to {{tier}}", { missing: shown(missing), tier: nameOf(place.next) }) : t("The highest tier")}</Text>
            </Group>
            <Progress value={reached} aria-label={t("Progress to the next tier")} />
            {place.keep_missing ? <Text size="xs" c="dimmed" mt={6}>{t("{{missing}} more to keep it", { missing: shown(place.keep_missing) })}</Text> : null}
          </Section>
        );
      })}
    </Stack>
  );
}
