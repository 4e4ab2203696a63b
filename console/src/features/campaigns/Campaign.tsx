import { Badge, Button, Grid, Group, Menu, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconArchive, IconCopy, IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { May, ReadOnly } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useOpened } from "@/components/useOpened";
import { ifMatch, inProgram, send } from "@/lib/api";
import { moment, money, number, percent, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { CampaignActivities } from "./Activities";
import { Lists, Promotions } from "./Attached";
import { CampaignForm } from "./CampaignForm";
import { CopyForm } from "./CopyForm";
import { type Campaign as Plan, campaignQuery, span, touched } from "./model";
import { Notes } from "./Notes";
import { NextSteps, Way } from "./Steps";
import "./campaigns.css";

/** One campaign: the plan, how far it is, what it offers to whom, what is to be done, and what was said. */
export default function Campaign() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const { campaign: code = "" } = useParams({ strict: false }) as { campaign?: string };
  const found = useQuery(campaignQuery(program.code, code));
  const [editing, setEditing] = useOpened<true>("campaign");
  const [copying, setCopying] = useState(false);
  const plan = found.data;
  const archive = useChange(() => send("DELETE", inProgram(program.code, "campaigns", code), undefined, ifMatch(`"${plan?.revision}"`)), { refresh: touched(program.code, code), done: t("The campaign is archived."), toast: true });
  const back = { label: t("Campaigns"), to: "/$program/campaigns", params: { program: program.code } };
  if (found.error) return <Page title={t("Campaign")} back={back}><Refusal error={found.error} retry={() => void found.refetch()} /></Page>;
  if (!plan) return <Page title={t("Campaign")} back={back}>{null}</Page>;
  const ask = async () => (await confirm({ title: t("Archive {{name}}?", { name: plan.name }), body: t("It is in no list and no calendar any more; what it promoted stays as it is. Saving it again brings it back."), yes: t("Archive"), danger: true })) && archive.mutate(undefined);
  return (
    <Page
      title={plan.name}
      back={back}
      about={<Group gap="xs" component="span"><span className="mono">{plan.code}</span>{plan.template ? <Badge color="gray">{t("Template")}</Badge> : <Status value={plan.archived_at ? "archived" : plan.status} />}{plan.type && <Badge color="gray">{plan.type}</Badge>}<Text span size="sm">{plan.owner ? t("Owner: {{name}}", { name: plan.owner.name || plan.owner.id }) : t("nobody answers for it yet")}</Text></Group>}
      actions={
        <NextSteps
          campaign={plan}
          edit={<May needs="campaigns:write">{plan.template && <Button leftSection={<IconCopy size={16} />} onClick={() => setCopying(true)}>{t("New campaign from it")}</Button>}<Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setEditing(true)}>{t("Edit")}</Button></May>}
          more={<><Menu.Item leftSection={<IconCopy size={16} />} onClick={() => setCopying(true)}>{t("Copy")}</Menu.Item>{!plan.archived_at && <Menu.Item leftSection={<IconArchive size={16} />} onClick={() => void ask()}>{t("Archive")}</Menu.Item>}</>}
        />
      }
    >
      <ReadOnly needs="campaigns:write" />
      {!plan.template && <Way campaign={plan} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="lg">
            <Section><Figures plan={plan} /></Section>
            <Promotions campaign={plan} />
            <CampaignActivities campaign={plan} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="lg">
            <Lists campaign={plan} />
            <Notes code={plan.code} />
            <History plan={plan} />
          </Stack>
        </Grid.Col>
      </Grid>
      {editing && <CampaignForm campaign={plan} close={() => setEditing(null)} />}
      {copying && <CopyForm original={plan} close={() => setCopying(false)} />}
    </Page>
  );
}

function Figures({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const amount = (value: number | null) => (value == null ? "–" : money(value, plan.currency));
  const responses = plan.expected_response == null ? null : Math.round((plan.reach * Number(plan.expected_response)) / 100);
  return (
    <Stack gap="lg">
      {plan.offer && <Text className="campaign-offer">{plan.offer}</Text>}
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="lg">
        <Stat label={t("Budget")} value={amount(plan.budget)} />
        <Stat label={t("Estimated revenue")} value={amount(plan.estimated_revenue)} note={plan.budget && plan.estimated_revenue ? t("{{times}} times the budget", { times: number(Math.round((plan.estimated_revenue / plan.budget) * 10) / 10) }) : undefined} />
        <Stat label={t("Expected response")} value={plan.expected_response == null ? "–" : percent(Number(plan.expected_response) / 100)} note={responses !== null && plan.lists.length > 0 ? t("about {{number}} members", { number: number(responses) }) : undefined} />
        <Stat label={t("On its lists")} value={plan.lists.length ? number(plan.reach) : "–"} note={plan.lists.length ? t("members, now") : t("no list attached")} />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
        <Days label={t("Proposed")} first={plan.proposed_from} last={plan.proposed_to} />
        <Days label={t("As it went")} first={plan.actual_from} last={plan.actual_to} />
      </SimpleGrid>
      {plan.description && <div><Text size="xs" c="dimmed" fw={500}>{t("For colleagues")}</Text><Text size="sm" style={{ whiteSpace: "pre-wrap" }}>{plan.description}</Text></div>}
    </Stack>
  );
}

function Days({ label, first, last }: { label: string; first: string | null; last: string | null }) {
  const { t } = useTranslation();
  return <div><Text size="xs" c="dimmed" fw={500}>{label}</Text><Text fw={560}>{span(first, last) || t("not yet")}</Text></div>;
}

function History({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  return (
    <Section title={t("Steps")}>
      <Stack gap="sm" component="ol" m={0} p={0} style={{ listStyle: "none" }}>
        {[...plan.steps].reverse().map((one, place) => (
          <li key={plan.steps.length - place}>
            <Group gap="xs" wrap="nowrap" align="baseline"><Status value={one.status} label={t(words(one.status))} /><Text size="xs" c="dimmed">{one.by_name} · {moment(one.made_at, zone)}</Text></Group>
            {one.reason && <Text size="sm" mt={2} style={{ overflowWrap: "anywhere" }}>{one.reason}</Text>}
          </li>
        ))}
      </Stack>
    </Section>
  );
}
