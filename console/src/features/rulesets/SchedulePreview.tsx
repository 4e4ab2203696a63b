import { ActionIcon, Box, Group, Skeleton, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "@/components/Refusal";
import { useToday } from "@/features/dashboards/model";
import { inProgram, send } from "@/lib/api";
import { day as shownDay, month as shownMonth } from "@/lib/format";
import { useProgramCode } from "@/lib/program";
import { gridOf, monthsLater, openFor } from "./calendar";
import type { Schedule } from "./model";

interface Preview { zone: string; days: { day: string; open: [string, string][] }[]; diagnostics: { message: string }[] }

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** A month of a schedule as the server reads it, the campaign's schedule with it: when the rule is open. */
export function SchedulePreview({ schedule, campaign }: { schedule: Schedule; campaign?: string }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const today = useToday();
  const [chosen, setChosen] = useState<string | null>(null);
  const begins = schedule.from?.slice(0, 7);
  const shown = chosen ?? (begins && today && begins > today.slice(0, 7) ? begins : today?.slice(0, 7));
  const grid = shown ? gridOf(shown) : null;
  const asked = { schedule, ...(campaign ? { campaign } : {}), first: grid?.first ?? "", days: 42 };
  const found = useQuery({ queryKey: [program, "rules", "calendar", asked], enabled: grid !== null, queryFn: () => send<Preview>("POST", inProgram(program, "rules", "calendar"), asked), placeholderData: keepPreviousData, staleTime: 60_000, retry: false });
  if (found.error) return <Refusal error={found.error} />;
  if (!grid || !shown || !found.data) return <Skeleton h={220} />;
  const open = new Map(found.data.days.map((one) => [one.day, one.open]));
  return (
    <Box maw={420}>
      <Group justify="space-between" mb={6}>
        <Text size="sm" fw={550} aria-live="polite">{t("Open in {{month}}", { month: shownMonth(shown) })}</Text>
        <Group gap={4}>
          <ActionIcon size={26} aria-label={t("The month before")} onClick={() => setChosen(monthsLater(shown, -1))}><IconChevronLeft size={16} /></ActionIcon>
          <ActionIcon size={26} aria-label={t("The month after")} onClick={() => setChosen(monthsLater(shown, 1))}><IconChevronRight size={16} /></ActionIcon>
        </Group>
      </Group>
      <Box component="table" className="calendar numeric">
        <thead><tr>{DAYS.map((name) => <th key={name} scope="col">{t(name)}</th>)}</tr></thead>
        <tbody>
          {grid.weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((date) => {
                const spans = open.get(date) ?? [];
                return <td key={date} data-open={spans.length > 0 || undefined} data-other={!date.startsWith(shown) || undefined} aria-current={date === today ? "date" : undefined} title={`${shownDay(date)}: ${spans.length ? openFor(spans, t("all day")) : t("closed")}`}><span aria-hidden>{Number(date.slice(8))}</span><span className="unseen">{shownDay(date)}, {spans.length ? t("open {{hours}}", { hours: openFor(spans, t("all day")) }) : t("closed")}</span></td>;
              })}
            </tr>
          ))}
        </tbody>
      </Box>
      <Text size="xs" c="dimmed" mt={6}>{t("On the clock of {{zone}}. Point at a day for its hours.", { zone: found.data.zone })}</Text>
    </Box>
  );
}
