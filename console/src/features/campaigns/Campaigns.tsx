import { Badge, Button, Group, Menu, Select, SegmentedControl, Text, TextInput } from "@mantine/core";
import { IconCalendarMonth, IconChecklist, IconChevronDown, IconPlus, IconSearch, IconSpeakerphone, IconTemplate } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { May } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useFilters } from "@/components/useFilters";
import { useOpened } from "@/components/useOpened";
import { usePages } from "@/components/usePages";
import { get, inProgram, type PageOf } from "@/lib/api";
import { money, number, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { CampaignForm } from "./CampaignForm";
import { CopyForm } from "./CopyForm";
import { choicesQuery, type Row, span, STATUSES } from "./model";
import { PlaceLink } from "./PlaceLink";

const NOTHING = { q: "", status: "", owner: "", type: "", shown: "campaigns" };

/** Every campaign: what is planned, who answers for it, and how far it is. */
export default function Campaigns() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const choices = useQuery(choicesQuery(program.code)).data;
  const { filter, asked: { q, status, owner, type: kind, shown }, choose, type } = useFilters(NOTHING);
  const [making, setMaking] = useOpened<true>("campaign");
  const [copying, setCopying] = useState<Row | null>(null);
  const path = inProgram(program.code, "campaigns");
  const query = { q: q || undefined, status: status || undefined, owner: owner || undefined, type: kind || undefined, template: shown === "templates", limit: 50 };
  const found = usePages<Row>([program.code, "campaigns"], path, query);
  const templates = useQuery({ queryKey: [program.code, "campaigns", "templates"], queryFn: () => get<PageOf<Row>>(path, { template: true, limit: 50 }) }).data?.data ?? [];
  const filtered = Boolean(q || status || owner || kind);
  const link = (to: string, label: string, Icon: typeof IconChecklist) => <Button key={to} variant="default" leftSection={<Icon size={16} />} renderRoot={(props) => <Link {...({ to, params: { program: program.code } } as LinkProps)} {...props} />}>{label}</Button>;
  return (
    <Page
      title={t("Campaigns")}
      about={t("What is offered to whom, when, by whom and for how much: from the plan to its end.")}
      actions={
        <>
          {link("/$program/activities", t("My activities"), IconChecklist)}
          {link("/$program/calendar", t("Calendar"), IconCalendarMonth)}
          <May needs="campaigns:write"><Button.Group>
            <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>{t("New campaign")}</Button>
            <Menu position="bottom-end">
              <Menu.Target><Button px={8} aria-label={t("New campaign from a template")} style={{ borderLeft: "1px solid rgba(255,255,255,.28)" }}><IconChevronDown size={16} /></Button></Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>{templates.length ? t("From a template") : t("No templates yet. Make one of any campaign by copying it.")}</Menu.Label>
                {templates.map((one) => <Menu.Item key={one.code} leftSection={<IconTemplate size={16} />} onClick={() => setCopying(one)}>{one.name}</Menu.Item>)}
              </Menu.Dropdown>
            </Menu>
          </Button.Group></May>
        </>
      }
    >
      <Section pad={false}>
        <Group p="md" gap="sm">
          <SegmentedControl aria-label={t("What is shown")} value={shown} onChange={(next) => choose({ shown: next })} data={[{ value: "campaigns", label: t("Campaigns") }, { value: "templates", label: t("Templates") }]} />
          <TextInput style={{ flex: "1 1 200px", maxWidth: 260 }} leftSection={<IconSearch size={15} />} placeholder={t("Name, code or type")} aria-label={t("Search campaigns")} value={filter.q} onChange={(event) => type({ q: event.currentTarget.value })} />
          {shown === "campaigns" && <Select style={{ flex: "1 1 140px", maxWidth: 190 }} clearable placeholder={t("Every status")} aria-label={t("Status")} data={STATUSES.map((value) => ({ value, label: t(words(value)) }))} value={status || null} onChange={(next) => choose({ status: next ?? "" })} />}
          <Select style={{ flex: "1 1 140px", maxWidth: 190 }} clearable placeholder={t("Everybody's")} aria-label={t("Owner")} data={[{ value: "me", label: t("Mine") }, ...(choices?.people ?? []).map((one) => ({ value: String(one.id), label: one.name }))]} value={owner || null} onChange={(next) => choose({ owner: next ?? "" })} />
          <Select style={{ flex: "1 1 140px", maxWidth: 190 }} clearable placeholder={t("Every type")} aria-label={t("Type")} data={choices?.types ?? []} value={kind || null} onChange={(next) => choose({ type: next ?? "" })} />
        </Group>
        <DataTable
          label={t("Campaigns")}
          columns={[
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <div style={{ minWidth: 150 }}><PlaceLink fw={580} to="/$program/campaigns/$campaign" params={{ campaign: one.code }}>{one.name}</PlaceLink><Text size="xs" c="dimmed">{one.type || <span className="mono">{one.code}</span>}</Text></div> },
            { id: "status", header: t("Status"), value: (one) => STATUSES.indexOf(one.status), cell: (one) => (one.template ? <Badge color="gray">{t("Template")}</Badge> : <Status value={one.archived_at ? "archived" : one.status} />) },
            { id: "when", header: t("Time"), value: (one) => one.actual_from ?? one.proposed_from ?? "9", cell: (one) => <Text size="sm" style={{ whiteSpace: "nowrap" }}>{span(one.actual_from ?? one.proposed_from, one.actual_to ?? one.proposed_to)}</Text> },
            { id: "owner", header: t("Owner"), value: (one) => one.owner?.name ?? "", cell: (one) => one.owner?.name },
            { id: "budget", header: t("Budget"), end: true, value: (one) => one.budget ?? 0, cell: (one) => one.budget != null && money(one.budget, one.currency) },
            { id: "revenue", header: t("Estimated revenue"), end: true, value: (one) => one.estimated_revenue ?? 0, cell: (one) => one.estimated_revenue != null && money(one.estimated_revenue, one.currency) },
            { id: "todo", header: t("To do"), end: true, value: (one) => one.activities_open, cell: (one) => (one.activities ? t("{{open}} of {{all}}", { open: number(one.activities_open), all: number(one.activities) }) : "") },
          ]}
          rows={found.rows}
          rowKey={(one) => one.code}
          error={found.error}
          retry={found.retry}
          open={(one) => void navigate({ to: "/$program/campaigns/$campaign", params: { program: program.code, campaign: one.code } } as never)}
          more={found.more}
          empty={<Empty icon={IconSpeakerphone} title={filtered ? t("No such campaign") : shown === "templates" ? t("No templates yet") : t("No campaigns yet")} action={!filtered && <May needs="campaigns:write"><Button onClick={() => setMaking(true)}>{t("New campaign")}</Button></May>}>{shown === "templates" ? t("A template is a campaign that is only copied: its promotions, lists, calls and tasks come along, and its days move.") : t("Write down the offer, the days, the budget and who answers for it; attach the rules, rewards and lists of members it is made of.")}</Empty>}
        />
      </Section>
      {making && <CampaignForm campaign={null} close={() => setMaking(null)} />}
      {copying && <CopyForm original={copying} close={() => setCopying(null)} />}
    </Page>
  );
}
