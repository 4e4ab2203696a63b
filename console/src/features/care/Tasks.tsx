import { Group, SegmentedControl, Select } from "@mantine/core";
import { IconChecklist } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { usePages } from "@/components/usePages";
import { inProgram } from "@/lib/api";
import { useProgram } from "@/lib/program";
import { TaskList } from "./MemberTasks";
import { assignees, colleaguesQuery, type Task } from "./model";

interface Search { status?: "done" | "cancelled"; who?: string; kind?: "task" | "call" }

/** Tasks and calls of everybody, the next due first. */
export default function Tasks() {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const colleagues = useQuery(colleaguesQuery(program.code)).data ?? [];
  const who = search.who ?? "me";
  const status = search.status ?? "open";
  const set = (part: Search) => void navigate({ to: ".", search: { ...search, ...part } as never, replace: true });
  const found = usePages<Task>([program.code, "tasks"], inProgram(program.code, "tasks"), { limit: 50, status, ...(who === "all" ? {} : { assignee: who }), ...(search.kind ? { kind: search.kind } : {}) });
  return (
    <Page title={t("Tasks")} about={t("What was promised to members, and the calls to make. Rules ask for tasks too, with the effect “create a task”.")}>
      <Section pad={false}>
        <Group p="md" gap="sm">
          <SegmentedControl aria-label={t("Status")} value={status} onChange={(next) => set({ status: next === "open" ? undefined : (next as Search["status"]) })} data={[{ value: "open", label: t("Open") }, { value: "done", label: t("Done") }, { value: "cancelled", label: t("Called off") }]} />
          <Select w={220} aria-label={t("Who does it")} value={who} onChange={(next) => next && set({ who: next === "me" ? undefined : next })} data={[{ value: "me", label: t("Mine") }, { value: "all", label: t("Everybody's") }, ...assignees(colleagues.filter((one) => !one.me), who === "me" || who === "all" ? "" : who)]} />
          <Select w={140} aria-label={t("Kind")} value={search.kind ?? ""} onChange={(kind) => set({ kind: (kind || undefined) as Search["kind"] })} data={[{ value: "", label: t("All") }, { value: "task", label: t("Task") }, { value: "call", label: t("Call") }]} />
        </Group>
        <TaskList found={found} named empty={<Empty icon={IconChecklist} title={status === "open" ? t("Nothing is to be done") : t("Nothing here yet")}>{who === "me" ? t("Nothing is given to you. See what there is for everybody.") : t("Open a task on a member's page, or let a rule ask for one.")}</Empty>} />
      </Section>
    </Page>
  );
}
