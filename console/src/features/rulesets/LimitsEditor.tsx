import { ActionIcon, Button, Group, NumberInput, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { usePointTypes } from "@/lib/program";
import { told } from "@/lib/told";
import type { Diagnostic, Limit } from "./model";

/** How much and how often, at most. */
export function LimitsEditor({ value, onChange, diagnostics, inCampaign }: { value: Limit[]; onChange: (limits: Limit[]) => void; diagnostics: Diagnostic[]; inCampaign: boolean }) {
  const { t } = useTranslation();
  const types = usePointTypes();
  const named = (codes: Record<string, string>) => Object.entries(codes).map(([code, label]) => ({ value: code, label: t(label) }));
  const set = (place: number, next: Partial<Limit>) => onChange(value.map((limit, index) => (index === place ? { ...limit, ...next } : limit)));
  return (
    <Stack gap="sm">
      {value.map((limit, place) => (
        <div key={place}>
          <Group gap={8}>
            <Text size="sm">{t("at most")}</Text>
            <NumberInput w={120} min={0} aria-label={t("At most")} value={Number(limit.max)} onChange={(max) => set(place, { max: String(max) })} thousandSeparator=" " />
            <Select w={130} aria-label={t("Of what")} data={named({ points: "points", count: "times", money: "money" })} value={limit.measure} onChange={(measure) => { if (!measure) return; const { point_type: _, ...rest } = { ...limit, measure }; onChange(value.map((one, index) => (index === place ? rest : one))); }} />
            {limit.measure === "points" && types.length > 1 && <Select w={140} aria-label={t("Point type")} data={[{ value: "", label: t("of this rule") }, ...types.map((one) => ({ value: one.code, label: one.name }))]} value={limit.point_type ?? ""} onChange={(type) => { const { point_type: _, ...rest } = limit; onChange(value.map((one, index) => (index === place ? (type ? { ...rest, point_type: type } : rest) : one))); }} />}
            <Select w={210} aria-label={t("Per whom")} data={named({ member: "per member", rule: "for all members together", ...(inCampaign ? { campaign: "for the whole campaign", member_in_campaign: "per member in the campaign" } : {}) })} value={limit.per} onChange={(per) => per && set(place, { per })} />
            <Select w={140} aria-label={t("In which time")} data={named({ order: "per order", day: "a day", week: "a week", month: "a month", quarter: "a quarter", year: "a year", lifetime: "ever" })} value={limit.period} onChange={(period) => period && set(place, { period })} />
            <ActionIcon aria-label={t("Remove")} onClick={() => onChange(value.filter((_, index) => index !== place))}><IconTrash size={16} /></ActionIcon>
          </Group>
          {diagnostics.filter((one) => one.path.startsWith(`limits[${place}]`)).map((one) => <Text key={one.path} size="xs" c="var(--mantine-color-error)" role="alert">{told(one.message)}</Text>)}
        </div>
      ))}
      <Button size="compact-sm" variant="light" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => onChange([...value, { measure: "points", max: "500", per: "member", period: "month" }])}>{t("Limit")}</Button>
    </Stack>
  );
}
