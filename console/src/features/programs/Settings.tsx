import { ActionIcon, Badge, Button, Code, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconChecklist, IconDownload, IconTrash, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AttributeAnswer } from "@/lib/answers";
import { useConfirm } from "@/components/confirm";
import { Restored } from "@/components/FormDrawer";
import { May, useMay } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { searching } from "@/components/searching";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { Limits } from "@/features/approval/PolicyForm";
import { policyQuery } from "@/features/approval/model";
import { codeOf } from "@/features/rulesets/model";
import { get, getTagged, ifMatch, inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { words } from "@/lib/format";
import { type Program, useProgram } from "@/lib/program";

/** The program itself: name, time zone, whom messages are about, what needs a second person, attributes of members, and the whole of it as a file. */
export default function Settings() {
  const { t } = useTranslation();
  const program = useProgram();
  const policy = useQuery(policyQuery(program.code)).data;
  const limits = <Button size="xs" variant="default" leftSection={<IconChecklist size={14} />} renderRoot={(props) => <Link to="/$program/approvals" params={{ program: program.code }} {...props} />}>{t("To the approvals")}</Button>;
  return (
    <Page title={t("Settings")} about={t("The program itself. Everything here can also be written as a file and applied.")} actions={<Button variant="default" component="a" href={`${inProgram(program.code, "export")}?format=yaml`} download={`${program.code}.yaml`} leftSection={<IconDownload size={16} />}>{t("Program as YAML")}</Button>}>
      {program.revision > 0 && <General key={program.revision} program={program} />}
      {policy && <Limits policy={policy} aside={limits} />}
      <Attributes />
    </Page>
  );
}

interface ProgramSettings { identifier_order: string[]; amount_base: string }

function General({ program }: { program: Program }) {
  const { t } = useTranslation();
  const may = useMay("programs:write");
  const known = program.settings as unknown as ProgramSettings;
  const before = { name: program.name, zone: program.zone, region: program.region, order: known.identifier_order, base: known.amount_base };
  const [form, setForm, draft] = useDraft("program", before);
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const tagged = useQuery({ queryKey: [program.code, "program", "version", program.revision], queryFn: () => getTagged<Program>(inProgram(program.code)), staleTime: Infinity });
  const { order, base, ...plain } = form;
  const changed: Record<string, unknown> = Object.fromEntries(Object.entries(plain).filter(([key, value]) => before[key as keyof typeof plain] !== value));
  if (base !== before.base || order.join() !== before.order.join()) changed.settings = { ...program.settings, identifier_order: order, amount_base: base };
  const saving = useChange(() => send("PATCH", inProgram(program.code), changed, ifMatch(tagged.data?.etag)), { refresh: [[program.code, "program"], ["session"]], done: t("Saved."), draft });
  const at = atField(saving.error);
  const bases: Record<string, string> = { revenue: t("revenue: what was paid for the goods"), subtotal: t("subtotal: goods without tax and shipping"), total: t("total: with tax and shipping"), lines: t("the sum of the lines") };
  return (
    <Section title={t("Program")}>
      <fieldset className="plain" disabled={!may}>
        <Stack maw={520}>
          {draft.kept && <Restored draft={draft} />}
          <TextInput label={t("Name")} value={form.name} error={at("name")} onChange={(event) => set({ name: event.currentTarget.value })} />
          <Select label={t("Time zone")} description={t("Whose calendar days, weeks and months are")} {...searching} data={Intl.supportedValuesOf("timeZone")} value={form.zone} error={at("zone")} onChange={(zone) => zone && set({ zone })} />
          <TextInput label={t("Country of telephone numbers without a code")} maxLength={2} value={form.region} error={at("region")} onChange={(event) => set({ region: event.currentTarget.value.toUpperCase() })} />
          <Select label={t("What an order earns on")} description={t("Which of its amounts rules count")} data={Object.entries(bases).map(([value, label]) => ({ value, label }))} value={base} error={at("settings.amount_base")} onChange={(next) => next && set({ base: next })} />
          <Identifiers order={order} set={(next) => set({ order: next })} error={at("settings.identifier_order") ?? order.map((_, place) => at(`settings.identifier_order[${place}]`)).find(Boolean)} />
          <Group gap="xl"><Text size="sm" c="dimmed">{t("Currency")} <Code>{program.currency}</Code></Text><Text size="sm" c="dimmed">{t("Code")} <Code>{program.code}</Code></Text></Group>
          <Refusal error={saving.error} />
          {may && <Button style={{ alignSelf: "flex-start" }} disabled={Object.keys(changed).length === 0 || !tagged.data} loading={saving.isPending} onClick={() => saving.mutate(undefined)}>{t("Save")}</Button>}
        </Stack>
      </fieldset>
    </Section>
  );
}

/** By what members are known, the strongest first: it decides when a message names two of them. */
function Identifiers({ order, set, error }: { order: string[]; set: (order: string[]) => void; error?: string }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const swap = (place: number, other: number) => set(order.map((one, at) => (at === place ? (order[other] ?? one) : at === other ? (order[place] ?? one) : one)));
  const fresh = codeOf(name).replaceAll("-", "_");
  return (
    <div>
      <Text size="sm" fw={500}>{t("By what members are known")}</Text>
      <Text size="xs" c="dimmed" mb={6}>{t("When two identifiers of a message belong to two members, the upper one says who it is.")}</Text>
      <Stack gap={4} component="ol" m={0} p={0} style={{ listStyle: "none" }}>
        {order.map((one, place) => (
          <Group key={one} component="li" gap="xs" justify="space-between" wrap="nowrap" px="sm" py={3} style={{ border: "1px solid var(--regulars-line)", borderRadius: 8 }}>
            <Text size="sm">{t(words(one))} <Text span size="xs" c="dimmed" className="mono">{one}</Text></Text>
            <Group gap={2} wrap="nowrap">
              <ActionIcon size={26} disabled={place === 0} aria-label={t("{{name}}: further up", { name: one })} onClick={() => swap(place, place - 1)}><IconArrowUp size={15} /></ActionIcon>
              <ActionIcon size={26} disabled={place === order.length - 1} aria-label={t("{{name}}: further down", { name: one })} onClick={() => swap(place, place + 1)}><IconArrowDown size={15} /></ActionIcon>
              <ActionIcon size={26} disabled={order.length === 1} aria-label={t("Remove {{name}}", { name: one })} onClick={() => set(order.filter((other) => other !== one))}><IconX size={15} /></ActionIcon>
            </Group>
          </Group>
        ))}
      </Stack>
      <Group gap="xs" mt={6} align="flex-end">
        <TextInput size="xs" aria-label={t("Another identifier")} placeholder={t("Another, such as plate")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Button size="xs" variant="default" disabled={!fresh || order.includes(fresh)} onClick={() => { set([...order, fresh]); setName(""); }}>{t("Add")}</Button>
      </Group>
      {error && <Text size="xs" c="var(--mantine-color-error)" mt={4}>{error}</Text>}
    </div>
  );
}

function Attributes() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const may = useMay("programs:write");
  const path = inProgram(program.code, "member-attributes");
  const [form, setForm, draft] = useDraft("attribute", { name: "", kind: "text" });
  const refresh = [[program.code, "member-attributes"], [program.code, "rule-fields"]];
  const found = useQuery({ queryKey: [program.code, "member-attributes"], queryFn: () => get<AttributeAnswer[]>(path) });
  const adding = useChange(() => send("PUT", `${path}/${encodeURIComponent(codeOf(form.name).replaceAll("-", "_"))}`, { kind: form.kind, label: form.name.trim() }), { refresh, done: t("Saved."), draft, then: () => setForm({ name: "", kind: "text" }) });
  const forgetting = useChange((name: string) => send("DELETE", `${path}/${encodeURIComponent(name)}`), { refresh, done: t("The attribute is forgotten."), toast: true });
  const forget = async (one: AttributeAnswer) => (await confirm({ title: t("Forget the attribute {{name}}?", { name: one.label || one.name }), body: t("What members have under it stays, and it is known again when a message brings it. Rules that ask for it have to be changed first."), yes: t("Forget"), danger: true })) && forgetting.mutate(one.name);
  const at = atField(adding.error);
  return (
    <Section title={t("Attributes of members")}>
      <Text size="sm" c="dimmed" mb="sm">{t("Added at will; rules may look at each of them. A name that comes with an event is known from then on.")}</Text>
      {found.data?.length === 0 && <Text size="sm">{t("None yet: add one here, or send it with an identify message.")}</Text>}
      {(found.data?.length ?? 0) > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label={t("Attributes of members")}>
          <Table maw={720} miw={420} fz="sm">
            <Table.Thead><Table.Tr><Table.Th>{t("Name")}</Table.Th><Table.Th>{t("Kind")}</Table.Th><Table.Th>{t("Label")}</Table.Th><Table.Th /></Table.Tr></Table.Thead>
            <Table.Tbody>{found.data?.map((one) => <Table.Tr key={one.name}><Table.Td className="mono" style={{ overflowWrap: "anywhere" }}>{one.name}</Table.Td><Table.Td><Badge color="gray">{t(words(one.kind))}</Badge></Table.Td><Table.Td>{one.label || "–"}</Table.Td><Table.Td ta="right">{may && <ActionIcon size={26} color="red.9" aria-label={t("Forget the attribute {{name}}", { name: one.name })} onClick={() => void forget(one)}><IconTrash size={15} /></ActionIcon>}</Table.Td></Table.Tr>)}</Table.Tbody>
          </Table>
        </div>
      )}
      <May needs="programs:write">
        <Group mt="md" align="flex-end">
          <TextInput label={t("New attribute")} value={form.name} error={at("name") ?? at("label")} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
          <Select label={t("Kind")} w={150} data={["text", "number", "boolean", "date", "instant", "list"].map((value) => ({ value, label: t(words(value)) }))} value={form.kind} onChange={(kind) => kind && setForm({ ...form, kind })} />
          <Button disabled={!form.name.trim()} loading={adding.isPending} onClick={() => adding.mutate(undefined)}>{t("Add")}</Button>
        </Group>
      </May>
      <Refusal error={adding.error ?? found.error} />
    </Section>
  );
}
