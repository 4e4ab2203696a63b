import { Button, Group, SegmentedControl, Select, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { IconPlus, IconStack2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { May, ReadOnly, useMay } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useOpened } from "@/components/useOpened";
import { absent, inProgram, send } from "@/lib/api";
import { words } from "@/lib/format";
import { useProgramCode } from "@/lib/program";
import type { Share } from "./funding";
import { FundingEditor } from "./FundingEditor";
import { JsonEditor } from "./JsonEditor";
import { LimitsEditor } from "./LimitsEditor";
import { codeOf, type Limit, type Part, partsQuery, type Schedule } from "./model";
import { ScheduleEditor } from "./ScheduleEditor";

const KINDS = ["group", "campaign", "collection", "table"] as const;

/** What rules share: groups, campaigns with their budgets, collections of values, decision tables. */
export default function RuleParts() {
  const { t } = useTranslation();
  const program = useProgramCode();
  const found = useQuery(partsQuery(program));
  const navigate = useNavigate();
  const linked = useSearch({ strict: false }) as { kind?: string; part?: string };
  const [opened, setOpened] = useOpened<{ part: string | null }>("rule part");
  const kind = KINDS.find((one) => one === linked.kind) ?? "group";
  const rows = found.data?.filter((one) => one.kind === kind);
  const part = rows?.find((one) => one.code === (opened ? opened.part : linked.part));
  const making = opened !== null && opened.part === null;
  const show = (next: Part["kind"]) => void navigate({ to: ".", search: { kind: next } as never, replace: true, state: {} as never });
  const close = () => {
    setOpened(null);
    if (linked.part) show(kind);
  };
  const says: Record<Part["kind"], string> = {
    group: t("Of the rules of a group all apply, or the best, or the first; an exclusive group silences the others."),
    campaign: t("A campaign hands its schedule and limits to its rules; a limit for the whole campaign is one budget."),
    collection: t("Lists of values that conditions refer to by name."),
    table: t("Amounts looked up by several conditions at once."),
  };
  return (
    <Page title={t("What rules share")} about={says[kind]} back={{ label: t("Rules"), to: "/$program/rules", params: { program } }} actions={<May needs="rules:write"><Button leftSection={<IconPlus size={16} />} onClick={() => setOpened({ part: null })}>{t(`New ${kind}`)}</Button></May>}>
      <ReadOnly needs="rules:write" />
      <SegmentedControl aria-label={t("Kind")} value={kind} onChange={(next) => show(next as Part["kind"])} data={KINDS.map((value) => ({ value, label: t(words(value)) }))} style={{ alignSelf: "flex-start" }} />
      <Section pad={false}>
        <DataTable
          label={t("What rules share")}
          columns={[
            { id: "name", header: t("Name"), value: (one) => one.name ?? one.code, cell: (one) => <><Text size="sm" fw={580}>{one.name ?? one.code}</Text><Text size="xs" c="dimmed" className="mono">{one.code}</Text></> },
            { id: "says", header: t("What it says"), cell: (one) => <Text size="sm" c="dimmed" lineClamp={1}>{summary(one, t)}</Text> },
            { id: "state", header: t("Status"), cell: (one) => <Status value={String(one.status ?? "active")} /> },
          ]}
          rows={rows}
          rowKey={(one) => one.code}
          error={found.error}
          retry={() => void found.refetch()}
          open={(one) => setOpened({ part: one.code })}
          empty={<Empty icon={IconStack2} title={t("Nothing of this kind yet")} action={<May needs="rules:write"><Button onClick={() => setOpened({ part: null })}>{t(`New ${kind}`)}</Button></May>}>{says[kind]}</Empty>}
        />
      </Section>
      {(part || making) && <PartForm key={`${kind} ${part?.code ?? ""}`} kind={kind} part={making ? null : (part ?? null)} close={close} />}
    </Page>
  );
}

function summary(part: Part, t: (key: string, values?: Record<string, unknown>) => string): string {
  if (part.kind === "group") return part.exclusive ? t("When one of these applies, no other group does") : t(words(String(part.mode ?? "stack")));
  if (part.kind === "collection") return (part.values as unknown[] | undefined)?.slice(0, 12).join(", ") ?? "";
  const limits = part.limits as Limit[] | undefined;
  return limits?.map((limit) => `${String(limit.max)} ${t(limit.measure)}`).join(", ") ?? "";
}

function PartForm({ kind, part, close }: { kind: Part["kind"]; part: Part | null; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const confirm = useConfirm();
  const may = useMay("rules:write");
  const { revision, updated_at: _at, kind: _kind, code: _code, ...begin } = (part ?? { name: "" }) as Record<string, unknown>;
  const [form, setForm, draft] = useDraft<Record<string, unknown>>(`rule part ${kind} ${part?.code ?? "new"}`, begin);
  const code = part?.code ?? codeOf(String(form.name ?? ""));
  const path = inProgram(program, "rule-parts", kind, code);
  const refresh = [[program, "rule-parts"], [program, "rulesets"]];
  const save = async () => {
    if (!part) await absent(path, t("There is one with the code {{code}} already: give this one another name, or change that one.", { code }));
    return send("PUT", path, form, { "If-Match": `"${String(revision ?? 0)}"` });
  };
  const saving = useChange(save, { refresh, done: t("The draft is saved."), draft, then: close });
  const remove = useChange(() => send("DELETE", path), { refresh, done: t("Removed from the draft."), toast: true, draft, then: close });
  const set = (change: Record<string, unknown>) => setForm(Object.fromEntries(Object.entries({ ...form, ...change }).filter(([, value]) => value !== undefined)));
  return (
    <FormDrawer needs="rules:write" draft={draft} title={part ? (part.name ?? part.code) : t(`New ${kind}`)} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} disabled={!String(form.name ?? part?.code ?? "").trim()}>
      <TextInput label={t("Name")} value={String(form.name ?? "")} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
      {kind === "group" && (
        <>
          <Select label={t("Which of its rules apply")} data={[{ value: "stack", label: t("all add up") }, { value: "best", label: t("the best for the member") }, { value: "first", label: t("the first") }]} value={String(form.mode ?? "stack")} onChange={(mode) => set({ mode: mode === "stack" ? undefined : mode })} />
          <Switch label={t("Exclusive: silences all other groups")} checked={form.exclusive === true} onChange={(event) => set({ exclusive: event.currentTarget.checked || undefined })} />
        </>
      )}
      {kind === "campaign" && (
        <>
          <TextInput label={t("Owner")} value={String(form.owner ?? "")} onChange={(event) => set({ owner: event.currentTarget.value || undefined })} />
          <Group><Switch label={t("Paused")} checked={form.status === "paused"} onChange={(event) => set({ status: event.currentTarget.checked ? "paused" : undefined })} /></Group>
          <Text fw={600} size="sm">{t("Limits")}</Text>
          <LimitsEditor value={(form.limits as Limit[] | undefined) ?? []} onChange={(limits) => set({ limits: limits.length ? limits : undefined })} diagnostics={[]} inCampaign />
          <Text fw={600} size="sm">{t("Who pays")}</Text>
          <FundingEditor value={(form.funding as Share[] | undefined) ?? []} onChange={(funding) => set({ funding })} diagnostics={[]} />
          <Text fw={600} size="sm">{t("Schedule")}</Text>
          <ScheduleEditor value={(form.schedule as Schedule | undefined) ?? {}} onChange={(schedule) => set({ schedule })} />
        </>
      )}
      {kind === "collection" && <TagsInput label={t("Values")} value={((form.values as unknown[] | undefined) ?? []).map(String)} onChange={(values) => set({ values })} splitChars={[",", ";"]} />}
      {kind === "table" && <JsonEditor value={form} onChange={setForm} />}
      {(part ?? String(form.name ?? "").trim()) && <Text size="xs" c="dimmed">{t("Its code is")} <span className="mono">{code}</span></Text>}
      {part && may && <Button variant="subtle" c="var(--mantine-color-error)" style={{ alignSelf: "flex-start" }} onClick={async () => (await confirm({ title: t("Remove {{value}}?", { value: part.name ?? part.code }), body: t("Published versions keep theirs."), yes: t("Remove"), danger: true })) && remove.mutate(undefined)}>{t("Remove")}</Button>}
    </FormDrawer>
  );
}
