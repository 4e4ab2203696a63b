import { ActionIcon, Button, Group, NumberInput, Select, Stack } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { words } from "@/lib/format";
import type { FieldProps } from "./RewardForm";

const PERIODS = ["day", "week", "month", "quarter", "year", "lifetime"] as const;

/** At most so many pieces per member, or by all together, in a period. */
export function LimitFields({ form, set, at }: FieldProps) {
  const { t } = useTranslation();
  const limits = form.limits ?? [];
  const change = (place: number, part: Partial<(typeof limits)[number]>) => set({ limits: limits.map((one, index) => (index === place ? { ...one, ...part } : one)) });
  return (
    <Stack gap="xs">
      {limits.map((limit, place) => (
        <Group key={place} align="flex-end" wrap="nowrap" gap="xs">
          <NumberInput flex={1} label={t("At most")} min={0} value={limit.max} error={at(`limits[${place}].max`)} onChange={(max) => change(place, { max: Number(max) || 0 })} />
          <Select flex={1} label={t("by")} allowDeselect={false} data={[{ value: "member", label: t("each member") }, { value: "all", label: t("all together") }]} value={limit.per ?? "member"} onChange={(per) => per && change(place, { per: per as "member" })} />
          <Select flex={1} label={t("in a")} allowDeselect={false} data={PERIODS.map((value) => ({ value, label: t(words(value)) }))} value={limit.period ?? "lifetime"} onChange={(period) => period && change(place, { period: period as "day" })} />
          <ActionIcon size="lg" aria-label={t("Remove")} onClick={() => set({ limits: limits.filter((_, index) => index !== place) })}><IconX size={16} /></ActionIcon>
        </Group>
      ))}
      <Button variant="default" size="xs" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => set({ limits: [...limits, { max: 1, per: "member", period: "lifetime" }] })}>{t("Add a limit")}</Button>
    </Stack>
  );
}
