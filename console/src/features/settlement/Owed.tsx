import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { money } from "@/lib/format";

/** A total, with who owes it in words: the sign alone says it to nobody. `own` speaks to the partner itself. */
export function Owed({ amount, currency, own = false }: { amount: number; currency: string; own?: boolean }) {
  const { t } = useTranslation();
  const owes = own ? t("you owe") : t("the partner owes");
  const gets = own ? t("you get") : t("the program owes");
  return <><Text size="sm" fw={550}>{money(Math.abs(amount), currency)}</Text><Text size="xs" c="dimmed">{amount > 0 ? owes : amount < 0 ? gets : t("even")}</Text></>;
}
