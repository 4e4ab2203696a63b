import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { RecordAnswer } from "@/lib/answers";
import { useConfirm } from "@/components/confirm";
import { FormDrawer } from "@/components/FormDrawer";
import { useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { get, inProgram, send } from "@/lib/api";
import { moment } from "@/lib/format";
import { useProgram } from "@/lib/program";

/** Make two members one: the other's points, tiers and history come here. */
export function Merge({ close, path, queryKey }: { close: () => void; path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const [form, setForm, draft] = useDraft(`merge ${path}`, { source: "", reason: "" });
  const { source, reason } = form;
  const merging = useChange(() => send("POST", `${path}/merge`, { source: source.trim(), reason }), { refresh: [queryKey, [code, "members"]], done: t("They are one member now."), draft, then: close });
  return (
    <FormDrawer title={t("Merge another member into this one")} opened close={close} submit={() => merging.mutate(undefined)} saving={merging.isPending} error={merging.error} yes={t("Merge")} disabled={!source.trim() || !reason.trim()} draft={draft}>
      <TextInput label={t("The other member")} description={t("An id (mem_…), or an identifier such as email:ann@example.com")} value={source} onChange={(event) => setForm({ ...form, source: event.currentTarget.value })} required data-autofocus />
      <Textarea label={t("Reason")} value={reason} onChange={(event) => setForm({ ...form, reason: event.currentTarget.value })} required />
      <Text size="sm" c="dimmed">{t("Points, tiers and history come here. It can be undone.")}</Text>
    </FormDrawer>
  );
}

/** Who was merged into this member, with a way back. */
export function Merges({ path, queryKey }: { path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const confirm = useConfirm();
  const found = useQuery({ queryKey: [...queryKey, "record"], queryFn: () => get<RecordAnswer>(`${path}/record`) });
  const undo = useChange((merge: number) => send("POST", `${inProgram(code, "merges", String(merge))}/undo`), { refresh: [queryKey], done: t("They are two members again."), toast: true });
  const may = useMay("members:merge");
  const merges = found.data?.merges ?? [];
  if (merges.length === 0) return null;
  return (
    <Section title={t("Merged")}>
      <Stack gap="sm">
        {merges.map((merge) => (
          <Group key={merge.id} justify="space-between" wrap="nowrap">
            <div>
              <Text size="sm" className="mono">{merge.source}</Text>
              <Text size="xs" c="dimmed">{moment(merge.merged_at, zone)} · {merge.reason}</Text>
            </div>
            {merge.undone_at ? <Text size="xs" c="dimmed">{t("undone")}</Text> : may && <Button size="compact-xs" variant="default" onClick={async () => (await confirm({ title: t("Make them two members again?"), yes: t("Undo") })) && undo.mutate(merge.id)}>{t("Undo")}</Button>}
          </Group>
        ))}
      </Stack>
    </Section>
  );
}
