import { Button, Group, Menu, Text, Textarea } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconDots, IconX } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { ifMatch, inProgram, send } from "@/lib/api";
import { day, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { type Campaign, type Status, touched, WAY } from "./model";

/** How far a campaign is, on its way from the draft to the end. */
export function Way({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const reached = campaign.status === "cancelled" ? -1 : WAY.indexOf(campaign.status);
  const when = (status: Status) => campaign.steps.filter((one) => one.status === status).at(-1)?.made_at;
  return (
    <ol className="campaign-way" aria-label={t("How far it is")}>
      {WAY.map((status, place) => (
        <li key={status} data-done={place < reached || (place === reached && status === "completed") || undefined} data-here={place === reached || undefined} aria-current={place === reached ? "step" : undefined}>
          <span className="campaign-dot" aria-hidden>{place < reached || (place === reached && status === "completed") ? <IconCheck size={13} stroke={3} /> : place + 1}</span>
          <span>
            <Text span size="sm" fw={place === reached ? 620 : 500}>{t(words(status))}</Text>
            {place <= reached && when(status) && <Text size="xs" c="dimmed">{day(when(status) as string, zone)}</Text>}
          </span>
        </li>
      ))}
      {campaign.status === "cancelled" && (
        <li data-here data-off aria-current="step">
          <span className="campaign-dot" aria-hidden><IconX size={13} stroke={3} /></span>
          <span><Text span size="sm" fw={620}>{t("Cancelled")}</Text>{when("cancelled") && <Text size="xs" c="dimmed">{day(when("cancelled") as string, zone)}</Text>}</span>
        </li>
      )}
    </ol>
  );
}

/** The next step as a button, and the others behind a menu with whatever else is to be found there; the server says which there are. */
export function NextSteps({ campaign, edit, more }: { campaign: Campaign; edit: ReactNode; more: ReactNode }) {
  const { t } = useTranslation();
  const program = useProgram();
  const { permissions } = useSession();
  const [asking, setAsking] = useState<Status | null>(null);
  const [reason, setReason] = useState("");
  const path = inProgram(program.code, "campaigns", campaign.code);
  const taking = useChange(
    (status: Status) => send<Campaign>("POST", `${path}/${status === "approved" ? "approve" : "status"}`, status === "approved" ? { reason } : { status, reason }, ifMatch(`"${campaign.revision}"`)),
    { refresh: touched(program.code, campaign.code), done: (answer) => t("The campaign is now: {{status}}.", { status: t(words(answer.status)).toLowerCase() }), then: () => setAsking(null) },
  );
  const said: Record<Status, string> = { draft: t("Back to draft"), proposed: t("Propose"), approved: t("Approve"), active: t("Begin"), completed: t("Complete"), cancelled: t("Cancel the campaign") };
  const about: Record<Status, string> = {
    draft: t("It is planned anew, and has to be approved again."),
    proposed: t("Somebody who may approve it looks at the plan and its budget."),
    approved: t("The plan and its budget hold from now on; more money needs another approval."),
    active: t("Today is written down as the day it really began, unless a day is there."),
    completed: t("Today is written down as its last day, unless a day is there."),
    cancelled: t("It is not carried out. It can be taken up again as a draft."),
  };
  const writes = permissions.includes("campaigns:write");
  const open = campaign.steps_open.filter((one) => permissions.includes(one === "approved" ? "campaigns:approve" : "campaigns:write"));
  const next = open.find((one) => WAY.indexOf(one) > WAY.indexOf(campaign.status)) ?? (campaign.status === "cancelled" ? open[0] : undefined);
  const others = open.filter((one) => one !== next);
  const ask = (status: Status) => {
    setReason("");
    taking.reset();
    setAsking(status);
  };
  return (
    <Group gap="xs">
      {next && <Button onClick={() => ask(next)}>{said[next]}</Button>}
      {edit}
      {(writes || others.length > 0) && <Menu position="bottom-end">
        <Menu.Target><Button variant="default" px={9} aria-label={t("More")}><IconDots size={17} /></Button></Menu.Target>
        <Menu.Dropdown>
          {others.map((one) => <Menu.Item key={one} leftSection={one === "cancelled" ? <IconX size={16} /> : <IconArrowBackUp size={16} />} color={one === "cancelled" ? "red" : undefined} onClick={() => ask(one)}>{said[one]}</Menu.Item>)}
          {writes && others.length > 0 && <Menu.Divider />}
          {writes && more}
        </Menu.Dropdown>
      </Menu>}
      {asking && (
        <FormDrawer title={said[asking]} opened close={() => setAsking(null)} submit={() => taking.mutate(asking)} saving={taking.isPending} error={taking.error} yes={said[asking]}>
          <Text size="sm" c="dimmed">{about[asking]}</Text>
          <Textarea label={t("Reason")} description={t("Kept with the step, for whoever asks later")} autosize minRows={3} maxLength={1000} value={reason} onChange={(event) => setReason(event.currentTarget.value)} data-autofocus />
        </FormDrawer>
      )}
    </Group>
  );
}
