import { Box, Button, Center, Group, SegmentedControl, Skeleton, Stack } from "@mantine/core";
import { IconChecklist, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { May } from "@/components/May";
import { Refusal } from "@/components/Refusal";
import { usePages } from "@/components/usePages";
import type { Task } from "./model";
import { TaskForm } from "./TaskForm";
import { TaskRow } from "./TaskRow";

/** What is to be done for a member, and what was. */
export function MemberTasks({ member, path, queryKey }: { member: string; path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const [status, setStatus] = useState("open");
  const [making, setMaking] = useState(false);
  const found = usePages<Task>([...queryKey, "tasks"], `${path}/tasks`, { limit: 30, ...(status === "all" ? {} : { status }) });
  return (
    <>
      <Group justify="space-between" px="lg" py="sm" gap="xs">
        <SegmentedControl size="xs" aria-label={t("Status")} value={status} onChange={setStatus} data={[{ value: "open", label: t("Open") }, { value: "done", label: t("Done") }, { value: "all", label: t("All") }]} />
        <May needs="members:write"><Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>{t("New task")}</Button></May>
      </Group>
      <TaskList found={found} empty={<Empty icon={IconChecklist} title={t("Nothing is to be done")}>{t("Promise a call or a parcel here, with a day; rules can ask for tasks too.")}</Empty>} />
      {making && <TaskForm member={member} task={null} close={() => setMaking(false)} />}
    </>
  );
}

/** Tasks line by line, with states for waiting, nothing and refusals. */
export function TaskList({ found, empty, named }: { found: ReturnType<typeof usePages<Task>>; empty: React.ReactNode; named?: boolean }) {
  const { t } = useTranslation();
  if (found.error) return <Box p="md"><Refusal error={found.error} retry={found.retry} /></Box>;
  if (!found.rows) return <Stack p="lg">{[1, 2, 3].map((line) => <Skeleton key={line} h={30} />)}</Stack>;
  if (found.rows.length === 0) return <>{empty}</>;
  return (
    <>
      <Box component="ul" m={0} p={0} style={{ listStyle: "none" }}>{found.rows.map((task) => <TaskRow key={task.id} task={task} named={named} />)}</Box>
      {found.more.has && <Center p="sm"><Button variant="default" size="xs" loading={found.more.loading} onClick={found.more.load}>{t("Show more")}</Button></Center>}
    </>
  );
}
