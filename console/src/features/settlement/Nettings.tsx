import { Anchor, Button, Text } from "@mantine/core";
import { IconTransfer } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { usePages } from "@/components/usePages";
import { inProgram, send } from "@/lib/api";
import { day, moment } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { useNames } from "@/features/staff/model";
import type { Netted, Netting } from "./model";
import { TreasurySection } from "./Treasury";

/** Agreed statements settled together, and the program's own side of it. */
export default function Nettings() {
  const { t } = useTranslation();
  const program = useProgram();
  const { permissions } = useSession();
  const names = useNames();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const path = inProgram(program.code, "nettings");
  const open = (id: number) => void navigate({ to: "/$program/nettings/$netting", params: { program: program.code, netting: String(id) } });
  const found = usePages<Netting>([program.code, "nettings"], path, { limit: 50 });
  const making = useChange(() => send<Netted>("POST", path), { refresh: [[program.code, "nettings"], [program.code, "statements"]], toast: true, then: (made) => open(made.netting.id) });
  const ask = async () => (await confirm({ title: t("Settle every agreed statement?"), body: t("What the parties owe each other is set off, and what is left becomes as few payments as there are parties less one."), yes: t("Settle") })) && making.mutate(undefined);
  return (
    <Page title={t("Settlements")} about={t("Agreed statements, set off against each other and paid with as few payments as can be.")} actions={permissions.includes("settlement:write") && <Button leftSection={<IconTransfer size={16} />} loading={making.isPending} onClick={() => void ask()}>{t("Settle agreed statements")}</Button>}>
      <Section pad={false} title={t("Settlements")}>
        <DataTable
          label={t("Settlements")}
          columns={[
            { id: "number", header: t("Settlement"), value: (one) => one.id, cell: (one) => <Anchor component="button" type="button" size="sm" onClick={() => open(one.id)}>{t("Settlement {{n}}", { n: one.id })}</Anchor> },
            { id: "made", header: t("Made"), value: (one) => one.created_at, cell: (one) => <><Text size="sm">{moment(one.created_at, program.zone)}</Text><Text size="xs" c="dimmed">{names(one.made_by)}</Text></> },
            { id: "due", header: t("Due on"), value: (one) => one.due_on, cell: (one) => <Text size="sm">{day(one.due_on)}</Text> },
            { id: "status", header: t("Status"), cell: (one) => <Status value={one.paid_at ? "settled" : "waiting"} label={one.paid_at ? t("Paid on {{day}}", { day: day(one.paid_at, program.zone) }) : t("To be paid")} /> },
          ]}
          rows={found.rows}
          rowKey={(one) => String(one.id)}
          open={(one) => open(one.id)}
          error={found.error}
          retry={found.retry}
          more={found.more}
          empty={<Empty icon={IconTransfer} title={t("Nothing was settled yet")}>{t("Once a partner agreed to its statement, it is settled together with those of the others.")}</Empty>}
        />
      </Section>
      {permissions.includes("partners:read") && <TreasurySection />}
    </Page>
  );
}
