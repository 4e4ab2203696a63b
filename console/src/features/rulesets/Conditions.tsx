import { ActionIcon, Box, Button, Group, SegmentedControl, Text, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconBraces, IconCopy, IconEye, IconEyeOff, IconPlus, IconTrash } from "@tabler/icons-react";
import { createContext, useContext, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { QueryBuilder, type RuleGroupProps, type RuleGroupType, type RuleProps } from "react-querybuilder";
import { QueryBuilderMantine } from "@react-querybuilder/mantine";
import { told } from "@/lib/told";
import { ConditionRow } from "./ConditionRow";
import { type Condition, type ConditionGroup, type Diagnostic, type Field, isGroup } from "./model";

type Part = Condition | ConditionGroup;

interface Tree {
  root: ConditionGroup;
  change: (root: ConditionGroup) => void;
  groups: FieldGroup[];
  /** Where this tree stands in the rule's document, for the server's messages. */
  place: string;
  diagnostics: Diagnostic[];
  label: string;
}

export interface FieldGroup {
  code: string;
  label: string;
  fields: Field[];
}

const TreeContext = createContext<Tree | null>(null);

function useTree(): Tree {
  const tree = useContext(TreeContext);
  if (!tree) throw new Error("A condition stands in a tree.");
  return tree;
}

interface Props {
  value: ConditionGroup | undefined;
  onChange: (value: ConditionGroup) => void;
  groups: FieldGroup[];
  place: string;
  diagnostics: Diagnostic[];
  label: string;
}

const EMPTY: ConditionGroup = { combinator: "and", rules: [] };

/** A tree of conditions: groups nested at will, each condition over a field that the server knows. */
export function Conditions({ value, onChange, groups, place, diagnostics, label }: Props) {
  const root = value ?? EMPTY;
  const tree = useMemo(() => ({ root, change: onChange, groups, place, diagnostics, label }), [root, onChange, groups, place, diagnostics, label]);
  const names = useMemo(() => groups.map((group) => ({ label: group.label, options: group.fields.map((field) => ({ name: field.path, label: field.label })) })), [groups]);
  return (
    <TreeContext.Provider value={tree}>
      <QueryBuilderMantine>
        <QueryBuilder
          fields={names as never}
          query={root as unknown as RuleGroupType}
          onQueryChange={(query) => {
            const clean = withoutIds(query) as ConditionGroup;
            if (JSON.stringify(clean) !== JSON.stringify(withoutIds(root))) onChange(clean);
          }}
          controlElements={CONTROLS}
          idGenerator={nextId}
        />
      </QueryBuilderMantine>
    </TreeContext.Provider>
  );
}

let ids = 0;
const nextId = () => `c${(ids += 1)}`;

/** Return a tree without the ids that the editor gives its parts. */
export function withoutIds(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutIds);
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(Object.entries(part).filter(([key]) => key !== "id" && key !== "path").map(([key, value]) => [key, withoutIds(value)]));
}

/** Return `root` with the part at `path` changed; null takes it away. */
export function changedAt(root: ConditionGroup, path: number[], change: (part: Part) => Part | Part[] | null): ConditionGroup {
  const [place, ...rest] = path;
  if (place === undefined) return change(root) as ConditionGroup;
  return {
    ...root,
    rules: root.rules.flatMap((part, index) => {
      if (index !== place) return [part];
      if (rest.length > 0) return isGroup(part) ? [changedAt(part, rest, change)] : [part];
      const changed = change(part);
      return changed === null ? [] : Array.isArray(changed) ? changed : [changed];
    }),
  };
}

function movedBy(root: ConditionGroup, path: number[], by: number): ConditionGroup {
  const parent = path.slice(0, -1);
  const from = path.at(-1) ?? 0;
  const move = (group: ConditionGroup): ConditionGroup => {
    const rules = [...group.rules];
    const [part] = rules.splice(from, 1);
    if (part) rules.splice(Math.max(0, Math.min(rules.length, from + by)), 0, part);
    return { ...group, rules };
  };
  return parent.length === 0 ? move(root) : changedAt(root, parent, (group) => move(group as ConditionGroup));
}

/** Where a part of the tree stands in the rule's document. */
function placeOf(place: string, path: number[]): string {
  return place + path.map((index) => `.rules[${index}]`).join("");
}

function RuleRow({ path, rule }: RuleProps) {
  const tree = useTree();
  const place = placeOf(tree.place, path);
  const said = tree.diagnostics.filter((one) => one.path === place || one.path.startsWith(`${place}.`));
  const condition = rule as unknown as Condition;
  return (
    <Box className={said.length ? "node-problem" : undefined} py={4} opacity={condition.muted ? 0.55 : 1}>
      <Group wrap="nowrap" align="flex-start" gap={6}>
        <Box flex={1} miw={0}>
          <ConditionRow condition={condition} onChange={(next) => tree.change(changedAt(tree.root, path, () => next))} groups={tree.groups} place={place} diagnostics={tree.diagnostics} />
          {said.map((one) => <Text key={one.path + one.code} size="xs" c="var(--mantine-color-error)" mt={4} role="alert">{told(one.message)}</Text>)}
        </Box>
        <PartActions path={path} muted={condition.muted} />
      </Group>
    </Box>
  );
}

function PartActions({ path, muted }: { path: number[]; muted?: boolean }) {
  const { t } = useTranslation();
  const { root, change } = useTree();
  const act = (label: string, Glyph: typeof IconTrash, run: () => void) => (
    <Tooltip label={label}><ActionIcon size={26} aria-label={label} onClick={run}><Glyph size={15} /></ActionIcon></Tooltip>
  );
  return (
    <Group gap={0} wrap="nowrap" pt={5}>
      <Box visibleFrom="sm">{act(t("Move up"), IconArrowUp, () => change(movedBy(root, path, -1)))}{act(t("Move down"), IconArrowDown, () => change(movedBy(root, path, 1)))}</Box>
      {act(t("Duplicate"), IconCopy, () => change(changedAt(root, path, (part) => [part, structuredClone(part)])))}
      {act(muted ? t("Count it again") : t("Leave it out for now"), muted ? IconEye : IconEyeOff, () => change(changedAt(root, path, ({ muted: _, ...part }) => (muted ? part : { ...part, muted: true }) as Part)))}
      {act(t("Remove"), IconTrash, () => change(changedAt(root, path, () => null)))}
    </Group>
  );
}

function GroupBox(props: RuleGroupProps) {
  const { t } = useTranslation();
  const { root, change, groups, place, diagnostics, label } = useTree();
  const { path, schema } = props;
  const group = props.ruleGroup as unknown as ConditionGroup;
  const set = (next: Partial<ConditionGroup>) => change(changedAt(root, path, (part) => ({ ...(part as ConditionGroup), ...next })));
  const first = groups.flatMap((one) => one.fields)[0];
  const add = (part: Part) => set({ rules: [...group.rules, part] });
  const here = placeOf(place, path);
  const said = diagnostics.filter((one) => one.path === here || one.path === `${here}.rules`);
  const Rule = schema.controls.rule;
  const Inner = schema.controls.ruleGroup;
  return (
    <Box className={path.length ? "clause" : undefined} role="group" aria-label={path.length ? t("Group of conditions") : label} mt={path.length ? 6 : 0} opacity={group.muted ? 0.55 : 1}>
      {(group.rules.length > 1 || path.length > 0 || group.not) && (
        <Group gap="xs" mb={6} justify="space-between">
          <Group gap="xs">
            <SegmentedControl size="xs" aria-label={t("How they are joined")} value={`${group.not ? "not-" : ""}${group.combinator}`} onChange={(value) => set({ combinator: value.endsWith("or") ? "or" : "and", not: value.startsWith("not-") ? true : undefined })}
              data={[{ value: "and", label: t("all of") }, { value: "or", label: t("any of") }, { value: "not-or", label: t("none of") }, { value: "not-and", label: t("not all of") }]} />
          </Group>
          {path.length > 0 && <PartActions path={path} muted={group.muted} />}
        </Group>
      )}
      {group.rules.map((part, index) => {
        const at = [...path, index];
        const shared = { path: at, schema, actions: props.actions, parentDisabled: false, context: props.context, shiftUpDisabled: true, shiftDownDisabled: true };
        const key = index; // ids are made anew by the editor; a key of them would take the focus away
        return isGroup(part)
          ? <Inner key={key} {...(shared as unknown as RuleGroupProps)} ruleGroup={part as never} />
          : <Rule key={key} {...(shared as unknown as RuleProps)} rule={part as never} />;
      })}
      {said.map((one) => <Text key={one.code} size="xs" c="var(--mantine-color-error)" role="alert">{told(one.message)}</Text>)}
      <Group gap="xs" mt={6}>
        <Button size="compact-sm" variant="light" leftSection={<IconPlus size={14} />} onClick={() => first && add({ field: first.path, operator: first.operators.includes(">=") && first.kind !== "text" ? ">=" : first.operators[0], value: "" })}>{t("Condition")}</Button>
        <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconBraces size={14} />} onClick={() => add({ combinator: "or", rules: [] })}>{t("Group")}</Button>
      </Group>
    </Box>
  );
}

const CONTROLS = { rule: RuleRow, ruleGroup: GroupBox };
