import { Button, Group, Popover, Select, Stack, TextInput } from "@mantine/core";
import { IconCalendar } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { day } from "@/lib/format";
import { shifted, type Widget } from "./model";

/** Over which days a dashboard is looked at, and beside which: "" = as each widget says. */
export interface Span {
  days: "" | "30" | "90" | "365" | "own";
  from: string;
  /** The last day. */
  to: string;
  compare: "" | "none" | "previous" | "year";
}

export const AS_SET: Span = { days: "", from: "", to: "", compare: "" };

/** Return a widget as it is asked over a span. */
export function over(widget: Widget, span: Span): Widget {
  const compared = span.compare === "" ? widget.compare : span.compare === "none" ? "" : span.compare;
  const own = span.days === "own" && span.from !== "" && span.to >= span.from;
  return {
    ...widget,
    compare: compared,
    ...(span.days !== "" && span.days !== "own" ? { days: Number(span.days) } : {}),
    ...(own ? { from: span.from, to: shifted(span.to, 1) } : {}),
  };
}

/** Choose the days of a whole dashboard, and what they are compared with. */
export function RangePicker({ span, choose }: { span: Span; choose: (span: Span) => void }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const set = (part: Partial<Span>) => choose({ ...span, ...part });
  const times = [{ value: "", label: t("As set") }, { value: "30", label: t("30 days") }, { value: "90", label: t("90 days") }, { value: "365", label: t("Year") }, { value: "own", label: t("From … to …") }];
  const beside = [{ value: "", label: t("As set") }, { value: "none", label: t("nothing") }, { value: "previous", label: t("the time before") }, { value: "year", label: t("a year earlier") }];
  const named = times.find((one) => one.value === span.days)?.label;
  const says = span.days === "own" && span.from && span.to ? `${day(span.from)} – ${day(span.to)}` : span.days === "" ? t("Time: as set") : named;
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" trapFocus withinPortal>
      <Popover.Target><Button variant="default" leftSection={<IconCalendar size={16} />} onClick={() => setOpened(!opened)} aria-expanded={opened}>{says}{span.compare && span.compare !== "none" ? ` ↔ ${beside.find((one) => one.value === span.compare)?.label}` : ""}</Button></Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm" w={280}>
          <Select label={t("Over which time")} data={times} value={span.days} onChange={(days) => set({ days: (days ?? "") as Span["days"] })} comboboxProps={{ withinPortal: false }} />
          {span.days === "own" && (
            <Group grow gap="xs">
              <TextInput type="date" label={t("From")} value={span.from} max={span.to || undefined} onChange={(event) => set({ from: event.currentTarget.value })} />
              <TextInput type="date" label={t("To")} value={span.to} min={span.from || undefined} onChange={(event) => set({ to: event.currentTarget.value })} />
            </Group>
          )}
          <Select label={t("Compare with")} data={beside} value={span.compare} onChange={(compare) => set({ compare: (compare ?? "") as Span["compare"] })} comboboxProps={{ withinPortal: false }} />
          <Group justify="space-between">
            <Button size="xs" variant="subtle" onClick={() => choose(AS_SET)}>{t("As set")}</Button>
            <Button size="xs" onClick={() => setOpened(false)}>{t("Done")}</Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
