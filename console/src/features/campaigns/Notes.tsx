import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { May, useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { usePages } from "@/components/usePages";
import { inProgram, send } from "@/lib/api";
import { moment } from "@/lib/format";
import { useProgram } from "@/lib/program";
import type { Note } from "./model";

/** What people wrote about a campaign, latest first; it stays as it was written. */
export function Notes({ code }: { code: string }) {
  const { t } = useTranslation();
  const program = useProgram();
  const path = inProgram(program.code, "campaigns", code, "notes");
  const [text, setText, draft] = useDraft(`campaign note ${code}`, "");
  const found = usePages<Note>([program.code, "campaign-notes", code], path, { limit: 20 });
  const writing = useChange(() => send<Note>("POST", path, { text }), { refresh: [[program.code, "campaign-notes", code]], draft, then: () => setText("") });
  const may = useMay("activities:write");
  return (
    <Section title={t("Notes")}>
      <May needs="activities:write"><form onSubmit={(event) => { event.preventDefault(); writing.mutate(undefined); }}>
        <Textarea aria-label={t("New note")} placeholder={t("What others should know")} autosize minRows={2} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <Refusal error={writing.error} />
        {text.trim() && <Group justify="flex-end" mt="xs"><Button type="submit" size="xs" loading={writing.isPending}>{t("Write the note")}</Button></Group>}
      </form></May>
      {found.rows?.length === 0 && !may && <Text size="sm" c="dimmed">{t("Nobody wrote anything yet.")}</Text>}
      <Refusal error={found.error} retry={found.retry} />
      <Stack gap="md" mt="md">
        {(found.rows ?? []).map((one) => (
          <article key={one.id}>
            <Text size="xs" c="dimmed">{one.by_name} · {moment(one.written_at, program.zone)}</Text>
            <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{one.text}</Text>
          </article>
        ))}
      </Stack>
      {found.more.has && <Button mt="sm" variant="default" size="xs" loading={found.more.loading} onClick={found.more.load}>{t("Show more")}</Button>}
    </Section>
  );
}
