import { Button, Code, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { searching } from "@/components/searching";
import type { AttributeAnswer } from "@/lib/answers";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { codeOf } from "@/features/rulesets/model";
import { get, getTagged, ifMatch, inProgram, send } from "@/lib/api";
import { words } from "@/lib/format";
import { type Program, useProgram } from "@/lib/program";

/** The program itself: name, time zone, attributes of members, and the whole of it as a file. */
export default function Settings() {
  const { t } = useTranslation();
  const program = useProgram();
  return (
    <Page title={t("Settings")} about={t("The program itself. Everything here can also be written as a file and applied.")} actions={<Button variant="default" component="a" href={`${inProgram(program.code, "export")}?format=yaml`} download={`${program.code}.yaml`} leftSection={<IconDownload size={16} />}>{t("Program as YAML")}</Button>}>
      {program.revision > 0 && <General key={program.revision} program={program} />}
      <Attributes />
    </Page>
  );
}

function General({ program }: { program: Program }) {
  const { t } = useTranslation();
  const [name, setName] = useState(program.name);
  const [zone, setZone] = useState(program.zone);
  const [region, setRegion] = useState(program.region);
  const tagged = useQuery({ queryKey: [program.code, "program", "version", program.revision], queryFn: () => getTagged<Program>(inProgram(program.code)), staleTime: Infinity });
  const changed = Object.entries({ name, zone, region }).filter(([key, value]) => program[key as keyof Program] !== value);
  const saving = useChange(() => send("PATCH", inProgram(program.code), Object.fromEntries(changed), ifMatch(tagged.data?.etag)), { refresh: [[program.code, "program"], ["session"]], done: t("Saved.") });
  return (
    <Section title={t("Program")}>
      <Stack maw={520}>
        <TextInput label={t("Name")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select label={t("Time zone")} description={t("Whose calendar days, weeks and months are")} {...searching} data={Intl.supportedValuesOf("timeZone")} value={zone} onChange={(next) => next && setZone(next)} />
        <TextInput label={t("Country of telephone numbers without a code")} maxLength={2} value={region} onChange={(event) => setRegion(event.currentTarget.value.toUpperCase())} />
        <Group gap="xl"><Text size="sm" c="dimmed">{t("Currency")} <Code>{program.currency}</Code></Text><Text size="sm" c="dimmed">{t("Code")} <Code>{program.code}</Code></Text></Group>
        <Refusal error={saving.error} />
        <Button style={{ alignSelf: "flex-start" }} disabled={changed.length === 0 || !tagged.data} loading={saving.isPending} onClick={() => saving.mutate(undefined)}>{t("Save")}</Button>
      </Stack>
    </Section>
  );
}

function Attributes() {
  const { t } = useTranslation();
  const program = useProgram();
  const path = inProgram(program.code, "member-attributes");
  const [name, setName] = useState("");
  const [kind, setKind] = useState("text");
  const found = useQuery({ queryKey: [program.code, "member-attributes"], queryFn: () => get<AttributeAnswer[]>(path) });
  const adding = useChange(() => send("PUT", `${path}/${encodeURIComponent(codeOf(name).replaceAll("-", "_"))}`, { kind, label: name }), { refresh: [[program.code, "member-attributes"], [program.code, "rule-fields"]], done: t("Saved."), then: () => setName("") });
  return (
    <Section title={t("Attributes of members")}>
      <Text size="sm" c="dimmed" mb="sm">{t("Added at will; rules may look at each of them. A name that comes with an event is known from then on.")}</Text>
      <Table maw={640}>
        <Table.Thead><Table.Tr><Table.Th>{t("Name")}</Table.Th><Table.Th>{t("Kind")}</Table.Th><Table.Th>{t("Label")}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>{found.data?.map((one) => <Table.Tr key={one.name}><Table.Td className="mono">{one.name}</Table.Td><Table.Td>{t(words(one.kind))}</Table.Td><Table.Td>{one.label ?? "–"}</Table.Td></Table.Tr>)}</Table.Tbody>
      </Table>
      <Group mt="md" align="flex-end">
        <TextInput label={t("New attribute")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select label={t("Kind")} w={150} data={["text", "number", "boolean", "date", "instant", "list"].map((value) => ({ value, label: t(words(value)) }))} value={kind} onChange={(next) => next && setKind(next)} />
        <Button disabled={!name.trim()} loading={adding.isPending} onClick={() => adding.mutate(undefined)}>{t("Add")}</Button>
      </Group>
      <Refusal error={adding.error ?? found.error} />
    </Section>
  );
}
