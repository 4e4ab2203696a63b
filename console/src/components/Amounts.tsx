import { NumberInput, type NumberInputProps, TextInput, type TextInputProps } from "@mantine/core";
import { instantOf, localOf } from "@/lib/fields";
import { useProgram } from "@/lib/program";

type Amount = Omit<NumberInputProps, "value" | "onChange"> & { value: number | null | undefined; onChange: (value: number | null) => void };

/** A number in smallest units, written with `scale` decimals. */
export function ScaledInput({ value, onChange, scale = 0, ...rest }: Amount & { scale?: number }) {
  return <NumberInput min={0} allowNegative={false} thousandSeparator=" " decimalScale={scale} value={value == null ? "" : value / 10 ** scale} onChange={(next) => onChange(next === "" ? null : Math.round(Number(next) * 10 ** scale))} {...rest} />;
}

/** Money in minor units of the program's currency. */
export function MoneyInput(props: Amount) {
  const { currency } = useProgram();
  const scale = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return <ScaledInput scale={scale} rightSection={<span style={{ fontSize: 12 }}>{currency}</span>} rightSectionWidth={46} hideControls {...props} />;
}

/** An instant, written as the clocks of the program show it. */
export function InstantInput({ value, onChange, ...rest }: Omit<TextInputProps, "value" | "onChange"> & { value: string | null | undefined; onChange: (value: string | null) => void }) {
  const { zone } = useProgram();
  return <TextInput type="datetime-local" value={localOf(value, zone)} onChange={(event) => onChange(instantOf(event.currentTarget.value, zone))} {...rest} />;
}
