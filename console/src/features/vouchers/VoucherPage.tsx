import { Button, Group, Menu, Select, Text } from "@mantine/core";
import { IconArchive, IconDownload, IconPencil, IconTicket, IconUpload, IconWand } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { May, useMay } from "@/components/May";
import { MemberLink } from "@/components/MemberLink";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { get, getTagged, ifMatch, inProgram, send } from "@/lib/api";
import { moment, number, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { AddCodes } from "./AddCodes";
import { Batches, Generate } from "./Batches";
import { type Counts, type Definition, type Voucher, type Worth, worthText } from "./model";
import { Uses } from "./Uses";
import { VoucherForm } from "./VoucherForm";

/** Vouchers of one kind: how its codes stand, making more, taking them out. */
export default function VoucherPage() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const { definition: code = "" } = useParams({ strict: false }) as { definition?: string };
  const path = inProgram(program.code, "voucher-definitions", code);
  const key = [program.code, "voucher-definition", code] as const;
  const found = useQuery({ queryKey: key, queryFn: () => getTagged<Definition>(path) });
  const counts = useQuery({ queryKey: [...key, "counts"], queryFn: () => get<Counts>(`${path}/counts`), enabled: found.data !== undefined });
  const exports = useMay("vouchers:export");
  const [asking, setAsking] = useState<"edit" | "generate" | "add" | null>(null);
  const archive = useChange(() => send("DELETE", path, undefined, ifMatch(found.data?.etag)), { refresh: [key, [program.code, "voucher-definitions"]], done: t("The vouchers are archived."), toast: true });
  const back = { label: t("Vouchers"), to: "/$program/vouchers", params: { program: program.code } };
  const kind = found.data?.value;
  if (found.error) return <Page title={t("Voucher")} back={back}><Refusal error={found.error} retry={() => void found.refetch()} /></Page>;
  if (!kind) return <Page title={t("Voucher")} back={back}>{null}</Page>;
  const ask = async () => (await confirm({ title: t("Archive {{name}}?", { name: kind.name }), body: t("None of its codes can be used or handed out any more. Saving it again brings it back."), yes: t("Archive"), danger: true })) && archive.mutate(undefined);
  const close = () => setAsking(null);
  const figures: [string, keyof Counts][] = [[t("Waiting"), "stock"], [t("Issued"), "issued"], [t("Uses"), "uses"], [t("Set aside"), "reserved"], [t("Taken back"), "void"]];
  return (
    <Page
      title={kind.name}
      back={back}
      about={<Group gap="xs" component="span"><span className="mono">{kind.code}</span><Status value={kind.archived_at ? "archived" : "active"} /><Text span size="sm">{worthText(kind.worth as unknown as Worth, program.currency, t)}</Text>{kind.pattern && <span className="mono">{kind.pattern}</span>}</Group>}
      actions={
        <>
          <May needs="vouchers:write">
            <Button leftSection={<IconWand size={16} />} onClick={() => setAsking("generate")}>{t("Generate codes")}</Button>
            <Button variant="default" leftSection={<IconUpload size={16} />} onClick={() => setAsking("add")}>{t("Import codes")}</Button>
          </May>
          <May needs="vouchers:export"><Menu position="bottom-end">
            <Menu.Target><Button variant="default" leftSection={<IconDownload size={16} />}>{t("Export CSV")}</Button></Menu.Target>
            <Menu.Dropdown>{["", "stock", "issued", "void"].map((status) => <Menu.Item key={status} component="a" href={`${path}/export${status && `?status=${status}`}`} download>{status ? t(words(status)) : t("All codes")}</Menu.Item>)}</Menu.Dropdown>
          </Menu></May>
          <May needs="vouchers:write">
            <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setAsking("edit")}>{t("Edit")}</Button>
            {!kind.archived_at && <Button variant="default" leftSection={<IconArchive size={16} />} onClick={() => void ask()}>{t("Archive")}</Button>}
          </May>
        </>
      }
    >
      <Section>
        <Refusal error={counts.error} />
        <Group gap="xl">{figures.map(([label, name]) => <Stat key={name} label={label} value={counts.data ? number(counts.data[name]) : "…"} />)}</Group>
      </Section>
      <Batches path={path} zone={program.zone} queryKey={key} />
      <May needs="vouchers:export"><Codes path={path} queryKey={key} zone={program.zone} /></May>
      {!exports && <Text size="sm" c="dimmed">{t("A code is worth money: the list of codes is shown to those who may export it.")}</Text>}
      {asking === "edit" && <VoucherForm definition={kind} etag={found.data?.etag} close={close} />}
      {asking === "generate" && <Generate path={path} definition={code} close={close} />}
      {asking === "add" && <AddCodes path={path} queryKey={key} close={close} />}
    </Page>
  );
}

const NOTHING = { status: "" };

function Codes({ path, queryKey, zone }: { path: string; queryKey: readonly unknown[]; zone: string }) {
  const { t } = useTranslation();
  const { asked: { status }, choose } = useFilters(NOTHING);
  const found = usePages<Voucher>([...queryKey, "codes"], `${path}/codes`, { status: status || undefined, limit: 50 });
  return (
    <Section pad={false} title={t("Codes")} aside={<Select w={180} size="xs" clearable placeholder={t("Every status")} aria-label={t("Status")} data={["stock", "issued", "void"].map((value) => ({ value, label: t(words(value)) }))} value={status || null} onChange={(next) => choose({ status: next ?? "" })} />}>
      <DataTable
        label={t("Codes")}
        columns={[
          { id: "code", header: t("Code"), value: (one) => one.code, cell: (one) => <span className="mono">{one.code}</span> },
          { id: "status", header: t("Status"), value: (one) => one.status, cell: (one) => <Status value={one.status} /> },
          { id: "uses", header: t("Uses"), end: true, value: (one) => one.uses, cell: (one) => <Uses voucher={one} /> },
          { id: "member", header: t("Member"), cell: (one) => (one.member ? <MemberLink id={one.member} /> : "–") },
          { id: "issued", header: t("Issued"), value: (one) => one.issued_at ?? "", cell: (one) => (one.issued_at ? moment(one.issued_at, zone) : "–") },
          { id: "used", header: t("Last used"), value: (one) => one.last_used_at ?? "", cell: (one) => (one.last_used_at ? moment(one.last_used_at, zone) : "–") },
        ]}
        rows={found.rows}
        rowKey={(one) => one.code}
        error={found.error}
        retry={found.retry}
        more={found.more}
        empty={<Empty icon={IconTicket} title={t("No codes")}>{t("Generate them by the pattern, import your own, or let rules and rewards hand them out.")}</Empty>}
      />
    </Section>
  );
}
