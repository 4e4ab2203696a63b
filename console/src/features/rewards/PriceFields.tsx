import { Group, SegmentedControl, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { MoneyInput, ScaledInput } from "@/components/Amounts";
import { usePointTypes } from "@/lib/program";
import { typeOf } from "./model";
import type { FieldProps } from "./RewardForm";

/** What one piece costs: points, points and money, or as many points as the member chooses. */
export function PriceFields({ form, set, at }: FieldProps) {
  const { t } = useTranslation();
  const types = usePointTypes().filter((one) => !one.archived_at);
  const scale = typeOf(types, form.point_type)?.scale ?? 0;
  const { price } = form;
  const rate = price.rate;
  const setRate = (part: Partial<NonNullable<typeof rate>>) => rate && set({ price: { rate: { ...rate, ...part } } });
  return (
    <>
      <SegmentedControl fullWidth aria-label={t("Price")} value={rate ? "rate" : "fixed"} onChange={(how) => set({ price: how === "rate" ? { rate: { points: 10 ** scale, worth: 1 } } : { points: 0, money: 0 } })} data={[{ value: "fixed", label: t("Points and money") }, { value: "rate", label: t("The member chooses") }]} />
      {types.length > 1 && <Select label={t("Point type")} clearable placeholder={typeOf(types, null)?.name} data={types.map((one) => ({ value: one.code, label: one.name }))} value={form.point_type ?? null} error={at("point_type")} onChange={(point_type) => set({ point_type })} />}
      {rate ? (
        <>
          <Group grow align="flex-start">
            <ScaledInput label={t("So many points")} scale={scale} value={rate.points} error={at("price.rate.points")} onChange={(points) => setRate({ points: points ?? 0 })} />
            <MoneyInput label={t("are worth")} value={rate.worth} error={at("price.rate.worth")} onChange={(worth) => setRate({ worth: worth ?? 0 })} />
          </Group>
          <Group grow align="flex-start">
            <ScaledInput label={t("At least")} scale={scale} value={rate.least ?? 1} error={at("price.rate.least")} onChange={(least) => setRate({ least: least ?? 1 })} />
            <ScaledInput label={t("At most")} scale={scale} value={rate.most} error={at("price.rate.most")} onChange={(most) => setRate({ most })} />
            <ScaledInput label={t("In steps of")} scale={scale} value={rate.step ?? 1} error={at("price.rate.step")} onChange={(step) => setRate({ step: step ?? 1 })} />
          </Group>
        </>
      ) : (
        <Group grow align="flex-start">
          <ScaledInput label={t("Points")} scale={scale} value={price.points ?? 0} error={at("price.points") ?? at("price")} onChange={(points) => set({ price: { ...price, points: points ?? 0 } })} />
          <MoneyInput label={t("Money")} value={price.money ?? 0} error={at("price.money")} onChange={(money) => set({ price: { ...price, money: money ?? 0 } })} />
        </Group>
      )}
    </>
  );
}
