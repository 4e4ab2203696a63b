import { Anchor, Group, Loader, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Refusal } from "@/components/Refusal";
import { number } from "@/lib/format";
import { useProgramCode } from "@/lib/program";
import type { Tier } from "./model";
import type { Preview } from "./preview";

/** Who would move by a change that is not made yet. */
export function Moves({ preview, tiers, asking, error }: { preview: Preview | undefined; tiers: Tier[]; asking: boolean; error: unknown }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const moves = preview?.moves.filter((move) => move.before !== move.after) ?? [];
  const named = (code: string | null) => (code === null ? t("none") : tiers.find((tier) => tier.code === code)?.name || code);
  return (
    <Stack gap={6} className="surface" p="md">
      <Group justify="space-between"><Text size="sm" fw={600}>{t("Who would move")}</Text>{asking && <Loader size={14} />}</Group>
      <Refusal error={error} />
      {preview && moves.length === 0 && <Text size="sm" c="dimmed">{t("Nobody of {{n}} members.", { n: number(preview.members) })}</Text>}
      {moves.map((move) => (
        <div key={`${move.before} ${move.after}`}>
          <Text size="sm">{named(move.before)} → {named(move.after)}: <b className="numeric">{number(move.members)}</b></Text>
          <Group gap={8}>{move.sample.slice(0, 3).map((id) => <Anchor key={id} size="xs" className="mono" renderRoot={(props) => <Link to="/$program/members/$member" params={{ program, member: id }} {...props} />}>{id}</Anchor>)}</Group>
        </div>
      ))}
    </Stack>
  );
}
