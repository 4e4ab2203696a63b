import { ActionIcon, Box, Button, Group, Menu, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { words as spelled } from "@/lib/format";
import { usePointTypes, useProgramCode } from "@/lib/program";
import { told } from "@/lib/told";
import { AmountEditor } from "./AmountEditor";
import { type Diagnostic, type Effect, partsQuery, rulesQuery, useWords } from "./model";

interface Props {
  value: Effect[];
  onChange: (effects: Effect[]) => void;
  diagnostics: Diagnostic[];
}

/** The arguments of effects that are no amounts of points. */
const ARGUMENTS: Record<string, { label: string; fresh: Record<string, unknown>; fields: { name: string; label: string; kind?: "number" }[] }> = {
  add_tag: { label: "Add a tag", fresh: { tag: "" }, fields: [{ name: "tag", label: "Tag" }] },
  remove_tag: { label: "Remove a tag", fresh: { tag: "" }, fields: [{ name: "tag", label: "Tag" }] },
  add_to_list: { label: "Put on a list", fresh: { list: "" }, fields: [{ name: "list", label: "List" }] },
  remove_from_list: { label: "Take off a list", fresh: { list: "" }, fields: [{ name: "list", label: "List" }] },
  set_attribute: { label: "Set an attribute", fresh: { name: "", value: "" }, fields: [{ name: "name", label: "Attribute" }, { name: "value", label: "Value" }] },
  set_tier: { label: "Set the tier", fresh: { set: "", tier: "" }, fields: [] },
  issue_voucher: { label: "Give a voucher", fresh: { voucher: "" }, fields: [{ name: "voucher", label: "Voucher" }] },
  enter_draw: { label: "Give draw tickets", fresh: { draw: "", tickets: 1 }, fields: [{ name: "draw", label: "Draw" }, { name: "tickets", label: "Tickets", kind: "number" }] },
  send_message: { label: "Send a message", fresh: { template: "", channel: "email" }, fields: [{ name: "template", label: "Template" }, { name: "channel", label: "Channel" }] },
  create_task: { label: "Give somebody a task", fresh: { title: "" }, fields: [{ name: "title", label: "Title" }, { name: "assignee", label: "For whom" }, { name: "due_days", label: "Due in days", kind: "number" }] },
  call_webhook: { label: "Call a webhook", fresh: { webhook: "" }, fields: [{ name: "webhook", label: "Webhook" }] },
  custom: { label: "An effect of your own", fresh: { name: "" }, fields: [{ name: "name", label: "Name" }] },
};

/** THEN: what the rule does, at least one thing. */
export function EffectsEditor({ value, onChange, diagnostics }: Props) {
  const { t } = useTranslation();
  const types = usePointTypes();
  const code = useProgramCode();
  const rules = useQuery(rulesQuery(code)).data ?? [];
  const groups = (useQuery(partsQuery(code)).data ?? []).filter((part) => part.kind === "group");
  const usual = types.find((one) => one.kind === "redeemable")?.code ?? types[0]?.code ?? "points";
  const replace = (place: number, effect: Effect | null) => onChange(value.flatMap((one, index) => (index === place ? (effect ? [effect] : []) : [one])));
  const add = (effect: Effect) => onChange([...value, effect]);
  return (
    <Stack gap="sm">
      {value.map((effect, place) => {
        const kind = Object.keys(effect)[0] ?? "custom";
        const inner = effect[kind] ?? {};
        const said = diagnostics.filter((one) => one.path === `then[${place}]` || one.path.startsWith(`then[${place}].`));
        return (
          <Box key={place} className={said.length ? "node-problem" : undefined}>
            <Group wrap="nowrap" align="flex-start" gap="xs">
              <Group flex={1} gap={8} align="flex-start">
                {kind === "award" || kind === "deduct" ? (
                  <AmountEditor kind={kind} value={inner} onChange={(next) => replace(place, { [kind]: next })} place={`then[${place}].${kind}`} diagnostics={diagnostics} types={types} rules={rules} groups={groups} />
                ) : (
                  <Arguments kind={kind} value={inner} onChange={(next) => replace(place, { [kind]: next })} />
                )}
              </Group>
              <ActionIcon mt={6} aria-label={t("Remove")} onClick={() => replace(place, null)}><IconTrash size={16} /></ActionIcon>
            </Group>
            {said.map((one) => <Text key={one.path + one.code} size="xs" c="var(--mantine-color-error)" mt={4} role="alert">{told(one.message)}</Text>)}
          </Box>
        );
      })}
      <Menu position="bottom-start">
        <Menu.Target><Button size="compact-sm" variant="light" leftSection={<IconPlus size={14} />} style={{ alignSelf: "flex-start" }}>{t("Effect")}</Button></Menu.Target>
        <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
          <Menu.Item onClick={() => add({ award: { point_type: usual, points: "50" } })}>{t("Give points")}</Menu.Item>
          <Menu.Item onClick={() => add({ deduct: { point_type: usual, points: "50" } })}>{t("Take points")}</Menu.Item>
          <Menu.Divider />
          {Object.entries(ARGUMENTS).map(([kind, { label, fresh }]) => <Menu.Item key={kind} onClick={() => add({ [kind]: { ...fresh } })}>{t(label)}</Menu.Item>)}
        </Menu.Dropdown>
      </Menu>
    </Stack>
  );
}

function Arguments({ kind, value, onChange }: { kind: string; value: Record<string, unknown>; onChange: (value: Record<string, unknown>) => void }) {
  const { t } = useTranslation();
  const { tier_sets } = useWords();
  const known = ARGUMENTS[kind];
  const set = (name: string, next: unknown) => {
    const { [name]: _, ...rest } = value;
    onChange(next === "" || next === null ? (known && name in known.fresh ? { ...rest, [name]: "" } : rest) : { ...rest, [name]: next });
  };
  return (
    <>
      <Text size="sm" fw={550} mt={8} miw={130}>{t(known?.label ?? spelled(kind))}</Text>
      {kind === "set_tier" && (
        <>
          <Select w={160} aria-label={t("Tier set")} data={Object.keys(tier_sets)} value={String(value.set ?? "")} onChange={(next) => set("set", next)} />
          <Select w={160} aria-label={t("Tier")} data={tier_sets[String(value.set)] ?? []} value={String(value.tier ?? "")} onChange={(next) => set("tier", next)} />
        </>
      )}
      {known?.fields.map((field) =>
        field.kind === "number" ? (
          <NumberInput key={field.name} w={140} min={0} aria-label={t(field.label)} placeholder={t(field.label)} value={value[field.name] === undefined ? "" : Number(value[field.name])} onChange={(next) => set(field.name, next)} />
        ) : (
          <TextInput key={field.name} w={190} aria-label={t(field.label)} placeholder={t(field.label)} value={String(value[field.name] ?? "")} onChange={(event) => set(field.name, event.currentTarget.value)} />
        ),
      )}
    </>
  );
}
