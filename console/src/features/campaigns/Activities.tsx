import { ActionIcon, Badge, Button, Checkbox, Group, Menu, SegmentedControl, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconChecklist, IconDots, IconPhone, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { May, ReadOnly, useMay } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { searching } from "@/components/searching";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { ifMatch, inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { day, moment } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { type Activity, type ActivityBody, type Campaign, choicesQuery } from "./model";
import { PlaceLink } from "./PlaceLink";
import "./campaigns.css";

const NOTHING = { who: "me", open: "open" };

/** What one has to do for campaigns, the next due first. */
export default function MyActivities() {
  const { t } = useTranslation();
  const program = useProgram();
  const choices = useQuery(choicesQuery(program.code)).data;
  const { asked: { who, open }, choose } = useFilters(NOTHING);
  const found = usePages<Activity>([program.code, "activities"], inProgram(program.code, "activities"), { assignee: who === "all" ? undefined : who, open: open === "open", limit: 50 });
  return (
    <Page title={t("Activities of campaigns")} about={t("Calls to make and tasks to do so that campaigns begin on their day.")} back={{ label: t("Campaigns"), to: "/$program/campaigns", params: { program: program.code } }}>
      <ReadOnly needs="activities:write" />
      <Section pad={false}>
        <Group p="md" gap="sm">
          <SegmentedControl aria-label={t("Status")} value={open} onChange={(next) => choose({ open: next })} data={[{ value: "open", label: t("Open") }, { value: "done", label: t("Done") }]} />
          <Select w={220} aria-label={t("Whose")} value={who} onChange={(next) => next && choose({ who: next })} data={[{ value: "me", label: t("Mine") }, { value: "all", label: t("Everybody's") }, ...(choices?.people ?? []).map((one) => ({ value: String(one.id), label: one.name }))]} />
        </Group>
        <Refusal error={found.error} retry={found.retry} />
        <ActivityList rows={found.rows} named empty={<Empty icon={IconChecklist} title={open === "open" ? t("Nothing is to be done") : t("Nothing was done yet")}>{t("Calls and tasks are added on a campaign's page and given to somebody there.")}</Empty>} />
        {found.more.has && <Group justify="center" p="sm"><Button variant="default" size="xs" loading={found.more.loading} onClick={found.more.load}>{t("Show more")}</Button></Group>}
      </Section>
    </Page>
  );
}

/** What has to be done for one campaign. */
export function CampaignActivities({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [adding, setAdding] = useState(false);
  const found = usePages<Activity>([program.code, "activities", campaign.code], inProgram(program.code, "campaigns", campaign.code, "activities"), { limit: 100 });
  const rows = found.rows && [...found.rows].sort((one, other) => Number(one.completed_at !== null) - Number(other.completed_at !== null));
  return (
    <Section title={t("Activities")} pad={false} aside={<May needs="campaigns:write"><Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>{t("Add an activity")}</Button></May>}>
      <Refusal error={found.error} retry={found.retry} />
      <ActivityList rows={rows} empty={<Text size="sm" c="dimmed" px="lg" pb="lg">{t("No calls or tasks yet. Add what has to be done before it begins, and by whom.")}</Text>} />
      {adding && <ActivityForm campaign={campaign.code} activity={null} close={() => setAdding(false)} />}
    </Section>
  );
}

function ActivityList({ rows, named, empty }: { rows: Activity[] | undefined; named?: boolean; empty: ReactNode }) {
  const [editing, setEditing] = useState<Activity | null>(null);
  if (rows?.length === 0) return <>{empty}</>;
  return (
    <Stack gap={0} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
      {(rows ?? []).map((one) => <Item key={one.id} activity={one} named={named} edit={() => setEditing(one)} />)}
      {editing && <ActivityForm campaign={editing.campaign} activity={editing} close={() => setEditing(null)} />}
    </Stack>
  );
}

function Item({ activity, named, edit }: { activity: Activity; named?: boolean; edit: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const path = inProgram(program.code, "activities", String(activity.id));
  const refresh = refreshed(program.code, activity.campaign);
  const tag = ifMatch(`"${activity.revision}"`);
  const done = activity.completed_at !== null;
  const may = useMay("activities:write");
  const plans = useMay("campaigns:write");
  const toggle = useChange(() => send<Activity>("POST", `${path}/${done ? "reopen" : "complete"}`, undefined, tag), { refresh, done: done ? t("It is to be done again.") : t("Done."), toast: true });
  const remove = useChange(() => send("DELETE", path, undefined, tag), { refresh, done: t("The activity is gone."), toast: true });
  return (
    <Group component="li" gap="sm" px="lg" py={10} wrap="nowrap" align="flex-start" className="campaign-line">
      <Checkbox mt={1} aria-label={done ? t("Open {{what}} again", { what: activity.subject }) : t("Complete {{what}}", { what: activity.subject })} checked={done} disabled={toggle.isPending || !may} onChange={() => toggle.mutate(undefined)} />
      <div style={{ flex: 1, minWidth: 0 }}>
        <Group gap={6} wrap="nowrap" align="flex-start">
          {activity.kind === "call" && <IconPhone size={15} stroke={1.7} aria-label={t("Call")} style={{ flexShrink: 0, marginTop: 3 }} />}
          <Text size="sm" fw={560} td={done ? "line-through" : undefined} c={done ? "dimmed" : undefined} style={{ overflowWrap: "anywhere" }}>{activity.subject}</Text>
        </Group>
        {activity.details && <Text size="sm" c="dimmed" style={{ whiteSpace: "pre-wrap" }}>{activity.details}</Text>}
        <Text size="xs" c="dimmed" component="div">
          {named && <PlaceLink size="xs" to="/$program/campaigns/$campaign" params={{ campaign: activity.campaign }}>{activity.campaign_name}</PlaceLink>}
          {named && " · "}
          {activity.assignee ? activity.assignee.name : t("nobody's yet")}
          {done && <> · {t("completed by {{who}}, {{when}}", { who: activity.completed_by_name, when: moment(activity.completed_at as string, program.zone) })}</>}
        </Text>
      </div>
      {activity.due_on && !done && (activity.overdue ? <Badge color="red" style={{ flexShrink: 0 }}>{t("due {{day}}", { day: day(activity.due_on) })}</Badge> : <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }} mt={3}>{t("due {{day}}", { day: day(activity.due_on) })}</Text>)}
      {done || !may ? <span style={{ width: 28, flexShrink: 0 }} /> : (
        <Menu position="bottom-end">
          <Menu.Target><ActionIcon aria-label={t("What to do with {{what}}", { what: activity.subject })}><IconDots size={16} /></ActionIcon></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={edit}>{t("Edit")}</Menu.Item>
            {plans && <Menu.Item color="red" onClick={() => remove.mutate(undefined)}>{t("Remove")}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      )}
    </Group>
  );
}

function ActivityForm({ campaign, activity, close }: { campaign: string; activity: Activity | null; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const me = Number(useSession().person.id);
  const choices = useQuery(choicesQuery(program.code)).data;
  const [form, setForm, draft] = useDraft<ActivityBody>(`activity ${campaign} ${activity?.id ?? "new"}`, { kind: activity?.kind ?? "task", subject: activity?.subject ?? "", details: activity?.details ?? "", assignee: activity ? (activity.assignee?.id ?? null) : Number.isInteger(me) ? me : null, due_on: activity?.due_on ?? null });
  const set = (part: Partial<ActivityBody>) => setForm({ ...form, ...part });
  const saving = useChange(
    () => (activity ? send<Activity>("PUT", inProgram(program.code, "activities", String(activity.id)), form, ifMatch(`"${activity.revision}"`)) : send<Activity>("POST", inProgram(program.code, "campaigns", campaign, "activities"), form)),
    { refresh: refreshed(program.code, campaign), done: t("Saved."), draft, then: close },
  );
  const at = atField(saving.error);
  return (
    <FormDrawer needs={activity ? "activities:write" : "campaigns:write"} title={activity ? activity.subject : t("New activity")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} disabled={!form.subject.trim()}>
      <SegmentedControl aria-label={t("Kind")} value={form.kind} onChange={(kind) => set({ kind: kind as Activity["kind"] })} data={[{ value: "task", label: t("Task") }, { value: "call", label: t("Call") }]} />
      <TextInput label={t("What is to be done")} required value={form.subject} error={at("subject")} onChange={(event) => set({ subject: event.currentTarget.value })} data-autofocus />
      <Textarea label={t("Details")} autosize minRows={2} value={form.details ?? ""} error={at("details")} onChange={(event) => set({ details: event.currentTarget.value })} />
      <Group grow align="flex-start">
        <Select label={t("Who does it")} clearable {...searching} data={(choices?.people ?? []).map((one) => ({ value: String(one.id), label: one.name }))} value={form.assignee ? String(form.assignee) : null} error={at("assignee")} onChange={(assignee) => set({ assignee: assignee ? Number(assignee) : null })} />
        <TextInput type="date" label={t("Due on")} value={form.due_on ?? ""} error={at("due_on")} onChange={(event) => set({ due_on: event.currentTarget.value || null })} />
      </Group>
    </FormDrawer>
  );
}

const refreshed = (program: string, campaign: string) => [[program, "activities"], [program, "campaign", campaign], [program, "campaigns"], [program, "calendar"]] as const;
