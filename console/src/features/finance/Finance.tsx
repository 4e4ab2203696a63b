import { Button, Group, SegmentedControl, Skeleton, Stack, TextInput, Textarea } from "@mantine/core";
import { IconDownload, IconLock, IconLockOpen } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { FormDrawer } from "@/components/FormDrawer";
import { Page } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useOpened } from "@/components/useOpened";
import { wrongAt } from "@/features/staff/model";
import { get, inProgram, send } from "@/lib/api";
import { month } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { Accounts } from "./Accounts";
import { Liability } from "./Liability";
import { Month } from "./Month";
import type { Period } from "./model";
import { Months } from "./Months";

/** The month as finance keeps it: what is deferred, the journal, closing; what is owed at any past day; accounts. */
export default function Finance() {
  const { t } = useTranslation();
  const program = useProgram();
  const { permissions } = useSession();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const { period: asked, view = "month" } = useSearch({ strict: false }) as { period?: string; view?: string };
  const path = inProgram(program.code, "finance");
  // The server's clock says which month it is: the months of a demo or of a restored copy are not this browser's.
  const found = useQuery({ queryKey: [program.code, "finance", "period", asked ?? "current"], enabled: view === "month", queryFn: () => get<Period>(`${path}/periods/${asked ?? "current"}`) });
  const period = asked ?? found.data?.period ?? "";
  const [reopening, setReopening] = useOpened<true>("reopening");
  const refresh = [[program.code, "finance"], [program.code, "approvals"]];
  const closing = useChange(() => send<Period>("POST", `${path}/periods/${period}/close`), { refresh, done: t("The month is closed.") });
  const close = async () => (await confirm({ title: t("Close {{month}}?", { month: month(period) }), body: t("Its figures never change again; what comes late counts in the next month. Only another person's approval opens it again."), yes: t("Close the month"), type: period })) && closing.mutate(undefined);
  const go = (next: Record<string, string | undefined>) => void navigate({ search: { period: asked, view, ...next } } as never);
  const may = permissions.includes("finance:write");
  return (
    <Page
      title={t("Finance")}
      about={t("What members' points are worth in the books: deferred when given, released when spent or never coming back.")}
      actions={
        view === "month" && (
          <>
            {found.data && <Button variant="default" component="a" href={`${path}/periods/${period}/journal?format=csv`} download leftSection={<IconDownload size={16} />}>{t("Journal, CSV")}</Button>}
            {may && found.data && !found.data.closed && <Button leftSection={<IconLock size={16} />} loading={closing.isPending} onClick={() => void close()}>{t("Close the month")}</Button>}
            {may && found.data?.closed && <Button variant="default" leftSection={<IconLockOpen size={16} />} onClick={() => setReopening(true)}>{t("Ask to open it again")}</Button>}
          </>
        )
      }
    >
      <Group gap="sm" wrap="wrap">
        <SegmentedControl style={{ maxWidth: "100%", overflowX: "auto" }} aria-label={t("What is shown")} value={view} onChange={(next) => go({ view: next })} data={[{ value: "month", label: t("A month") }, { value: "liability", label: t("Liability") }, { value: "closed", label: t("All months") }, { value: "accounts", label: t("Accounts") }]} />
        {view === "month" && <TextInput type="month" aria-label={t("Month")} value={period} onChange={(event) => event.currentTarget.value && go({ period: event.currentTarget.value })} />}
      </Group>
      <Stack gap="lg">
        <Refusal error={closing.error ?? (view === "month" ? found.error : undefined)} />
        {view === "month" && !found.data && !found.error && <Skeleton h={320} radius="md" />}
        {view === "month" && found.data && <Month period={found.data} path={`${path}/periods/${period}`} />}
        {view === "liability" && <Liability path={path} />}
        {view === "closed" && <Months path={path} open={(next) => go({ view: "month", period: next })} />}
        {view === "accounts" && <Accounts path={path} />}
      </Stack>
      {reopening && period && <Reopen path={`${path}/periods/${period}/reopenings`} name={month(period)} refresh={refresh} close={() => setReopening(null)} />}
    </Page>
  );
}

function Reopen({ path, name, refresh, close }: { path: string; name: string; refresh: readonly (readonly unknown[])[]; close: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason, draft] = useDraft(`reopening ${path}`, "");
  const asking = useChange(() => send("POST", path, { reason: reason.trim() }), { refresh, done: t("It waits in the approvals for another person."), draft, then: close });
  return (
    <FormDrawer title={t("Open {{month}} again", { month: name })} opened close={close} submit={() => asking.mutate(undefined)} saving={asking.isPending} error={asking.error} draft={draft} yes={t("Ask for it")} disabled={!reason.trim()}>
      <Textarea label={t("Reason")} description={t("Another person reads it and decides")} required autosize minRows={3} maxLength={1000} value={reason} error={wrongAt(asking.error, "reason")} onChange={(event) => setReason(event.currentTarget.value)} data-autofocus />
    </FormDrawer>
  );
}
