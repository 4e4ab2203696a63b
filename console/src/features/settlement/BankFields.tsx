import { Group, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { wrongAt } from "@/features/staff/model";
import type { Bank } from "./model";

/** A bank account: who holds it, its IBAN, and the bank's BIC where it is needed. */
export function BankFields({ bank, set, error }: { bank: Bank; set: (bank: Bank) => void; error: unknown }) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput label={t("Holder of the account")} value={bank.holder} error={wrongAt(error, "bank.holder")} onChange={(event) => set({ ...bank, holder: event.currentTarget.value })} />
      <Group grow align="flex-start">
        <TextInput label="IBAN" value={bank.iban} error={wrongAt(error, "bank.iban")} onChange={(event) => set({ ...bank, iban: event.currentTarget.value.toUpperCase() })} />
        <TextInput label="BIC" description={t("Outside of SEPA")} value={bank.bic ?? ""} error={wrongAt(error, "bank.bic")} onChange={(event) => set({ ...bank, bic: event.currentTarget.value.toUpperCase() })} />
      </Group>
    </>
  );
}
