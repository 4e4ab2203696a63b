import { Autocomplete, Divider, Group, NumberInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ScaledInput } from "@/components/Amounts";
import { FormDrawer } from "@/components/FormDrawer";
import { searching } from "@/components/searching";
import { useChange } from "@/components/useChange";
import { together, useDraft } from "@/components/useDraft";
import { ifMatch, inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { BLANK, type Body, bodyOf, type Campaign, choicesQuery, codeOf, decimals, touched } from "./model";

/** The plan of a campaign written down; promotions and lists are attached on its page. */
export function CampaignForm({ campaign, close }: { campaign: Campaign | null; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const me = Number(useSession().person.id);
  const choices = useQuery(choicesQuery(program.code)).data;
  const [typed, setTyped, ofCode] = useDraft(`campaign ${campaign?.code ?? "new"} code`, "");
  const [form, setForm, ofForm] = useDraft<Body>(`campaign ${campaign?.code ?? "new"}`, campaign ? bodyOf(campaign) : { ...BLANK, owner: Number.isInteger(me) ? me : null, currency: program.currency });
  const draft = together(ofCode, ofForm);
  const set = (part: Partial<Body>) => setForm({ ...form, ...part });
  const code = campaign?.code ?? (typed || codeOf(form.name));
  const saving = useChange(() => send<Campaign>("PUT", inProgram(program.code, "campaigns", code), form, campaign ? ifMatch(`"${campaign.revision}"`) : undefined), {
    refresh: touched(program.code, code),
    done: t("Saved."),
    draft,
    then: () => {
      close();
      if (!campaign) void navigate({ to: "/$program/campaigns/$campaign", params: { program: program.code, campaign: code } } as never);
    },
  });
  const at = atField(saving.error);
  const money = { scale: decimals(form.currency ?? program.currency), hideControls: true, rightSection: <span style={{ fontSize: 12 }}>{form.currency}</span>, rightSectionWidth: 46 };
  const dates = (label: string, from: "proposed_from" | "actual_from", to: "proposed_to" | "actual_to") => (
    <>
      <Divider label={label} labelPosition="left" />
      <Group grow align="flex-start">
        <TextInput type="date" label={t("From")} value={form[from] ?? ""} error={at(from)} onChange={(event) => set({ [from]: event.currentTarget.value || null })} />
        <TextInput type="date" label={t("To, included")} value={form[to] ?? ""} error={at(to)} onChange={(event) => set({ [to]: event.currentTarget.value || null })} />
      </Group>
    </>
  );
  return (
    <FormDrawer needs="campaigns:write" title={campaign ? campaign.name : t("New campaign")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} disabled={!code || !form.name.trim()}>
      <TextInput label={t("Name")} required value={form.name} error={at("name")} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
      <Group grow align="flex-start">
        <TextInput label={t("Code")} description={t("Rules name it so")} required disabled={campaign !== null} value={code} error={at("code")} onChange={(event) => setTyped(event.currentTarget.value)} />
        <Autocomplete label={t("Type")} description={t("Such as season, win back")} value={form.type ?? ""} data={choices?.types ?? []} error={at("type")} onChange={(type) => set({ type })} />
      </Group>
      <Select label={t("Owner")} description={t("Who answers for it")} clearable {...searching} data={(choices?.people ?? []).map((one) => ({ value: String(one.id), label: `${one.name} · ${one.email}` }))} value={form.owner ? String(form.owner) : null} error={at("owner")} onChange={(owner) => set({ owner: owner ? Number(owner) : null })} />
      <Textarea label={t("Offer")} description={t("What members are told")} autosize minRows={2} value={form.offer ?? ""} error={at("offer")} onChange={(event) => set({ offer: event.currentTarget.value })} />
      {dates(t("Proposed"), "proposed_from", "proposed_to")}
      {campaign && campaign.status !== "draft" && dates(t("As it went"), "actual_from", "actual_to")}
      <Divider label={t("Expected")} labelPosition="left" />
      <Group grow align="flex-start">
        <ScaledInput label={t("Budget")} value={form.budget} error={at("budget")} onChange={(budget) => set({ budget })} {...money} />
        <ScaledInput label={t("Estimated revenue")} value={form.estimated_revenue} error={at("estimated_revenue")} onChange={(estimated_revenue) => set({ estimated_revenue })} {...money} />
      </Group>
      <Group grow align="flex-start">
        <NumberInput label={t("Expected response")} min={0} max={100} decimalScale={2} suffix=" %" hideControls value={form.expected_response == null ? "" : Number(form.expected_response)} error={at("expected_response")} onChange={(next) => set({ expected_response: next === "" ? null : String(next) })} />
        <TextInput label={t("Currency")} maxLength={3} value={form.currency ?? ""} error={at("currency")} onChange={(event) => set({ currency: event.currentTarget.value.toUpperCase() })} />
      </Group>
      <Textarea label={t("Description")} description={t("For colleagues")} autosize minRows={2} value={form.description ?? ""} error={at("description")} onChange={(event) => set({ description: event.currentTarget.value })} />
      <Switch label={t("A template")} description={t("It is never carried out; copies of it are.")} checked={form.template ?? false} onChange={(event) => set({ template: event.currentTarget.checked })} />
    </FormDrawer>
  );
}
