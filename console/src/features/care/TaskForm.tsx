import { SegmentedControl, Select, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { inProgram, send } from "@/lib/api";
import { useProgramCode } from "@/lib/program";
import { assignees, colleaguesQuery, type Task } from "./model";

/** Ask for something to be done for a member, or change what was asked. */
export function TaskForm({ member, task, close }: { member: string; task: Task | null; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const colleagues = useQuery(colleaguesQuery(program)).data ?? [];
  const [form, setForm, draft] = useDraft(`task ${member} ${task?.id ?? ""}`, { kind: task?.kind ?? "task", title: task?.title ?? "", details: task?.details ?? "", assignee: task?.assignee ?? colleagues.find((one) => one.me)?.email ?? "", due_on: task?.due_on ?? "" });
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const path = inProgram(program, "members", member, "tasks", ...(task ? [task.id] : []));
  const saving = useChange(
    () => send<Task>(task ? "PATCH" : "POST", path, { ...form, due_on: form.due_on || null }, task ? { "If-Match": `"${task.revision}"` } : undefined),
    { refresh: [[program, "member"], [program, "tasks"]], done: task ? t("Saved.") : t("The task is open."), draft, then: close },
  );
  return (
    <FormDrawer title={task ? t("Edit the task") : t("New task")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} disabled={!form.title.trim()} draft={draft}>
      <SegmentedControl fullWidth aria-label={t("Kind")} value={form.kind} onChange={(kind) => set({ kind: kind as Task["kind"] })} data={[{ value: "task", label: t("Task") }, { value: "call", label: t("Call") }]} />
      <TextInput label={t("What is to be done")} required maxLength={300} value={form.title} onChange={(event) => set({ title: event.currentTarget.value })} data-autofocus />
      <Textarea label={t("Details")} autosize minRows={2} maxLength={4000} value={form.details} onChange={(event) => set({ details: event.currentTarget.value })} />
      <Select label={t("Who does it")} placeholder={t("Anybody")} clearable searchable nothingFoundMessage={t("Nothing by that name.")} data={assignees(colleagues, form.assignee)} value={form.assignee || null} onChange={(assignee) => set({ assignee: assignee ?? "" })} clearButtonProps={{ "aria-label": t("Clear") }} />
      <TextInput type="date" label={t("Due on")} value={form.due_on} onChange={(event) => set({ due_on: event.currentTarget.value })} />
    </FormDrawer>
  );
}
