import { Group, NumberInput, Select, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { searching } from "@/components/searching";
import { useWords } from "./model";

type Trigger = Record<string, unknown>;

const KINDS: Record<string, { label: string; fresh: Trigger }> = {
  event: { label: "this event happens", fresh: { event: "Order Completed" } },
  first: { label: "a member buys for the first time", fresh: { milestone: "first_purchase" } },
  nth: { label: "a member buys for the … time", fresh: { milestone: "nth_purchase", n: 10 } },
  member: { label: "somebody joins", fresh: { member: "joined" } },
  tier_changed: { label: "a tier changes", fresh: { tier_changed: { set: "", direction: "up" } } },
  wallet_changed: { label: "a balance changes", fresh: { wallet_changed: { point_type: "", reaches: "1000" } } },
  birthday: { label: "it is a birthday", fresh: { birthday: { days_before: 0 } } },
  anniversary: { label: "it is the anniversary of joining", fresh: { anniversary: {} } },
  inactive: { label: "a member stays away", fresh: { inactive: { event: "Order Completed", days: 30 } } },
  schedule: { label: "the time comes", fresh: { schedule: { daily: "09:00" } } },
};

function kindOf(trigger: Trigger): string {
  if ("milestone" in trigger) return trigger.milestone === "first_purchase" ? "first" : "nth";
  return Object.keys(KINDS).find((kind) => kind in trigger) ?? "event";
}

/** WHEN: what makes the rule look. */
export function TriggerEditor({ value, onChange }: { value: Trigger; onChange: (trigger: Trigger) => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const kind = kindOf(value);
  const sets = Object.keys(words.tier_sets);
  const types = Object.keys(words.point_types);
  const choose = (next: string | null) => {
    if (!next || next === kind) return;
    const fresh = structuredClone(KINDS[next]?.fresh ?? {});
    if (next === "tier_changed") fresh.tier_changed = { set: sets[0] ?? "", direction: "up" };
    if (next === "wallet_changed") fresh.wallet_changed = { point_type: types[0] ?? "", reaches: "1000" };
    onChange(fresh);
  };
  const inner = (value[kind] ?? {}) as Record<string, unknown>;
  const set = (next: Record<string, unknown>) => onChange({ ...value, [kind]: { ...inner, ...next } });
  return (
    <Group gap={8} align="flex-start">
      <Select w={{ base: "100%", sm: 260 }} aria-label={t("What makes the rule look")} data={Object.entries(KINDS).map(([code, { label }]) => ({ value: code, label: t(label) }))} value={kind} onChange={choose} searchable maxDropdownHeight={360} />
      {kind === "event" && <TagsInput flex={1} miw={220} aria-label={t("Event")} data={words.events} value={([] as string[]).concat(value.event as string)} onChange={(events) => onChange({ ...value, event: events.length === 1 ? events[0] : events })} placeholder={t("Add an event")} />}
      {kind === "nth" && <NumberInput w={90} min={1} aria-label={t("Which purchase")} value={Number(value.n)} onChange={(n) => onChange({ ...value, n: Number(n) })} />}
      {kind === "tier_changed" && (
        <>
          <Select w={160} aria-label={t("Tier set")} data={sets} value={String(inner.set)} onChange={(tierSet) => set({ set: tierSet })} />
          <Select w={160} aria-label={t("Direction")} data={[{ value: "up", label: t("upwards") }, { value: "down", label: t("downwards") }, { value: "any", label: t("either way") }]} value={String(inner.direction)} onChange={(direction) => set({ direction })} />
        </>
      )}
      {kind === "wallet_changed" && (
        <>
          <Select w={160} aria-label={t("Point type")} data={types} value={String(inner.point_type)} onChange={(point_type) => set({ point_type })} />
          <NumberInput w={140} min={0} aria-label={t("Reaches")} placeholder={t("any change")} value={inner.reaches === undefined ? "" : Number(inner.reaches)} onChange={(mark) => onChange({ wallet_changed: mark === "" ? { point_type: inner.point_type } : { ...inner, reaches: String(mark) } })} thousandSeparator=" " />
        </>
      )}
      {kind === "birthday" && <NumberInput w={220} min={0} max={366} aria-label={t("Days before")} suffix={` ${t("days before")}`} value={Number(inner.days_before ?? 0)} onChange={(days) => set({ days_before: Number(days) })} />}
      {kind === "anniversary" && <NumberInput w={200} min={1} aria-label={t("Years")} placeholder={t("every year")} suffix={` ${t("years")}`} value={inner.years === undefined ? "" : Number(inner.years)} onChange={(years) => onChange({ anniversary: years === "" ? {} : { years: Number(years) } })} />}
      {kind === "inactive" && (
        <>
          <Select w={200} {...searching} aria-label={t("Without this event")} data={words.events} value={String(inner.event)} onChange={(event) => set({ event })} />
          <NumberInput w={140} min={1} aria-label={t("Days")} suffix={` ${t("days")}`} value={Number(inner.days)} onChange={(days) => set({ days: Number(days) })} />
        </>
      )}
      {kind === "schedule" && <SchedulePicker value={inner} onChange={(schedule) => onChange({ schedule })} />}
    </Group>
  );
}

function SchedulePicker({ value, onChange }: { value: Record<string, unknown>; onChange: (value: Record<string, unknown>) => void }) {
  const { t } = useTranslation();
  const kind = "cron" in value ? "cron" : "weekly" in value ? "weekly" : "daily";
  const weekly = (value.weekly ?? { weekday: 1, at: "09:00" }) as { weekday: number; at: string };
  const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  return (
    <>
      <Select w={130} aria-label={t("How often")} data={[{ value: "daily", label: t("every day") }, { value: "weekly", label: t("every week") }, { value: "cron", label: "cron" }]} value={kind} onChange={(next) => onChange(next === "cron" ? { cron: "0 9 * * 1" } : next === "weekly" ? { weekly: { weekday: 1, at: "09:00" } } : { daily: "09:00" })} />
      {kind === "weekly" && <Select w={140} aria-label={t("Day")} data={days.map((name, index) => ({ value: String(index + 1), label: t(name) }))} value={String(weekly.weekday)} onChange={(day) => onChange({ ...value, weekly: { ...weekly, weekday: Number(day) } })} />}
      {kind === "cron" ? (
        <TextInput w={160} aria-label="cron" value={String(value.cron)} onChange={(event) => onChange({ ...value, cron: event.currentTarget.value })} />
      ) : (
        <TextInput w={120} type="time" aria-label={t("At")} value={kind === "daily" ? String(value.daily) : weekly.at} onChange={(event) => onChange(kind === "daily" ? { ...value, daily: event.currentTarget.value } : { ...value, weekly: { ...weekly, at: event.currentTarget.value } })} />
      )}
    </>
  );
}
