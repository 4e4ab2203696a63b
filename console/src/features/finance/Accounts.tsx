import { Button, Text, TextInput } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { FormDrawer } from "@/components/FormDrawer";
import { May } from "@/components/May";
import { Section } from "@/components/Page";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useOpened } from "@/components/useOpened";
import { wrongAt } from "@/features/staff/model";
import { getTagged, ifMatch, send, type Tagged } from "@/lib/api";
import { words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import type { Accounting } from "./model";

// In the order of a chart: what is owed, what partners owe and are owed, what is earned, what it costs.
const ACCOUNTS = [
  { name: "deferred_revenue", says: "What is owed to members for points: a contract liability" },
  { name: "partner_liability", says: "Points that partners funded and members have not redeemed" },
  { name: "partner_prepaid", says: "Blocks of points that partners bought and that were not awarded yet" },
  { name: "partner_receivable", says: "What partners owe that no statement says yet; statements clear it" },
  { name: "partner_reimbursable", says: "What partners will owe for their points once members redeem them" },
  { name: "partner_payable", says: "What is due to partners for points spent there; statements clear it" },
  { name: "opening_equity", says: "Points brought over from another system" },
  { name: "sales_revenue", says: "Sales, from which the price of points is deferred" },
  { name: "points_revenue", says: "Released when points are redeemed" },
  { name: "breakage_revenue", says: "Released for points that will not be redeemed" },
  { name: "partner_revenue", says: "Points sold to partners, less what of it is deferred" },
  { name: "partner_fees", says: "Fees of partners, as they arise" },
  { name: "partner_breakage", says: "Points of partners that ended unused" },
  { name: "points_honoured", says: "What points cost that members spent at partners" },
  { name: "marketing_expense", says: "Points given without a sale" },
];
const CODE_CHARACTERS_MAX = 40;

/** Under which code of the general ledger each kind of entry is exported. */
export function Accounts({ path }: { path: string }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const [editing, setEditing] = useOpened<true>("accounts");
  const found = useQuery({ queryKey: [code, "finance", "settings"], queryFn: () => getTagged<Accounting>(`${path}/settings`) });
  const codes = found.data?.value.accounts;
  return (
    <Section pad={false} title={t("Accounts of the general ledger")} aside={<May needs="finance:write"><Button size="xs" variant="default" leftSection={<IconPencil size={14} />} disabled={!codes} onClick={() => setEditing(true)}>{t("Edit")}</Button></May>}>
      <DataTable
        label={t("Accounts of the general ledger")}
        columns={[
          { id: "code", header: t("Code"), value: (one) => codes?.[one.name] ?? "", cell: (one) => <Text size="sm" className="mono">{codes?.[one.name]}</Text> },
          { id: "account", header: t("Account"), cell: (one) => <><Text size="sm" fw={580}>{t(words(one.name))}</Text><Text size="xs" c="dimmed">{t(one.says)}</Text></> },
        ]}
        rows={codes && ACCOUNTS}
        rowKey={(one) => one.name}
        error={found.error}
        retry={() => void found.refetch()}
      />
      {editing && found.data && <AccountsForm path={path} before={found.data} close={() => setEditing(null)} />}
    </Section>
  );
}

function AccountsForm({ path, before, close }: { path: string; before: Tagged<Accounting>; close: () => void }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const [accounts, setAccounts, draft] = useDraft("accounts of finance", before.value.accounts);
  const saving = useChange(() => send("PUT", `${path}/settings`, { ...before.value, accounts }, ifMatch(before.etag)), { refresh: [[code, "finance"]], done: t("Saved."), draft, then: close });
  return (
    <FormDrawer title={t("Accounts of the general ledger")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} needs="finance:write">
      <Text size="sm" c="dimmed">{t("Journals of months that are not closed name these codes from now on; closed months keep theirs. One code may stand for several.")}</Text>
      {ACCOUNTS.map(({ name, says }) => <TextInput key={name} label={t(words(name))} description={t(says)} required maxLength={CODE_CHARACTERS_MAX} value={accounts[name] ?? ""} error={wrongAt(saving.error, `accounts.${name}`)} onChange={(event) => setAccounts({ ...accounts, [name]: event.currentTarget.value })} />)}
    </FormDrawer>
  );
}
