import { Anchor, Button, Grid, Group, Menu, Skeleton, Text } from "@mantine/core";
import { IconCheck, IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { useChange } from "@/components/useChange";
import { get, inProgram, send } from "@/lib/api";
import { day, money, number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import type { Netted } from "./model";
import { Owed } from "./Owed";
import { useState } from "react";
import { asProblem } from "@/lib/problem";

/** One settlement: what each party owes on the whole, who pays whom, and the files for bank and books. */
export default function NettingPage() {
  const { t } = useTranslation();
  const { code, zone, name } = useProgram();
  const { permissions } = useSession();
  const confirm = useConfirm();
  const { netting: id = "" } = useParams({ strict: false }) as { netting?: string };
  const path = inProgram(code, "nettings", id);
  const [unwritten, setUnwritten] = useState<unknown>(null);
  const found = useQuery({ queryKey: [code, "nettings", "one", id], queryFn: () => get<Netted>(path) });
  const paying = useChange(() => send("POST", `${path}/paid`), { refresh: [[code, "nettings"], [code, "statements"]], done: t("The statements are settled."), toast: true });
  const done = found.data;
  const partyOf = (party: string) => party || name;
  const pay = async () => (await confirm({ title: t("Were the payments made?"), body: t("The statements are settled with that."), yes: t("They are paid") })) && paying.mutate(undefined);
  // Read first: a refusal (a bank account that is missing) is said on the page, and no file is made of it.
  const file = async (format: string, ending: string) => {
    setUnwritten(null);
    try {
      keep(await get<Blob | string>(`${path}/payment-file`, { format }), `settlement-${id}.${ending}`);
    } catch (error) {
      setUnwritten(asProblem(error));
    }
  };
  return (
    <Page
      title={t("Settlement {{n}}", { n: id })}
      about={done && (done.netting.paid_at ? t("Paid on {{day}}", { day: day(done.netting.paid_at, zone) }) : t("To be paid until {{day}}", { day: day(done.netting.due_on) }))}
      back={{ label: t("Settlements"), to: "/$program/nettings", params: { program: code } }}
      actions={
        <>
          <Menu position="bottom-end">
            <Menu.Target><Button variant="default" leftSection={<IconDownload size={16} />}>{t("Files")}</Button></Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>{t("For the bank")}</Menu.Label>
              <Menu.Item onClick={() => void file("pain.001", "xml")}>{t("Payments, ISO 20022 pain.001")}</Menu.Item>
              <Menu.Item onClick={() => void file("csv", "csv")}>{t("Payments, CSV")}</Menu.Item>
              <Menu.Label>{t("For the books")}</Menu.Label>
              <Menu.Item component="a" href={`${inProgram(code, "settlement", "entries")}?netting=${id}&format=csv`} download={`entries-${id}.csv`}>{t("Double entry, CSV")}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          {done && !done.netting.paid_at && permissions.includes("settlement:write") && <Button leftSection={<IconCheck size={16} />} loading={paying.isPending} onClick={() => void pay()}>{t("They are paid")}</Button>}
        </>
      }
    >
      <Refusal error={found.error ?? unwritten} />
      {!done && !found.error && <Skeleton h={240} />}
      {done && (
        <>
          <Section><Group gap="xl"><Stat label={t("Statements")} value={number(done.statements.length)} /><Stat label={t("Payments")} value={number(done.payments.length)} /><Stat label={t("To be moved")} value={money(done.payments.reduce((sum, one) => sum + one.amount, 0), done.netting.currency)} /></Group></Section>
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, md: 7 }}>
              <Section pad={false} title={t("Who pays whom")}>
                <DataTable
                  label={t("Who pays whom")}
                  columns={[
                    { id: "payer", header: t("Payer"), value: (one) => one.payer, cell: (one) => <Text size="sm" fw={580}>{partyOf(one.payer)}</Text> },
                    { id: "payee", header: t("Payee"), value: (one) => one.payee, cell: (one) => <Text size="sm" fw={580}>{partyOf(one.payee)}</Text> },
                    { id: "amount", header: t("Amount"), end: true, value: (one) => one.amount, cell: (one) => money(one.amount, done.netting.currency) },
                  ]}
                  rows={done.payments}
                  rowKey={(one) => String(one.number)}
                  empty={<Text size="sm" c="dimmed" px="lg" pb="lg">{t("Everything was set off; nobody has to pay.")}</Text>}
                />
              </Section>
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 5 }}>
              <Section pad={false} title={t("Statements")}>
                <DataTable
                  label={t("Statements")}
                  columns={[
                    { id: "statement", header: t("Statement"), cell: ([number, partner]) => <Anchor size="sm" renderRoot={(props) => <Link to="/$program/statements/$statement" params={{ program: code, statement: String(number) }} {...props} />}>{partner} · {number}</Anchor> },
                    { id: "total", header: t("Total"), end: true, cell: ([, , total]) => <Owed amount={total} currency={done.netting.currency} /> },
                  ]}
                  rows={done.statements}
                  rowKey={([number]) => String(number)}
                />
              </Section>
            </Grid.Col>
          </Grid>
        </>
      )}
    </Page>
  );
}

/** Save text as a file of the browser's. */
function keep(content: Blob | string, name: string) {
  const address = URL.createObjectURL(typeof content === "string" ? new Blob([content]) : content);
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
