import { Alert, Button, Code, FileInput, Group, List, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconCircleCheck, IconDownload, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { Secret } from "@/components/Secret";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { codeOf } from "@/features/rulesets/model";
import { wrongAt } from "@/features/staff/model";
import { get, inProgram, send } from "@/lib/api";
import { useProgramCode } from "@/lib/program";
import { told } from "@/lib/told";
import { type Batch, type Connected, PLATFORMS } from "./model";

/** One form that makes everything a shop needs: partner, store, source, keys and terms of a template. */
export function ConnectShop({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const templates = useQuery({ queryKey: [program, "partner-templates"], queryFn: () => get<Record<string, unknown>>(inProgram(program, "partner-templates")) });
  const [form, setForm, draft] = useDraft("shop", { name: "", platform: "plain", template: "", region: "" });
  const [secret, setSecret] = useState("");
  const code = codeOf(form.name);
  const connecting = useChange(() => send<Connected>("POST", inProgram(program, "connections"), { code, ...Object.fromEntries(Object.entries({ ...form, secret }).filter(([, value]) => value !== "")) }), { refresh: [[program, "partners"], [program, "stores"], [program, "sources"], [program, "keys"]], draft });
  const made = connecting.data;
  const known = Object.keys(templates.data ?? {});
  return (
    <FormDrawer title={made ? t("{{name}} is connected", { name: form.name }) : t("Connect a shop")} opened close={close} submit={() => (made ? close() : connecting.mutate(undefined))} saving={connecting.isPending} error={connecting.error} draft={made ? undefined : draft} yes={made ? t("Done") : t("Connect")} disabled={!form.name.trim()}>
      {!made && (
        <>
          <TextInput label={t("Name of the shop")} required value={form.name} error={wrongAt(connecting.error, "name") ?? wrongAt(connecting.error, "code")} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} data-autofocus />
          <Select label={t("Its platform")} data={PLATFORMS} value={form.platform} onChange={(platform) => platform && setForm({ ...form, platform })} />
          {form.platform === "shopify" && <TextInput label={t("Signing secret that Shopify shows")} required value={secret} error={wrongAt(connecting.error, "secret")} onChange={(event) => setSecret(event.currentTarget.value)} />}
          <Group grow align="flex-start">
            {known.length > 0 && <Select label={t("Template")} clearable placeholder={known.includes("default") ? "default" : t("none")} data={known} value={form.template || null} error={wrongAt(connecting.error, "template")} onChange={(template) => setForm({ ...form, template: template ?? "" })} />}
            <TextInput label={t("Region")} value={form.region} onChange={(event) => setForm({ ...form, region: event.currentTarget.value })} />
          </Group>
          {form.name.trim() && <Text size="xs" c="dimmed">{t("Its code is")} <span className="mono">{code}</span></Text>}
        </>
      )}
      {made && <Made made={made} />}
    </FormDrawer>
  );
}

function Made({ made }: { made: Connected }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      {!made.new && <Alert color="blue" icon={<IconInfoCircle aria-hidden />} title={t("It was connected before")}>{t("Its keys were shown then. Make new ones on its page if they are lost.")}</Alert>}
      {made.write_key && <div><Text size="sm" fw={580} mb={4}>{t("Write key of its source")}</Text><Secret value={made.write_key} /></div>}
      {made.api_key && <div><Text size="sm" fw={580} mb={4}>{t("API key for its own figures")}</Text><Secret value={made.api_key} /></div>}
      <div><Text size="sm" fw={580} mb={4}>{t("What is pasted into its system")}</Text><Code block fz={11} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{made.snippet}</Code></div>
    </Stack>
  );
}

/** Many shops by one file; keys come back as a file, this once. */
export function ConnectMany({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const [file, setFile] = useState<File | null>(null);
  const connecting = useChange(async () => send<Batch>("POST", inProgram(program, "connections", "batch"), { file: await file?.text() }), { refresh: [[program, "partners"], [program, "stores"], [program, "sources"], [program, "keys"]] });
  const done = connecting.data;
  const failed = done?.shops.filter((one) => one.status === "failed") ?? [];
  return (
    <FormDrawer title={t("Connect many shops")} opened close={close} submit={() => (done ? close() : connecting.mutate(undefined))} saving={connecting.isPending} error={connecting.error} yes={done ? t("Done") : t("Connect")} disabled={!file}>
      {!done && <FileInput label={t("Shops as CSV")} description={t("Columns: code, name, template, platform, region, secret, holder, iban, bic; code is needed. At most 500 at a time.")} accept=".csv,text/csv" required value={file} onChange={setFile} placeholder={t("Choose a file")} clearable clearButtonProps={{ "aria-label": t("Remove") }} />}
      {done && (
        <>
          <Alert color={done.failed ? "yellow" : "pine"} icon={<IconCircleCheck aria-hidden />} title={t("{{n}} shops are connected", { n: done.connected })}>{t("{{known}} were before, {{failed}} failed.", { known: done.known, failed: done.failed })}</Alert>
          {done.connected > 0 && <Button variant="default" leftSection={<IconDownload size={16} />} component="a" href={keysFile(done)} download="shop-keys.csv">{t("Keys of the new shops, this once")}</Button>}
          {failed.length > 0 && <List size="sm" spacing={2}>{failed.slice(0, 30).map((one) => <List.Item key={one.row}><b>{t("Row {{n}}", { n: one.row })}</b> {one.code}: {one.problems.map((problem) => [problem.path, told(problem.message)].filter(Boolean).join(": ")).join(" ")}</List.Item>)}</List>}
        </>
      )}
    </FormDrawer>
  );
}

function keysFile(done: Batch): string {
  const columns = ["partner", "source", "platform", "write_key", "api_key", "hook", "secret"] as const;
  const rows = done.shops.flatMap((one) => (one.connected?.new ? [columns.map((name) => one.connected?.[name] ?? "").join(",")] : []));
  return `data:text/csv;charset=utf-8,${encodeURIComponent([columns.join(","), ...rows, ""].join("\n"))}`;
}
