import { ActionIcon, Anchor, Box, Button, Group, Menu, Text, Textarea, ThemeIcon } from "@mantine/core";
import { IconCheck, IconChecklist, IconDots, IconPhone } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/components/May";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { inProgram, send } from "@/lib/api";
import { day, moment } from "@/lib/format";
import { useProgram } from "@/lib/program";
import type { Task } from "./model";
import { TaskForm } from "./TaskForm";

/** A task or call: what, for whom, until when, and its end with what came of it. */
export function TaskRow({ task, named }: { task: Task; named?: boolean }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [ending, setEnding] = useState<"done" | "cancelled" | null>(null);
  const [editing, setEditing] = useState(false);
  const [outcome, setOutcome] = useState("");
  const Glyph = task.kind === "call" ? IconPhone : IconChecklist;
  const path = inProgram(program.code, "members", task.member, "tasks", task.id, "status");
  const changing = useChange((status: Task["status"]) => send<Task>("PUT", path, { status, outcome }), { refresh: [[program.code, "member"], [program.code, "tasks"]], done: (answer) => (answer.status === "open" ? t("The task is open.") : t("Done.")), toast: true, then: () => setEnding(null) });
  const open = task.status === "open";
  const may = useMay("members:write");
  return (
    <Box component="li" px="lg" py={12} style={{ borderBottom: "1px solid var(--regulars-line)" }}>
      <Group wrap="nowrap" gap="sm" align="flex-start">
        <ThemeIcon variant="light" color={open ? (task.overdue ? "orange" : "pine") : "gray"} size={30} radius="xl" aria-hidden><Glyph size={16} /></ThemeIcon>
        <Box flex={1} miw={0}>
          <Text size="sm" fw={550} td={task.status === "cancelled" ? "line-through" : undefined}>{task.title}</Text>
          {named && <Anchor size="xs" renderRoot={(props) => <Link to="/$program/members/$member" params={{ program: program.code, member: task.member }} {...props} />}>{task.member_name || task.member}</Anchor>}
          {task.details && <Text size="sm" c="dimmed" style={{ whiteSpace: "pre-wrap" }}>{task.details}</Text>}
          <Group gap={10} mt={2}>
            {task.due_on && <Text size="xs" fw={task.overdue ? 600 : undefined} className={task.overdue ? "bad" : undefined} c={task.overdue ? undefined : "dimmed"}>{task.overdue ? t("was due on {{day}}", { day: day(task.due_on) }) : t("due on {{day}}", { day: day(task.due_on) })}</Text>}
            <Text size="xs" c="dimmed">{task.assignee_name || t("Anybody")}</Text>
            <Text size="xs" c="dimmed" component="div">
              {task.rule ? <>{t("asked by the rule")} <Anchor size="xs" renderRoot={(props) => <Link to="/$program/rules/edit/$rule" params={{ program: program.code, rule: task.rule ?? "" }} {...props} />}>{task.rule}</Anchor></> : t("asked by {{name}}", { name: task.created_by })}
              {task.event && <> · <Anchor size="xs" renderRoot={(props) => <Link to="/$program/events" params={{ program: program.code }} search={{ event: task.event } as never} {...props} />}>{t("Why?")}</Anchor></>}
            </Text>
          </Group>
          {!open && <Text size="xs" c="dimmed" mt={2}>{task.status === "done" ? t("done by {{name}}, {{when}}", { name: task.closed_by, when: moment(task.closed_at ?? "", program.zone) }) : t("called off by {{name}}, {{when}}", { name: task.closed_by, when: moment(task.closed_at ?? "", program.zone) })}{task.outcome && ` · ${task.outcome}`}</Text>}
          {ending && (
            <Box component="form" mt="xs" onSubmit={(event) => { event.preventDefault(); changing.mutate(ending); }}>
              <Textarea autosize minRows={1} maxLength={4000} label={t("What came of it")} value={outcome} onChange={(event) => setOutcome(event.currentTarget.value)} autoFocus />
              <Group gap={6} mt={6}>
                <Button size="compact-sm" type="submit" loading={changing.isPending}>{ending === "done" ? t("Done") : t("Call it off")}</Button>
                <Button size="compact-sm" variant="default" onClick={() => setEnding(null)}>{t("Cancel")}</Button>
              </Group>
            </Box>
          )}
        </Box>
        {!open && <Status value={task.status} />}
        {may && open && !ending && <Button size="compact-sm" variant="default" leftSection={<IconCheck size={14} />} onClick={() => setEnding("done")}>{t("Complete")}</Button>}
        {may && <Menu position="bottom-end">
          <Menu.Target><ActionIcon size={26} aria-label={t("What can be done with {{name}}", { name: task.title })}><IconDots size={16} /></ActionIcon></Menu.Target>
          <Menu.Dropdown>
            {open && <Menu.Item onClick={() => setEditing(true)}>{t("Edit")}</Menu.Item>}
            {open && <Menu.Item onClick={() => setEnding("cancelled")}>{t("Call it off")}</Menu.Item>}
            {!open && <Menu.Item onClick={() => changing.mutate("open")}>{t("Open again")}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>}
      </Group>
      {editing && <TaskForm member={task.member} task={task} close={() => setEditing(false)} />}
    </Box>
  );
}
