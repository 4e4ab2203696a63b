import { Button, Drawer, Group, NumberInput, Select, SimpleGrid, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNames, wrongAt } from "@/features/staff/model";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { get, send } from "@/lib/api";
import { day, moment, money, number, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { onSide, type WholeDispute } from "./model";

/** What both sides see differently, what they wrote, and how it ends. */
export function DisputeDrawer({ id, partner, close }: { id: number; partner: string | null; close: () => void }) {
  const { t } = useTranslation();
  const { code, zone, currency } = useProgram();
  const names = useNames();
  const { permissions } = useSession();
  const path = onSide(code, partner, "disputes", String(id));
  const found = useQuery({ queryKey: [code, "disputes", "one", id], queryFn: () => get<WholeDispute>(path) });
  const whole = found.data;
  const sideOf = (side: string) => (side === "program" ? t("The program") : partner ? t("You") : t("The partner"));
  return (
    <Drawer opened onClose={close} position="right" size="lg" title={<Text fw={620} fz="lg">{whole?.reference ?? t("Dispute")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      {found.error && <Refusal error={found.error} />}
      {!whole && !found.error && <Skeleton h={160} />}
      {whole && (
        <Stack>
          <Group gap="xs"><Status value={whole.status === "open" ? "waiting" : whole.status} label={t(words(whole.status))} /><Text size="sm">{t(words(whole.kind))} · {moment(whole.opened_at, zone)}</Text>{whole.adjustment !== null && <Text size="sm">{t("Adjustment: {{amount}}", { amount: money(whole.adjustment, currency) })}</Text>}</Group>
          {(Object.keys(whole.ours).length > 0 || Object.keys(whole.theirs).length > 0) && <SimpleGrid cols={2}><Side name={t("The program says")} said={whole.ours} /><Side name={partner ? t("You say") : t("The partner says")} said={whole.theirs} /></SimpleGrid>}
          {whole.notes.map((note) => (
            <div key={note.written_at + note.text} className="clause"><Text size="xs" c="dimmed">{sideOf(note.side)}{partner ? "" : ` · ${names(note.written_by)}`} · {moment(note.written_at, zone)}</Text><Text size="sm">{note.text}</Text></div>
          ))}
          {whole.closed_at === null && permissions.includes("settlement:write") && <Reply path={path} partner={partner} />}
        </Stack>
      )}
    </Drawer>
  );
}

/** What one side says about an item; nothing where it does not know it. */
function Side({ name, said }: { name: string; said: Record<string, unknown> }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const known = Object.entries(said);
  const shown = (field: string, value: unknown) => (field === "amount" ? money(String(value), currency) : field === "day" ? day(String(value)) : number(Number(value)));
  return (
    <div>
      <Text size="xs" c="dimmed">{name}</Text>
      {known.length === 0 && <Text size="sm">{t("knows nothing of it")}</Text>}
      {known.map(([field, value]) => <Text key={field} size="sm">{t(words(field))}: <b>{shown(field, value)}</b></Text>)}
    </div>
  );
}

/** Write to the other side, or end it; an adjustment is in the currency's whole units on this page, in minor ones for the API. */
function Reply({ path, partner }: { path: string; partner: string | null }) {
  const { t } = useTranslation();
  const { code, currency } = useProgram();
  const [text, setText, draft] = useDraft(`answer ${path}`, "");
  const [outcome, setOutcome] = useState("accepted");
  const [amount, setAmount] = useState<number | string>("");
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const doing = useChange(
    (what: "notes" | "close" | "withdraw") => send("POST", `${path}/${what}`, { text: text.trim(), ...(what === "close" ? { outcome, adjustment: outcome === "accepted" ? Math.round(Number(amount || 0) * 10 ** digits) : 0 } : {}) }),
    { refresh: [[code, "disputes"], [code, "statements"]], done: t("Saved."), draft, then: () => setText("") },
  );
  return (
    <Stack gap="sm">
      <Textarea label={t("Your answer")} required autosize minRows={2} maxLength={2000} value={text} error={wrongAt(doing.error, "text")} onChange={(event) => setText(event.currentTarget.value)} />
      {!partner && (
        <Group grow align="flex-start">
          <Select label={t("How it ends")} allowDeselect={false} data={[{ value: "accepted", label: t("Accepted") }, { value: "rejected", label: t("Rejected") }]} value={outcome} onChange={(value) => value && setOutcome(value)} />
          <NumberInput label={t("Adjustment ({{currency}})", { currency })} description={t("Negative: in the partner's favour")} decimalScale={digits} disabled={outcome !== "accepted"} value={amount} error={wrongAt(doing.error, "adjustment")} onChange={setAmount} />
        </Group>
      )}
      <Refusal error={doing.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" disabled={!text.trim()} onClick={() => doing.mutate("notes")}>{t("Answer")}</Button>
        {partner ? <Button disabled={!text.trim()} onClick={() => doing.mutate("withdraw")}>{t("Withdraw the dispute")}</Button> : <Button disabled={!text.trim()} onClick={() => doing.mutate("close")}>{t("End the dispute")}</Button>}
      </Group>
    </Stack>
  );
}
