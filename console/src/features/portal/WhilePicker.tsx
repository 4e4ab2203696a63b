import { Group, SegmentedControl, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { While } from "./model";

/** Chooses a while: the last so many days, or days of one's own. */
export function WhilePicker({ during, set }: { during: While; set: (during: While) => void }) {
  const { t } = useTranslation();
  const choices = [["30", t("30 days")], ["90", t("90 days")], ["365", t("Year")], ["own", t("Own dates")]] as const;
  return (
    <Group gap="xs" wrap="wrap">
      <SegmentedControl size="xs" aria-label={t("Over which time")} value={during.days} onChange={(days) => set({ ...during, days })} data={choices.map(([value, label]) => ({ value, label }))} />
      {during.days === "own" && (
        <>
          <TextInput type="date" size="xs" aria-label={t("From day")} value={during.from} max={during.to || undefined} onChange={(event) => set({ ...during, from: event.currentTarget.value })} />
          <TextInput type="date" size="xs" aria-label={t("To day")} value={during.to} min={during.from || undefined} onChange={(event) => set({ ...during, to: event.currentTarget.value })} />
        </>
      )}
    </Group>
  );
}
