import { Badge, Button, Group, Text, TextInput } from "@mantine/core";
import { IconCoins, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { MoneyInput, ScaledInput } from "@/components/Amounts";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { FormDrawer } from "@/components/FormDrawer";
import { Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { wrongAt } from "@/features/staff/model";
import { get, inProgram, send } from "@/lib/api";
import { points, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { AgreementForm } from "./AgreementForm";
import type { Standing } from "./model";

/** What a partner pays for: agreements with their caps and blocks, points bought ahead, and their end. */
export function Funding({ partner }: { partner: string }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const { permissions } = useSession();
  const confirm = useConfirm();
  const types = usePointTypes();
  const key = [code, "partners", partner, "funding"];
  const refresh = [key];
  const found = useQuery({ queryKey: key, queryFn: () => get<Standing[]>(inProgram(code, "partners", partner, "funding")) });
  const [making, setMaking] = useState(false);
  const [buying, setBuying] = useState<Standing | null>(null);
  const ending = useChange((agreement: string) => send("DELETE", inProgram(code, "funding", agreement)), { refresh, done: t("The agreement has ended."), toast: true });
  const may = permissions.includes("partners:write");
  const scaleOf = (type: string) => types.find((one) => one.code === type)?.scale ?? 0;
  const end = async (one: Standing) => (await confirm({ title: t("End the agreement {{code}}?", { code: one.agreement.code }), body: t("From the next award on the partner pays for nothing by it; what was billed stays on its statements."), yes: t("End it"), danger: true })) && ending.mutate(one.agreement.code);
  return (
    <Section title={t("What it pays for")} pad={false} aside={may && <Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>{t("New agreement")}</Button>}>
      <DataTable
        label={t("Agreements")}
        columns={[
          { id: "code", header: t("Agreement"), value: (one) => one.agreement.code, cell: (one) => <><Text size="sm" fw={580}>{types.find((type) => type.code === one.agreement.point_type)?.name ?? one.agreement.point_type}</Text><Text size="xs" c="dimmed" className="mono">{one.agreement.code}</Text></> },
          { id: "mode", header: t("How"), cell: (one) => <Badge color="gray">{t(words(one.agreement.mode ?? "postpaid"))}</Badge> },
          { id: "caps", header: t("Used"), cell: (one) => <>{one.caps.map((cap) => <Text key={cap.period} size="sm">{cap.period}: {t("{{used}} of {{all}}", { used: points(cap.used, scaleOf(one.agreement.point_type)), all: points(cap.max, scaleOf(one.agreement.point_type)) })}</Text>)}{one.block && <Text size="sm">{t("Bought ahead")}: {t("{{used}} of {{all}}", { used: points(one.block.used, scaleOf(one.agreement.point_type)), all: points(one.block.bought, scaleOf(one.agreement.point_type)) })}</Text>}{!one.caps.length && !one.block && <Text size="sm" c="dimmed">{t("without a cap")}</Text>}</> },
          { id: "status", header: t("Status"), cell: (one) => <Status value={one.ended ? "archived" : "active"} label={one.ended ? t("Ended") : undefined} /> },
          { id: "do", header: t("Actions"), end: true, cell: (one) => may && !one.ended && <Group gap={6} justify="flex-end" wrap="nowrap">{one.block && <Button size="compact-xs" variant="default" leftSection={<IconCoins size={13} />} onClick={() => setBuying(one)}>{t("Add points")}</Button>}<Button size="compact-xs" variant="default" c="var(--mantine-color-error)" onClick={() => void end(one)}>{t("End it")}</Button></Group> },
        ]}
        rows={found.data}
        rowKey={(one) => one.agreement.code}
        error={found.error}
        retry={() => void found.refetch()}
        empty={<Text size="sm" c="dimmed" px="lg" pb="lg">{t("Nothing yet: rules that let this partner fund an award need an agreement to bill it by.")}</Text>}
      />
      {making && <AgreementForm partner={partner} refresh={refresh} close={() => setMaking(false)} />}
      {buying && <Buy one={buying} scale={scaleOf(buying.agreement.point_type)} refresh={refresh} close={() => setBuying(null)} />}
    </Section>
  );
}

function Buy({ one, scale, refresh, close }: { one: Standing; scale: number; refresh: (readonly unknown[])[]; close: () => void }) {
  const { t } = useTranslation();
  const { code, currency } = useProgram();
  const [form, setForm] = useState<{ points: number | null; price: number | null; reference: string }>({ points: null, price: null, reference: "" });
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const buying = useChange(() => send("POST", inProgram(code, "funding", one.agreement.code, "block"), { points: form.points ?? 0, price: ((form.price ?? 0) / 10 ** digits).toFixed(digits), reference: form.reference }), { refresh, done: t("The points are in the block."), then: close });
  return (
    <FormDrawer title={t("Points bought ahead")} opened close={close} submit={() => buying.mutate(undefined)} saving={buying.isPending} error={buying.error} disabled={!form.points}>
      <Group grow align="flex-start">
        <ScaledInput label={t("Points")} required scale={scale} value={form.points} error={wrongAt(buying.error, "points")} onChange={(value) => setForm({ ...form, points: value })} data-autofocus />
        <MoneyInput label={t("What was paid for them")} value={form.price} error={wrongAt(buying.error, "price")} onChange={(price) => setForm({ ...form, price })} />
      </Group>
      <TextInput label={t("Your order or invoice")} maxLength={200} value={form.reference} onChange={(event) => setForm({ ...form, reference: event.currentTarget.value })} />
    </FormDrawer>
  );
}
