import { Box, Button, Group, Menu, Modal, SegmentedControl, SimpleGrid, Text, TextInput, ThemeIcon, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconBasket, IconCake, IconChartBar, IconCoin, IconHeart, IconHistory, IconListDetails, IconMultiplier2x, IconPlus, IconRocket, IconSearch, IconShoppingCartQuestion, IconStairsUp, IconStar, IconTrophy, IconWriting, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { WaitingVersions } from "@/features/approval/Waiting";
import { Empty } from "@/components/Empty";
import { ReadOnly } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useFocusBack } from "@/components/useFocusBack";
import { useChange } from "@/components/useChange";
import { get, inProgram, send } from "@/lib/api";
import { day } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { shifted, useToday } from "@/features/dashboards/model";
import { archivedQuery, documentOf, draftChangesQuery, partsQuery, type Rule, rulesQuery, versionsQuery } from "./model";
import { moved, priorities } from "./order";
import { Publish } from "./Publish";
import { RuleRow, type RuleReport } from "./RuleRow";
import { TEMPLATES, type Template } from "./templates";

/** All rules: what they are, whether they run, what they gave; the order is changed by dragging. */
export default function Rules() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [status, setStatus] = useState("all");
  const [publishing, setPublishing] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const rules = useQuery(status === "archived" ? archivedQuery(program.code) : rulesQuery(program.code));
  const parts = useQuery(partsQuery(program.code)).data ?? [];
  const versions = useQuery(versionsQuery(program.code));
  const today = useToday();
  const types = usePointTypes();
  const { permissions } = useSession();
  const may = (what: string) => permissions.includes(what);
  const latest = versions.data?.[0];
  const changes = useQuery({ ...draftChangesQuery(program.code, latest?.version ?? 0), enabled: versions.data !== undefined }).data;
  const given = useQuery({ queryKey: [program.code, "reports", "promotions", today, types.map((one) => one.code)], enabled: today !== undefined && may("reports:read"), queryFn: () => Promise.all(types.map((one) => get<RuleReport>(inProgram(program.code, "reports", "promotions"), { limit: 500, point_type: one.code, from: shifted(today ?? "", -29), to: shifted(today ?? "", 1) }))), retry: false }).data;
  const unpublished = new Map(changes?.filter((one) => one.kind === "rule").map((one) => [one.code, one.action]));
  const budgets = useQuery({ queryKey: [program.code, "reports", "budgets"], enabled: may("reports:read"), queryFn: () => get<RuleReport>(inProgram(program.code, "reports", "budgets"), { limit: 500 }), retry: false }).data;
  const save = (rule: Rule, part: Partial<Rule>) => send("PUT", inProgram(program.code, "rules", rule.code), { ...documentOf(rule), ...part }, rule.revision ? { "If-Match": `"${rule.revision}"` } : undefined);
  const reorder = useChange(
    async ({ order, dragged, group }: { order: Rule[]; dragged?: Rule; group?: string }) => {
      const wanted = new Map(priorities(order).map(({ rule, priority }) => [rule, { priority } as Partial<Rule>]));
      if (dragged && (dragged.group ?? "main") !== group) wanted.set(dragged, { priority: dragged.priority, ...wanted.get(dragged), group: group === "main" ? undefined : group });
      for (const [rule, part] of wanted) await save(rule, part);
    },
    { refresh: [[program.code, "rules"], [program.code, "rulesets"]], done: t("The order is saved in the draft."), toast: true },
  );
  const inOrder = [...(rules.data ?? [])].sort((one, other) => (other.priority ?? 0) - (one.priority ?? 0) || one.code.localeCompare(other.code));
  const shown = inOrder.filter((rule) => (status === "all" || (rule.status ?? "active") === status) && `${rule.name ?? ""} ${rule.code}`.toLowerCase().includes(text.toLowerCase()));
  const groups = [...new Set(shown.map((rule) => rule.group ?? "main"))].sort((one, other) => (one === "main" ? -1 : other === "main" ? 1 : one.localeCompare(other)));
  const place = (to: string, label: string, Glyph: Icon) => <Button variant="default" leftSection={<Glyph size={16} />} renderRoot={(props) => <Link to={to as never} params={{ program: program.code } as never} {...props} />}>{label}</Button>;
  return (
    <Page
      title={t("Rules")}
      about={latest ? t("Version {{version}} is in force since {{day}}. {{changes}}", { version: latest.version, day: day(latest.in_force_from, program.zone), changes: changes?.length ? t("Changes in the draft: {{n}}.", { n: changes.length }) : t("Nothing waits to be published.") }) : t("Nothing is published yet: rules take force when they are.")}
      actions={
        <>
          {place("/$program/rules/try", t("Try a basket"), IconShoppingCartQuestion)}
          {place("/$program/rules/simulate", t("Simulate"), IconChartBar)}
          <Menu position="bottom-end">
            <Menu.Target><Button variant="default">{t("More")}</Button></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconListDetails size={16} />} onClick={() => void navigate({ to: "/$program/rules/parts", params: { program: program.code } })}>{t("Groups, campaigns, collections")}</Menu.Item>
              <Menu.Item leftSection={<IconHistory size={16} />} onClick={() => void navigate({ to: "/$program/rules/versions", params: { program: program.code } })}>{t("Versions")}</Menu.Item>
              <Menu.Item leftSection={<IconAlertTriangle size={16} />} onClick={() => void navigate({ to: "/$program/rules/conflicts", params: { program: program.code } })}>{t("Conflicts")}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          {may("rules:publish") && <Button variant="default" leftSection={<IconRocket size={16} />} onClick={() => setPublishing(true)} disabled={!changes?.length}>{changes?.length ? t("Publish ({{n}})", { n: changes.length }) : t("Publish")}</Button>}
          {may("rules:write") && <Button leftSection={<IconPlus size={16} />} onClick={() => setChoosing(true)}>{t("New rule")}</Button>}
        </>
      }
    >
      <ReadOnly needs="rules:write" />
      <WaitingVersions />
      <Group gap="sm">
        <TextInput flex={1} miw={200} maw={420} leftSection={<IconSearch size={16} />} placeholder={t("Find a rule")} aria-label={t("Find a rule")} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <SegmentedControl aria-label={t("Status")} value={status} onChange={setStatus} data={[{ value: "all", label: t("All") }, { value: "active", label: t("Active") }, { value: "draft", label: t("Drafts") }, { value: "paused", label: t("Paused") }, { value: "archived", label: t("Archived") }]} />
      </Group>
      <Refusal error={rules.error} retry={() => void rules.refetch()} />
      {rules.data?.length === 0 && status === "archived" && <Section><Empty icon={IconListDetails} title={t("No rule is archived")}>{t("Archived rules stay out of the next version that is published; they can be brought back.")}</Empty></Section>}
      {rules.data?.length === 0 && status !== "archived" && <Section><Empty icon={IconListDetails} title={t("No rules yet")} action={may("rules:write") && <Button onClick={() => setChoosing(true)}>{t("Begin with a template")}</Button>}>{t("A rule says: when this happens, and these conditions hold, do that.")}</Empty></Section>}
      {groups.map((group) => {
        const part = parts.find((one) => one.kind === "group" && one.code === group);
        const members = shown.filter((rule) => (rule.group ?? "main") === group);
        return (
          <Section key={group} pad={false} title={group === "main" ? t("Main") : (part?.name ?? group)} aside={<Text size="xs" c="dimmed">{groupSays(t, group, String(part?.mode ?? "stack"), part?.exclusive === true)}</Text>}>
            <Box component="ul" m={0} p={0} style={{ listStyle: "none" }}>
              {members.map((rule, index) => (
                <RuleRow key={rule.code} rule={rule} given={given} budgets={budgets} first={index === 0} last={index === members.length - 1} campaign={parts.find((one) => one.kind === "campaign" && one.code === rule.campaign)?.name} unpublished={unpublished.get(rule.code)} groups={parts.filter((one) => one.kind === "group")}
                  move={(to) => reorder.mutate({ order: moved(inOrder, members, rule, to) })} drop={(code) => { const dragged = inOrder.find((one) => one.code === code); if (dragged && dragged !== rule) reorder.mutate({ order: moved(inOrder, members, dragged, index), dragged, group }); }} toGroup={(next) => reorder.mutate({ order: inOrder, dragged: rule, group: next })} place={index} />
              ))}
            </Box>
          </Section>
        );
      })}
      {publishing && <Publish close={() => setPublishing(false)} />}
      {choosing && <Choose close={() => setChoosing(false)} />}
    </Page>
  );
}

function groupSays(t: (key: string) => string, group: string, mode: string, exclusive: boolean): string {
  if (exclusive) return t("When one of these applies, no other group does");
  return group === "main" || mode === "stack" ? t("All that apply add up") : mode === "best" ? t("The best for the member applies") : t("The first that applies counts");
}

const ICONS: Record<Template["icon"], Icon> = { double: IconMultiplier2x, cake: IconCake, heart: IconHeart, basket: IconBasket, stairs: IconStairsUp, star: IconStar, first: IconTrophy, coin: IconCoin, review: IconWriting, visits: IconHistory };

function Choose({ close }: { close: () => void }) {
  useFocusBack();
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const go = (template?: string) => {
    close();
    void navigate({ to: "/$program/rules/new", params: { program: program.code }, search: (template ? { template } : {}) as never });
  };
  return (
    <Modal opened onClose={close} size="xl" title={<Text fw={620} fz="lg">{t("Begin with a template")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} spacing="sm">
        {TEMPLATES.map((template) => {
          const Glyph = ICONS[template.icon];
          return (
            <UnstyledButton key={template.code} className="surface" p="md" onClick={() => go(template.code)}>
              <ThemeIcon variant="light" size={34} radius="md" mb={8} aria-hidden><Glyph size={19} stroke={1.7} /></ThemeIcon>
              <Text size="sm" fw={600}>{t(template.name)}</Text>
              <Text size="xs" c="dimmed">{t(template.about)}</Text>
            </UnstyledButton>
          );
        })}
      </SimpleGrid>
      <Button mt="md" variant="default" fullWidth onClick={() => go()}>{t("Begin with nothing")}</Button>
    </Modal>
  );
}
