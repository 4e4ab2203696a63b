import { ActionIcon, Alert, Anchor, Badge, Button, Code, Grid, Group, Menu, NumberInput, SegmentedControl, Select, Skeleton, Stack, Text, Textarea, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedValue, useHotkeys } from "@mantine/hooks";
import { IconArchive, IconArrowBackUp, IconArrowForwardUp, IconChartBar, IconCode, IconCopy, IconDots, IconRocket } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { ReadOnly } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { get, inProgram, send } from "@/lib/api";
import { asProblem, Problem } from "@/lib/problem";
import { pointTypesQuery, useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { readStored, store } from "@/lib/stored";
import { told } from "@/lib/told";
import { Conditions } from "./Conditions";
import { EffectsEditor } from "./EffectsEditor";
import { ExamplesEditor } from "./ExamplesEditor";
import { FundingEditor } from "./FundingEditor";
import { useHistory } from "./history";
import { JsonEditor } from "./JsonEditor";
import { LimitsEditor } from "./LimitsEditor";
import { called, documentOf, type Examination, nameOf, partsQuery, type Rule, rulesQuery, saysTheSame, useWords } from "./model";
import { NoPoints, Overtaken } from "./Obstacles";
import { Publish } from "./Publish";
import { ScheduleEditor } from "./ScheduleEditor";
import { TEMPLATES } from "./templates";
import { TriggerEditor } from "./TriggerEditor";
import { Sentence, Verdict } from "./Verdict";

/** The visual builder of one rule. What is not saved yet is kept in this browser. */
export default function Builder() {
  const { t } = useTranslation();
  const program = useProgramCode();
  const { rule: code } = useParams({ strict: false }) as { rule?: string };
  const search = useSearch({ strict: false }) as { template?: string; copy?: string; event?: string };
  const source = code ?? search.copy;
  const stored = useQuery({ queryKey: [program, "rule", source], enabled: source !== undefined, queryFn: () => get<Rule>(inProgram(program, "rules", source ?? "")), gcTime: 0, staleTime: Infinity });
  const rules = useQuery(rulesQuery(program));
  const known = useQuery(pointTypesQuery(program));
  const types = known.data ?? [];
  const words = useWords();
  const ready = (source === undefined || stored.data !== undefined) && (code !== undefined || (types.length > 0 && rules.data !== undefined && words.groups.length > 0));
  const first = useMemo((): Rule | null => {
    if (!ready) return null;
    if (code && stored.data) return stored.data;
    if (search.copy && stored.data) return { ...documentOf(stored.data), code: "", name: `${nameOf(stored.data)} (2)`, status: "draft" };
    const points = types.find((one) => one.kind === "redeemable")?.code ?? types[0]?.code ?? "points";
    const base = rules.data?.find((rule) => rule.then.some((effect) => effect.award?.point_type === points && "per_amount" in effect.award))?.code ?? null;
    const [tierSet, tiers] = Object.entries(words.tier_sets)[0] ?? [null, []];
    const template = TEMPLATES.find((one) => one.code === search.template);
    const made = template?.make({ points, base, tierSet, tier: tiers[Math.min(2, tiers.length - 1)] ?? null });
    return { code: "", status: "draft", trigger: { event: search.event ?? "Order Completed" }, then: [{ award: { point_type: points, points: "50" } }], ...made };
  }, [ready]); // eslint-disable-line -- the beginning is made once
  const back = { label: t("Rules"), to: "/$program/rules", params: { program } };
  const failed = [stored, known, rules].find((one) => one.error);
  if (failed) return <Page title={t("Rule")} back={back}><Refusal error={failed.error} retry={() => void failed.refetch()} /></Page>;
  if (!code && known.data?.length === 0) return <Page title={t("New rule")} back={back}><NoPoints /></Page>;
  if (!first) return <Page title={stored.data ? nameOf(stored.data) : t("Rule")} back={back}><Skeleton h={320} radius="lg" /></Page>;
  return <Editor key={`${program} ${code ?? "new"} ${search.template ?? ""}`} first={first} origin={search.template ?? (search.copy ? `copy ${search.copy}` : search.event ?? "")} saved={code ? stored.data : undefined} reread={async () => (await stored.refetch()).data} />;
}

/** `origin` tells apart what new rules were begun from, so that each keeps what was written of it. */
function Editor({ first, origin, saved, reread }: { first: Rule; origin: string; saved: Rule | undefined; reread: () => Promise<Rule | undefined> }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const words = useWords();
  const { permissions } = useSession();
  const may = (what: string) => permissions.includes(what);
  const keep = `rule ${program} ${first.code || `new ${origin}`}`;
  const kept = useMemo(() => readStored<{ rule: Rule; revision?: number } | null>(keep, null), [keep]);
  const restored = kept !== null && !saysTheSame(kept.rule, first);
  const history = useHistory<Rule>(restored && kept ? kept.rule : first);
  const [showRestored, setShowRestored] = useState(restored);
  // The revision that what stands here was written over: where somebody saved another since, saving asks first.
  const [base, setBase] = useState(restored && kept ? kept.revision : saved?.revision);
  const [late, setLate] = useState(base !== saved?.revision);
  const [publishing, setPublishing] = useState(false);
  const [asJson, setAsJson] = useState(false);
  const rule = history.value;
  const dirty = saved === undefined || !saysTheSame(rule, saved);
  const [sentence, setSentence] = useState("");
  const named = called(rule, sentence);
  useHotkeys([["mod+Z", history.undo], ["mod+shift+Z", history.redo], ["mod+Y", history.redo], ["mod+S", () => saving.mutate(undefined)]], []);
  const change = (part: Partial<Rule>) => {
    const next = Object.fromEntries(Object.entries({ ...rule, ...part }).filter(([, value]) => value !== undefined)) as unknown as Rule;
    history.set(next, Object.keys(part).join(" "));
  };
  const saving = useChange(
    async (over: number | undefined) => {
      const path = inProgram(program, "rules", named.code);
      if (named.name !== rule.name) change({ name: named.name });
      // Revision 0 = there must be none yet.
      return send<Rule & { diagnostics: unknown[] }>("PUT", path, documentOf(named), { "If-Match": `"${over ?? base ?? 0}"` }).catch((error: unknown) => {
        throw saved || asProblem(error).status !== 412 ? error : new Problem(409, "exists", t("There is one with the code {{code}} already: give this one another name, or change that one.", { code: named.code }));
      });
    },
    {
      refresh: [[program, "rules"], [program, "rulesets"]],
      done: t("The draft is saved."),
      then: (answer) => {
        store(keep, undefined);
        setShowRestored(false);
        setBase(answer.revision);
        setLate(false);
        if (saved) void reread();
        else void navigate({ to: "/$program/rules/edit/$rule", params: { program, rule: answer.code }, replace: true });
      },
    },
  );
  useEffect(() => store(keep, dirty && (first.code || !saysTheSame(rule, first)) ? { rule, revision: base } : undefined), [rule, dirty, saving.error]); // eslint-disable-line
  const archive = useChange(() => send("DELETE", inProgram(program, "rules", rule.code)), { refresh: [[program, "rules"]], done: t("The rule is archived. The next version is published without it."), toast: true, then: () => void navigate({ to: "/$program/rules", params: { program } }) });
  const [asked] = useDebouncedValue(JSON.stringify(documentOf(named)), 350);
  const checked = useQuery({ queryKey: [program, "check", asked], queryFn: ({ signal: _ }) => send<Examination>("POST", inProgram(program, "rules", "check"), JSON.parse(asked)), placeholderData: keepPreviousData, staleTime: 60_000 });
  const found = checked.data ?? { diagnostics: [], sentence: "", examples: [] };
  useEffect(() => setSentence(found.sentence), [found.sentence]);
  const outdated = saved !== undefined && (late || asProblem(saving.error).status === 412);
  const takeSaved = async () => {
    const fresh = await reread();
    if (!fresh) return;
    history.reset(fresh);
    setBase(fresh.revision);
    setLate(false);
    setShowRestored(false);
    saving.reset();
  };
  const groups = useMemo(() => conditionGroups(words.groups), [words.groups]);
  const parts = useQuery(partsQuery(program)).data ?? [];
  const ofKind = (kind: string) => parts.filter((part) => part.kind === kind).map((part) => ({ value: part.code, label: part.name ?? part.code }));
  const waits = dirty ? t("Not saved yet: save it, then it can be simulated and published.") : rule.status === "draft" ? t("A draft stays out of what is published: set it Active and save it.") : undefined;
  const doArchive = async () => (await confirm({ title: t("Archive this rule?"), body: t("It takes effect with the next version that is published. Nothing that was given is taken back."), yes: t("Archive"), danger: true })) && archive.mutate(undefined);
  return (
    <Page
      title={rule.name?.trim() || (saved ? nameOf(rule) : t("New rule"))}
      about={may("rules:write") ? <span id="waits">{waits ?? t("Saved. It takes force when it is published.")}</span> : undefined}
      back={{ label: t("Rules"), to: "/$program/rules", params: { program } }}
      actions={
        <>
          <Tooltip label={t("Undo (Ctrl Z)")}><ActionIcon size="lg" disabled={!history.canUndo} onClick={history.undo} aria-label={t("Undo")}><IconArrowBackUp size={18} /></ActionIcon></Tooltip>
          <Tooltip label={t("Redo (Ctrl Shift Z)")}><ActionIcon size="lg" disabled={!history.canRedo} onClick={history.redo} aria-label={t("Redo")}><IconArrowForwardUp size={18} /></ActionIcon></Tooltip>
          {may("rules:write") && <Button variant={dirty ? "filled" : "default"} disabled={!dirty} loading={saving.isPending} onClick={() => saving.mutate(undefined)}>{dirty ? t("Save draft") : t("Saved")}</Button>}
          <Button variant="default" leftSection={<IconChartBar size={16} />} disabled={dirty} aria-describedby="waits" onClick={() => void navigate({ to: "/$program/rules/simulate", params: { program } })}>{t("Simulate")}</Button>
          {may("rules:publish") && <Button variant="default" leftSection={<IconRocket size={16} />} disabled={dirty} aria-describedby="waits" onClick={() => setPublishing(true)}>{t("Publish")}</Button>}
          <Menu position="bottom-end">
            <Menu.Target><Button variant="default" px="xs" aria-label={t("More")}><IconDots size={18} /></Button></Menu.Target>
            <Menu.Dropdown>
              {saved && <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => void navigate({ to: "/$program/rules/new", params: { program }, search: { copy: rule.code } as never })}>{t("Copy to a new rule")}</Menu.Item>}
              <Menu.Item leftSection={<IconCode size={16} />} onClick={() => setAsJson(!asJson)}>{asJson ? t("Edit with the mouse") : t("Edit as JSON")}</Menu.Item>
              {saved && may("rules:write") && <Menu.Divider />}
              {saved && may("rules:write") && <Menu.Item c="var(--mantine-color-error)" leftSection={<IconArchive size={16} />} onClick={() => void doArchive()}>{t("Archive")}</Menu.Item>}
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      <ReadOnly needs="rules:write" />
      {outdated && <Overtaken take={() => void takeSaved()} keep={() => void reread().then((fresh) => saving.mutate(fresh?.revision))} saving={saving.isPending} />}
      {showRestored && !outdated && (
        <Alert color="blue" title={t("Your changes were kept")} withCloseButton closeButtonLabel={t("Close")} onClose={() => setShowRestored(false)}>
          {t("This is what you had not saved yet.")} <Anchor component="button" size="sm" onClick={() => { history.reset(first); setShowRestored(false); }}>{saved ? t("Go back to what is saved") : t("Start over")}</Anchor>
        </Alert>
      )}
      {!outdated && <Refusal error={saving.error} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <fieldset className="plain" disabled={!may("rules:write")}>{asJson ? (
            <JsonEditor value={documentOf({ ...rule, code: named.code })} onChange={(next) => history.set(next as unknown as Rule)} />
          ) : (
            <Stack gap="lg">
              <Section>
                <Group align="flex-end" gap="md">
                  <TextInput flex={1} miw={220} label={t("Name")} placeholder={named.name ?? t("What people call this rule")} value={rule.name ?? ""} onChange={(event) => change({ name: event.currentTarget.value })} />
                  <SegmentedControl aria-label={t("Status")} value={rule.status ?? "active"} onChange={(status) => change({ status: status as Rule["status"] })} data={[{ value: "draft", label: t("Draft") }, { value: "active", label: t("Active") }, { value: "paused", label: t("Paused") }]} />
                </Group>
                <Textarea mt="sm" label={t("Description")} autosize minRows={1} value={rule.description ?? ""} onChange={(event) => change({ description: event.currentTarget.value || undefined })} />
                <Text size="xs" c="dimmed" mt={6}>{t("Its code is")} <Code>{named.code}</Code></Text>
              </Section>
              <Clause word={t("When")}><TriggerEditor value={rule.trigger} onChange={(trigger) => change({ trigger })} /><Said places={["trigger"]} found={found} /></Clause>
              <Clause word={t("If")} note={rule.when?.rules.length ? undefined : t("No condition: always.")}>
                <Conditions value={rule.when} onChange={(when) => change({ when: when.rules.length || when.not ? when : undefined })} groups={groups} place="when" diagnostics={found.diagnostics} label={t("Conditions")} />
              </Clause>
              <Clause word={t("Then")}><EffectsEditor value={rule.then} onChange={(then) => change({ then })} diagnostics={found.diagnostics} /></Clause>
              <Section title={t("Limits")}><LimitsEditor value={rule.limits ?? []} onChange={(limits) => change({ limits: limits.length ? limits : undefined })} diagnostics={found.diagnostics} inCampaign={rule.campaign !== undefined} /></Section>
              <Section title={t("Schedule")}><ScheduleEditor value={rule.schedule ?? {}} campaign={rule.campaign} onChange={(schedule) => change({ schedule })} /><Said places={["schedule"]} found={found} /></Section>
              {rule.then.some((effect) => effect.award) && <Section title={t("Who pays")}><FundingEditor value={rule.funding ?? []} onChange={(funding) => change({ funding })} diagnostics={found.diagnostics} otherwise={rule.campaign} /></Section>}
              <Section title={t("Together with other rules")}>
                <Group gap="md">
                  <Select label={t("Group")} description={t("Which rules apply together")} w={230} data={[{ value: "", label: t("main: all add up") }, ...ofKind("group")]} value={rule.group ?? ""} onChange={(group) => change({ group: group || undefined })} />
                  <Select label={t("Campaign")} description={t("Shares its schedule and budget")} w={230} data={[{ value: "", label: t("none") }, ...ofKind("campaign")]} value={rule.campaign ?? ""} onChange={(campaign) => change({ campaign: campaign || undefined })} />
                  <NumberInput label={t("Priority")} description={t("Higher goes first")} w={150} value={rule.priority ?? 0} onChange={(priority) => change({ priority: Number(priority) || undefined })} />
                </Group>
                <Said places={["group", "campaign", "priority"]} found={found} />
              </Section>
              <Section title={<Group gap="xs">{t("Examples")}<Badge color="gray">{rule.tests?.length ?? 0}</Badge></Group>}>
                <Text size="sm" c="dimmed" mb="sm">{t("Sample baskets that are checked now, and again before anything is published.")}</Text>
                <ExamplesEditor value={rule.tests ?? []} onChange={(tests) => change({ tests: tests.length ? tests : undefined })} results={found.examples} />
              </Section>
              <Sentence found={found} />
            </Stack>
          )}</fieldset>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}><Verdict found={found} checking={checked.isFetching} error={checked.error} /></Grid.Col>
      </Grid>
      {publishing && <Publish close={() => setPublishing(false)} />}
    </Page>
  );
}

function Clause({ word, note, children }: { word: string; note?: string; children: React.ReactNode }) {
  return (
    <Section>
      <Group gap="sm" mb="sm"><Badge size="lg" variant="filled" autoContrast>{word}</Badge>{note && <Text size="sm" c="dimmed">{note}</Text>}</Group>
      {children}
    </Section>
  );
}

/** What the server says of parts that show no message of their own. */
function Said({ places, found }: { places: string[]; found: Examination }) {
  const said = found.diagnostics.filter((one) => places.some((place) => one.path === place || one.path.startsWith(`${place}.`) || one.path.startsWith(`${place}[`)));
  return <>{said.map((one) => <Text key={one.path + one.code} size="xs" c="var(--mantine-color-error)" mt={6} role="alert">{told(one.message)}</Text>)}</>;
}

/** The fields of conditions: what the server lists, and the three kinds that have an editor of their own. */
function conditionGroups(groups: { code: string; label: string; fields: import("./model").Field[] }[]) {
  const special = (path: string, label: string) => ({ path, label, kind: "special", operators: [], decimals: 0, options: [] });
  return [
    ...groups.filter((group) => group.code !== "line"),
    { code: "special", label: "Lines, behaviour, formulas", fields: [special("order.lines", "the lines of the order"), special("behaviour", "what the member did before"), special("formula", "a formula")] },
  ];
}
