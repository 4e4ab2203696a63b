import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { May } from "@/components/May";
import { MemberLink } from "@/components/MemberLink";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { CheckoutLink } from "@/features/checkout/CheckoutLink";
import { get, inProgram, send } from "@/lib/api";
import { moment } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { told } from "@/lib/told";
import type { Checked, History } from "./model";
import { Uses } from "./Uses";

/** A code looked up: where it stands, why it would be refused now, every use of it, and taking it back; a link names one in `code`. */
export function LookUp() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const { code: linked } = useSearch({ strict: false }) as { code?: string };
  const [code, setCode] = useState(linked ? String(linked) : "");
  const [member, setMember] = useState("");
  const look = useChange(async (wanted: string) => {
    const history = await get<History>(inProgram(program.code, "vouchers", wanted));
    const holder = member.trim() || history.voucher.member;
    const checked = await send<Checked>("POST", inProgram(program.code, "vouchers", "check"), { codes: [wanted], member: holder });
    return { ...history, refusal: checked.codes[0]?.refusal ?? checked.refusal, holder };
  });
  const found = look.data;
  useEffect(() => {
    if (linked) look.mutate(String(linked));
  }, [linked]); // eslint-disable-line
  const take = useChange((wanted: string) => send("POST", inProgram(program.code, "vouchers", "void"), { codes: [wanted] }), { refresh: [[program.code, "voucher-definition"]], done: t("The code is taken back."), toast: true, then: (_, wanted) => look.mutate(wanted) });
  const ask = async (wanted: string) => (await confirm({ title: t("Take {{code}} back?", { code: wanted }), body: t("Nobody can use it any more. This cannot be undone."), yes: t("Take back"), danger: true })) && take.mutate(wanted);
  return (
    <Section title={t("Look up a code")}>
      <form onSubmit={(event) => { event.preventDefault(); if (code.trim()) look.mutate(code.trim()); }}>
        <Group align="flex-end" gap="sm">
          <TextInput flex={1} miw={180} label={t("Code")} value={code} onChange={(event) => setCode(event.currentTarget.value)} />
          <TextInput flex={1} miw={180} label={t("For the member")} placeholder={t("its holder")} value={member} onChange={(event) => setMember(event.currentTarget.value)} />
          <Button type="submit" variant="default" leftSection={<IconSearch size={16} />} loading={look.isPending} disabled={!code.trim()}>{t("Look up")}</Button>
        </Group>
      </form>
      {look.error && <Group mt="md"><Refusal error={look.error} /></Group>}
      {found && !look.error && (
        <Stack mt="md" gap="sm">
          <Group gap="sm">
            <Text fw={600} className="mono">{found.voucher.code}</Text>
            <Status value={found.voucher.status} />
            <Text size="sm">{found.voucher.name}</Text>
            <Text size="sm">{t("Uses")}: <Uses voucher={found.voucher} /></Text>
            {found.voucher.member && <MemberLink id={found.voucher.member} />}
            {found.voucher.ends_at && <Text size="sm">{t("Ends")}: {moment(found.voucher.ends_at, program.zone)}</Text>}
            {found.voucher.status !== "void" && <May needs="vouchers:write"><Button size="xs" variant="default" loading={take.isPending} onClick={() => void ask(found.voucher.code)}>{t("Take back")}</Button></May>}
          </Group>
          {found.refusal ? <Alert color="orange" variant="light" title={t("It would be refused now")}><Text size="sm">{told(found.refusal.message)}</Text><Text size="xs" className="mono">{found.refusal.code} {facts(found.refusal.facts, program.zone)}</Text></Alert> : <Alert color="pine" variant="light" title={t("It can be used now")} />}
          {found.uses.length > 0 && (
            <DataTable
              label={t("Uses")}
              columns={[
                { id: "since", header: t("Set aside"), cell: (one) => moment(one.reserved_at, program.zone) },
                { id: "used", header: t("Used"), cell: (one) => (one.used_at ? moment(one.used_at, program.zone) : "–") },
                { id: "order", header: t("Order"), cell: (one) => one.order_id ?? (one.checkout ? <CheckoutLink id={one.checkout} /> : "–") },
                { id: "member", header: t("Member"), cell: (one) => (one.member ? <MemberLink id={one.member} /> : "–") },
                { id: "status", header: t("Status"), cell: (one) => <Status value={one.status} /> },
              ]}
              rows={found.uses}
              rowKey={(one) => one.reserved_at + one.status}
            />
          )}
        </Stack>
      )}
    </Section>
  );
}

function facts(said: Record<string, unknown>, zone: string): string {
  const shown = (value: unknown) => (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? moment(value, zone) : String(value));
  return Object.entries(said).map(([name, value]) => `${name}: ${shown(value)}`).join(", ");
}
