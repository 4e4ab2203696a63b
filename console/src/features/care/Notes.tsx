import { ActionIcon, Box, Button, Center, Group, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { IconNotes, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { Empty } from "@/components/Empty";
import { useMay } from "@/components/May";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { usePages } from "@/components/usePages";
import { send } from "@/lib/api";
import { moment } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useStored } from "@/lib/stored";
import type { Note } from "./model";

/** What people of the staff wrote about a member; what is being written survives a reload. */
export function Notes({ path, queryKey }: { path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const confirm = useConfirm();
  const may = useMay("members:write");
  const [text, setText] = useStored(`note ${path}`, "");
  const found = usePages<Note>([...queryKey, "notes"], `${path}/notes`, { limit: 30 });
  const writing = useChange(() => send("POST", `${path}/notes`, { text }), { refresh: [queryKey], done: t("The note is kept."), then: () => setText("") });
  const removing = useChange((note: Note) => send("DELETE", `${path}/notes/${note.id}`), { refresh: [queryKey], done: t("The note is removed."), toast: true });
  const remove = async (note: Note) => (await confirm({ title: t("Remove this note?"), yes: t("Remove"), danger: true })) && removing.mutate(note);
  return (
    <Box>
      {may && <Box component="form" p="lg" onSubmit={(event) => { event.preventDefault(); writing.mutate(undefined); }}>
        <Textarea label={t("New note")} description={t("For those who see this member next; it goes when she is erased.")} autosize minRows={2} maxLength={4000} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <Refusal error={writing.error} />
        <Group justify="flex-end" mt="xs"><Button size="xs" type="submit" disabled={!text.trim()} loading={writing.isPending}>{t("Keep the note")}</Button></Group>
      </Box>}
      {found.error ? <Box p="md"><Refusal error={found.error} retry={found.retry} /></Box> : !found.rows ? <Stack p="lg"><Skeleton h={30} /></Stack> : found.rows.length === 0 ? <Empty icon={IconNotes} title={t("No notes yet")}>{t("Write down what the next colleague should know.")}</Empty> : (
        <Box component="ol" m={0} p={0} style={{ listStyle: "none" }}>
          {found.rows.map((note) => (
            <Group component="li" key={note.id} px="lg" py={12} wrap="nowrap" align="flex-start" justify="space-between" style={{ borderTop: "1px solid var(--regulars-line)" }}>
              <Box miw={0}>
                <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{note.text}</Text>
                <Text size="xs" c="dimmed">{note.by} · {moment(note.written_at, zone)}</Text>
              </Box>
              {may && <ActionIcon size={26} aria-label={t("Remove the note of {{name}}", { name: note.by })} onClick={() => void remove(note)}><IconTrash size={15} /></ActionIcon>}
            </Group>
          ))}
        </Box>
      )}
      {found.more.has && <Center p="sm"><Button variant="default" size="xs" loading={found.more.loading} onClick={found.more.load}>{t("Show more")}</Button></Center>}
    </Box>
  );
}
