import { Button, SimpleGrid, Skeleton, Text, TextInput } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { getTagged, ifMatch, inProgram, send, type Tagged } from "@/lib/api";
import { useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { BankFields } from "./BankFields";
import { type Bank, bankOf } from "./model";

type Books = Record<string, string>;
interface Treasury { bank?: Bank | null; books?: Books }

// The accounts of the books as the program names them until it says otherwise; the API leaves those out.
const BOOKS: Books = {
  receivable: "1200 Receivable from partners", payable: "2100 Payable to partners", netting: "1300 Netting",
  adjustments: "4900 Settlement adjustments", bank: "1000 Bank",
};

/** The program's own side of settlement: its bank account, and what its books call the accounts. */
export function TreasurySection() {
  const { t } = useTranslation();
  const program = useProgramCode();
  const { permissions } = useSession();
  const [editing, setEditing] = useState(false);
  const found = useQuery({ queryKey: [program, "treasury"], queryFn: () => getTagged<Treasury>(inProgram(program, "treasury")) });
  const value = found.data?.value;
  const books = { ...BOOKS, ...value?.books };
  return (
    <Section title={t("The program's own side")} aside={permissions.includes("partners:write") && <Button size="xs" variant="default" leftSection={<IconPencil size={14} />} disabled={!value} onClick={() => setEditing(true)}>{t("Edit")}</Button>}>
      <Refusal error={found.error} />
      {!value && !found.error && <Skeleton h={60} />}
      {value && (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="md">
          <div><Text size="xs" c="dimmed">{t("Bank account")}</Text>{value.bank ? <><Text size="sm" fw={580}>{value.bank.holder}</Text><Text size="sm" className="mono">{value.bank.iban}</Text></> : <Text size="sm">{t("Not written yet: payment files need it.")}</Text>}</div>
          {Object.entries(NAMES).map(([key, label]) => <div key={key}><Text size="xs" c="dimmed">{t(label)}</Text><Text size="sm">{books[key]}</Text></div>)}
        </SimpleGrid>
      )}
      {editing && found.data && <TreasuryForm before={found.data} close={() => setEditing(false)} />}
    </Section>
  );
}

const NAMES: Record<string, string> = { receivable: "Receivable", payable: "Payable", netting: "Netted, not paid yet", adjustments: "Adjustments", bank: "Bank" };

function TreasuryForm({ before, close }: { before: Tagged<Treasury>; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const [bank, setBank] = useState<Bank>({ holder: "", iban: "", bic: "", ...before.value.bank });
  const [books, setBooks] = useState<Books>({ ...BOOKS, ...before.value.books });
  const saving = useChange(() => send("PUT", inProgram(program, "treasury"), { bank: bankOf(bank), books }, ifMatch(before.etag)), { refresh: [[program, "treasury"]], done: t("Saved."), then: close });
  return (
    <FormDrawer title={t("The program's own side")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error}>
      <BankFields bank={bank} set={setBank} error={saving.error} />
      <Text size="sm" fw={600}>{t("Accounts of your books")}</Text>
      {Object.entries(NAMES).map(([key, label]) => <TextInput key={key} label={t(label)} required value={books[key] ?? ""} onChange={(event) => setBooks({ ...books, [key]: event.currentTarget.value })} />)}
    </FormDrawer>
  );
}
