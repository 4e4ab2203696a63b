import { Button, Group, Select, TextInput } from "@mantine/core";
import { IconTicket } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { May } from "@/components/May";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { usePages } from "@/components/usePages";
import { get, inProgram, type PageOf, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { day, moment } from "@/lib/format";
import { useProgram } from "@/lib/program";
import type { Definition, Voucher } from "./model";
import { Uses } from "./Uses";

/** The vouchers of one member, and giving another. */
export function MemberVouchers({ path, queryKey }: { path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const [giving, setGiving] = useState(false);
  const found = usePages<Voucher>([...queryKey, "vouchers"], `${path}/vouchers`, { limit: 50 });
  return (
    <>
      <May needs="vouchers:issue"><Group p="md" pb="xs" justify="flex-end"><Button size="xs" variant="default" onClick={() => setGiving(true)}>{t("Give a voucher")}</Button></Group></May>
      <DataTable
        label={t("Vouchers")}
        columns={[
          { id: "code", header: t("Code"), value: (one) => one.code, cell: (one) => <span className="mono">{one.code}</span> },
          { id: "name", header: t("Voucher"), value: (one) => one.name, cell: (one) => one.name },
          { id: "status", header: t("Status"), value: (one) => one.status, cell: (one) => <Status value={one.status} /> },
          { id: "uses", header: t("Uses"), end: true, value: (one) => one.uses, cell: (one) => <Uses voucher={one} /> },
          { id: "issued", header: t("Issued"), value: (one) => one.issued_at ?? "", cell: (one) => (one.issued_at ? moment(one.issued_at, zone) : "–") },
          { id: "ends", header: t("Ends"), value: (one) => one.ends_at ?? "9", cell: (one) => (one.ends_at ? day(one.ends_at, zone) : t("Never")) },
        ]}
        rows={found.rows}
        rowKey={(one) => one.code}
        error={found.error}
        more={found.more}
        empty={<Empty icon={IconTicket} title={t("No vouchers")}>{t("Rules, rewards and people give vouchers; each is handed out once.")}</Empty>}
      />
      {giving && <Give path={path} queryKey={queryKey} close={() => setGiving(false)} />}
    </>
  );
}

function Give({ path, queryKey, close }: { path: string; queryKey: readonly unknown[]; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [definition, setDefinition] = useState<string | null>(null);
  const [cause, setCause] = useState("");
  const kinds = useQuery({ queryKey: [program.code, "voucher-definitions", "names"], queryFn: () => get<PageOf<Definition>>(inProgram(program.code, "voucher-definitions"), { limit: 100 }) });
  const giving = useChange(() => send("POST", `${path}/vouchers`, { definition, cause }), { refresh: [queryKey, [program.code, "voucher-definition"]], done: t("The voucher is given."), then: close });
  const at = atField(giving.error);
  return (
    <FormDrawer title={t("Give a voucher")} opened close={close} submit={() => giving.mutate(undefined)} saving={giving.isPending} error={giving.error} yes={t("Give")} disabled={!definition || !cause.trim()}>
      <Select label={t("Voucher")} required searchable data={(kinds.data?.data ?? []).map((one) => ({ value: one.code, label: one.name }))} value={definition} error={at("definition")} onChange={setDefinition} />
      <TextInput label={t("Cause")} description={t("Such as a case's number; the same cause gives the same code again.")} required value={cause} error={at("cause")} onChange={(event) => setCause(event.currentTarget.value)} />
    </FormDrawer>
  );
}
