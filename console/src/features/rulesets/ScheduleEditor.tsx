import { ActionIcon, Button, Chip, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useProgram } from "@/lib/program";
import type { Schedule } from "./model";
import { SchedulePreview } from "./SchedulePreview";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** When the rule is open. Everything given has to hold; nothing given means always. */
export function ScheduleEditor({ value, campaign, onChange }: { value: Schedule; campaign?: string; onChange: (schedule: Schedule | undefined) => void }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const set = (next: Partial<Schedule>) => {
    const merged = { ...value, ...next };
    const left = Object.fromEntries(Object.entries(merged).filter(([, one]) => one !== "" && one !== undefined && !(Array.isArray(one) && one.length === 0)));
    onChange(Object.keys(left).length ? (left as Schedule) : undefined);
  };
  const hours = value.hours ?? [];
  return (
    <Stack gap="sm">
      <Group gap="md">
        <TextInput type="date" label={t("From")} value={(value.from ?? "").slice(0, 10)} onChange={(event) => set({ from: event.currentTarget.value })} />
        <TextInput type="date" label={t("Until, not included")} value={(value.to ?? "").slice(0, 10)} onChange={(event) => set({ to: event.currentTarget.value })} />
        <Select w={220} label={t("In which time zone")} data={[{ value: "", label: t("The program's: {{zone}}", { zone }) }, { value: "member", label: t("The member's own") }]} value={value.zone === "member" ? "member" : ""} onChange={(next) => set({ zone: next ?? "" })} />
      </Group>
      <div>
        <Text size="sm" fw={500} mb={4}>{t("Days of the week")}</Text>
        <Chip.Group multiple value={(value.weekdays ?? []).map(String)} onChange={(days) => set({ weekdays: days.map(Number).sort() })}>
          <Group gap={6}>{DAYS.map((day, index) => <Chip key={day} size="xs" value={String(index + 1)}>{t(day)}</Chip>)}</Group>
        </Chip.Group>
      </div>
      {hours.map(([from, to], place) => (
        <Group key={place} gap={6}>
          <TextInput type="time" size="sm" aria-label={t("From")} value={from} onChange={(event) => set({ hours: hours.map((one, index) => (index === place ? [event.currentTarget.value, one[1]] : one)) })} />
          <Text size="sm">–</Text>
          <TextInput type="time" size="sm" aria-label={t("To")} value={to} onChange={(event) => set({ hours: hours.map((one, index) => (index === place ? [one[0], event.currentTarget.value] : one)) })} />
          <ActionIcon aria-label={t("Remove")} onClick={() => set({ hours: hours.filter((_, index) => index !== place) })}><IconTrash size={16} /></ActionIcon>
        </Group>
      ))}
      <Button size="compact-sm" variant="light" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => set({ hours: [...hours, ["17:00", "20:00"]] })}>{t("Hours of the day")}</Button>
      <TextInput maw={420} label={t("Recurrence")} description={t("Days that come again, as calendars write it: FREQ=MONTHLY;BYDAY=1SA is the first Saturday of a month.")} placeholder="FREQ=MONTHLY;BYDAY=1SA" value={value.rrule ?? ""} onChange={(event) => set({ rrule: event.currentTarget.value })} />
      <SchedulePreview schedule={value} campaign={campaign} />
    </Stack>
  );
}
