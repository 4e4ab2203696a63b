import { ActionIcon, Button, Chip, Group, SegmentedControl, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCalendarMonth, IconChevronLeft, IconChevronRight, IconPhone, IconSquareCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps, useNavigate, useSearch } from "@tanstack/react-router";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { get, inProgram } from "@/lib/api";
import { day, number, words } from "@/lib/format";
import { formatLocale } from "@/lib/i18n";
import { useProgram } from "@/lib/program";
import { useStored } from "@/lib/stored";
import { type Bar, barsOf, otherMonth, weeksOf } from "./days";
import { type Calendar as Found, placeOf, span } from "./model";
import { PlaceLink } from "./PlaceLink";
import "./campaigns.css";

const KINDS = ["campaign", "rule", "reward", "voucher", "activity"] as const;
/** Begun, or decided: what stands in full colour. */
const FIRM = new Set(["active", "completed"]);

/** All campaigns and promotions, day by day; a list where there is no room for a month. */
export default function Calendar() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const narrow = useMediaQuery("(max-width: 900px)", false, { getInitialValueInEffect: false });
  const [view, setView] = useStored<"month" | "list">("calendar view", "month");
  const [hidden, setHidden] = useStored<string[]>("calendar hidden", []);
  const search = useSearch({ strict: false }) as { month?: string };
  const path = inProgram(program.code, "calendar");
  const now = useQuery({ queryKey: [program.code, "calendar", "now"], queryFn: () => get<Found>(path), staleTime: 60_000 });
  const today = now.data?.today;
  const month = /^\d{4}-\d\d$/.test(search.month ?? "") ? (search.month as string) : today?.slice(0, 7);
  const weeks = month ? weeksOf(month) : [];
  const [from, to] = [weeks[0]?.[0], weeks.at(-1)?.[6]];
  const found = useQuery({ queryKey: [program.code, "calendar", from, to], queryFn: () => get<Found>(path, { from, to }), enabled: from !== undefined, placeholderData: (before) => before });
  const go = (to: string | undefined) => void navigate({ to: ".", search: { month: to } as never, replace: true });
  const keys = (event: KeyboardEvent) => {
    if (!month || (event.key !== "PageUp" && event.key !== "PageDown")) return;
    event.preventDefault();
    go(otherMonth(month, event.key === "PageUp" ? -1 : 1));
  };
  const shown = (kind: string) => !hidden.includes(kind === "group" ? "rule" : kind);
  const entries = (found.data?.entries ?? []).filter((one) => shown(one.kind));
  const activities = shown("activity") ? (found.data?.activities ?? []) : [];
  const named: Record<string, string> = { campaign: t("Campaigns"), rule: t("Rules"), reward: t("Rewards"), voucher: t("Vouchers"), activity: t("Activities") };
  const title = month ? new Intl.DateTimeFormat(formatLocale(), { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${month}-01T00:00:00Z`)) : "";
  const asList = narrow || view === "list";
  return (
    <Page title={t("Calendar")} about={t("All campaigns, and the promotions that are not open every day, on the days of the program.")} actions={!narrow && <SegmentedControl aria-label={t("View")} value={view} onChange={(next) => setView(next as "month" | "list")} data={[{ value: "month", label: t("Month") }, { value: "list", label: t("List") }]} />}>
      <Section pad={false}>
        <div onKeyDown={keys}>
          <Group p="md" gap="sm" justify="space-between">
            <Group gap={4} wrap="nowrap">
              <ActionIcon size="lg" aria-label={t("Month before")} onClick={() => month && go(otherMonth(month, -1))}><IconChevronLeft size={19} /></ActionIcon>
              <Text component="h2" fz="lg" fw={620} miw={150} ta="center" aria-live="polite" m={0}>{title}</Text>
              <ActionIcon size="lg" aria-label={t("Month after")} onClick={() => month && go(otherMonth(month, 1))}><IconChevronRight size={19} /></ActionIcon>
              <Button variant="default" size="xs" ml={6} disabled={!month || month === today?.slice(0, 7)} onClick={() => go(undefined)}>{t("Today")}</Button>
            </Group>
            <Chip.Group multiple value={KINDS.filter(shown)} onChange={(on) => setHidden(KINDS.filter((one) => !on.includes(one)))}>
              <Group gap={6} role="group" aria-label={t("What is shown")}>{KINDS.map((one) => <Chip key={one} value={one} size="xs" variant="outline"><span className={`tone-dot tone-${one}`} aria-hidden />{named[one]}</Chip>)}</Group>
            </Chip.Group>
          </Group>
          <Refusal error={now.error ?? found.error} retry={() => void found.refetch()} />
          {found.data && (asList ? <Agenda entries={entries} activities={activities} /> : <Month weeks={weeks} month={month as string} today={today} entries={entries} activities={activities} />)}
        </div>
        {found.data && found.data.always > 0 && <Text size="xs" c="dimmed" p="md" style={{ borderTop: "1px solid var(--regulars-line)" }}>{t("{{number}} more promotions are open every day and are not shown.", { number: number(found.data.always) })}</Text>}
      </Section>
    </Page>
  );
}

type Shown = { entries: Found["entries"]; activities: Found["activities"] };

function Month({ weeks, month, today, entries, activities }: Shown & { weeks: string[][]; month: string; today?: string }) {
  const { t } = useTranslation();
  const dates = new Intl.DateTimeFormat(formatLocale(), { weekday: "short", timeZone: "UTC" });
  return (
    <div className="month" role="group" aria-label={t("Month; Page Up and Page Down turn it")}>
      <div className="month-days" aria-hidden>{weeks[0]?.map((date) => <div key={date}>{dates.format(new Date(date))}</div>)}</div>
      {weeks.map((week) => (
        <div className="month-week" key={week[0]} role="group" aria-label={span(week[0], week[6])}>
          <div className="month-cells" aria-hidden>{week.map((date, place) => <div key={date} className="month-cell" data-outside={!date.startsWith(month) || undefined} data-weekend={place > 4 || undefined} />)}</div>
          {week.map((date, place) => <div key={date} className="month-date" style={{ gridColumn: place + 1 }} data-outside={!date.startsWith(month) || undefined}><time dateTime={date} data-today={date === today || undefined}>{Number(date.slice(8))}</time></div>)}
          {barsOf(week, entries, activities).map((bar) => <BarLink key={`${bar.kind} ${bar.code} ${bar.start}`} bar={bar} />)}
        </div>
      ))}
    </div>
  );
}

function BarLink({ bar }: { bar: Bar }) {
  const { t } = useTranslation();
  const program = useProgram();
  const { to, params } = bar.activity ? placeOf("campaign", bar.activity.campaign) : placeOf(bar.kind, bar.code);
  const said = bar.entry ? `${t(words(bar.kind))} ${bar.name}, ${t(words(bar.entry.status))}, ${span(bar.entry.first, bar.entry.last)}` : `${bar.activity?.kind === "call" ? t("Call") : t("Task")} ${bar.name}, ${bar.activity?.campaign_name ?? ""}`;
  const Glyph = bar.activity?.kind === "call" ? IconPhone : IconSquareCheck;
  return (
    <Link
      {...({ to, params: { program: program.code, ...params } } as LinkProps)}
      className={`month-bar tone-${bar.kind}`}
      style={{ gridColumn: `${bar.start + 1} / ${bar.end + 2}`, gridRow: bar.line + 2 }}
      data-left={bar.before || undefined}
      data-right={bar.after || undefined}
      data-plan={(bar.entry && !FIRM.has(bar.entry.status)) || undefined}
      data-late={bar.activity?.overdue || undefined}
      aria-label={said}
      title={said}
    >
      {bar.activity && <Glyph size={14} stroke={1.8} aria-hidden />}
      <span style={bar.activity?.completed_at ? { textDecoration: "line-through" } : undefined}>{bar.name}</span>
    </Link>
  );
}

function Agenda({ entries, activities }: Shown) {
  const { t } = useTranslation();
  const lines = [
    ...entries.map((one) => ({ key: `${one.kind} ${one.code}`, at: one.first ?? "", kind: one.kind, name: one.name, status: one.status, note: [span(one.first, one.last), one.days ? t("{{number}} days of these", { number: number(one.days.length) }) : ""].filter(Boolean).join(" · "), place: placeOf(one.kind, one.code) })),
    ...activities.map((one) => ({ key: `activity ${one.id}`, at: one.due_on ?? "", kind: "activity", name: one.subject, status: one.completed_at ? "done" : one.overdue ? "overdue" : "open", note: [one.due_on ? t("due {{day}}", { day: day(one.due_on) }) : "", one.campaign_name].filter(Boolean).join(" · "), place: placeOf("campaign", one.campaign) })),
  ].sort((one, other) => one.at.localeCompare(other.at));
  if (lines.length === 0) return <Empty icon={IconCalendarMonth} title={t("Nothing in these weeks")}>{t("Campaigns with days, rules with a schedule, and rewards and vouchers that end appear here.")}</Empty>;
  return (
    <ul style={{ listStyle: "none", margin: 0, padding: 0, borderTop: "1px solid var(--regulars-line)" }}>
      {lines.map((one) => (
        <Group component="li" key={one.key} gap="sm" px="md" py={11} wrap="nowrap" className="campaign-line">
          <span className={`tone-dot tone-${one.kind}`} style={{ margin: 0, flexShrink: 0 }} aria-hidden />
          <div style={{ flex: 1, minWidth: 0 }}>
            <PlaceLink fw={580} style={{ overflowWrap: "anywhere" }} {...one.place}>{one.name}</PlaceLink>
            <Text size="xs" c="dimmed">{t(words(one.kind))}{one.note && ` · ${one.note}`}</Text>
          </div>
          <Status value={one.status} />
        </Group>
      ))}
    </ul>
  );
}
