import { Button, Switch, Text } from "@mantine/core";
import { IconPlus, IconTicket } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { May } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { useOpened } from "@/components/useOpened";
import { inProgram } from "@/lib/api";
import { day, number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { LookUp } from "./LookUp";
import { type Definition, type Worth, worthText } from "./model";
import { VoucherForm } from "./VoucherForm";

const NOTHING = { archived: "" };

/** Kinds of vouchers, and any code looked up. */
export default function Vouchers() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const { asked: { archived }, choose } = useFilters(NOTHING);
  const [making, setMaking] = useOpened<true>("voucher");
  const found = usePages<Definition>([program.code, "voucher-definitions"], inProgram(program.code, "voucher-definitions"), { archived: archived ? true : undefined, limit: 50 });
  const open = (one: Definition) => void navigate({ to: "/$program/vouchers/$definition", params: { program: program.code, definition: one.code } } as never);
  return (
    <Page title={t("Vouchers")} about={t("Codes that take something off: what they are worth, who may use them, and where each code stands.")} actions={<May needs="vouchers:write"><Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>{t("New voucher")}</Button></May>}>
      <May needs="vouchers:redeem"><LookUp /></May>
      <Section pad={false} title={t("Kinds of vouchers")} aside={<Switch label={t("Also archived")} checked={archived !== ""} onChange={(event) => choose({ archived: event.currentTarget.checked ? "yes" : "" })} />}>
        <DataTable
          label={t("Kinds of vouchers")}
          columns={[
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Link style={{ color: "var(--mantine-color-anchor)", textDecoration: "none" }} to={"/$program/vouchers/$definition" as never} params={{ program: program.code, definition: one.code } as never}><Text span size="sm" fw={580}>{one.name}</Text></Link><Text size="xs" c="dimmed" className="mono">{one.code}</Text></> },
            { id: "worth", header: t("Takes off"), cell: (one) => worthText(one.worth as unknown as Worth, program.currency, t) },
            { id: "uses", header: t("Uses of a code"), end: true, value: (one) => one.uses ?? Infinity, cell: (one) => (one.uses === null ? "∞" : number(one.uses)) },
            { id: "stacking", header: t("Together with others"), cell: (one) => (one.stacking === "stackable" ? t("yes") : t("alone")) },
            { id: "until", header: t("Until"), value: (one) => one.valid_until ?? "9", cell: (one) => (one.valid_until ? day(one.valid_until, program.zone) : t("always")) },
            { id: "codes", header: t("Codes"), cell: (one) => one.pattern ? <span className="mono">{one.pattern}</span> : t("imported") },
            { id: "status", header: t("Status"), cell: (one) => <Status value={one.archived_at ? "archived" : "active"} /> },
          ]}
          rows={found.rows}
          rowKey={(one) => one.code}
          error={found.error}
          retry={found.retry}
          open={open}
          more={found.more}
          empty={<Empty icon={IconTicket} title={t("No vouchers yet")} action={<May needs="vouchers:write"><Button onClick={() => setMaking(true)}>{t("New voucher")}</Button></May>}>{t("Say what they take off; codes are then generated, imported, or handed out by rules and rewards.")}</Empty>}
        />
      </Section>
      {making && <VoucherForm definition={null} close={() => setMaking(null)} />}
    </Page>
  );
}
