import { Anchor, Box, Button, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { waitingQuery } from "@/features/approval/model";
import type { Task } from "@/features/care/model";
import { memberName, type Member } from "@/features/members/model";
import { seenMembers } from "@/features/members/seen";
import type { LiabilityAnswer } from "@/lib/answers";
import { get, inProgram, type PageOf } from "@/lib/api";
import { day, moment, money, number, points } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";

/** What is to be done, instead of figures: tasks, members, approvals, what is owed. */
export function Work({ report }: { report: string }) {
  switch (report) {
    case "tasks": return <Tasks />;
    case "members": return <Members />;
    case "approvals": return <Approvals />;
    case "books": return <Owed />;
    default: return null;
  }
}

interface LinesProps { label: string; error: unknown; loading: boolean; empty: ReactNode; to: ReactNode; children: ReactNode[] }

/** Lines with the way to all of them; a sentence where there are none. */
function Lines({ label, error, loading, empty, to, children }: LinesProps) {
  if (error) return <Refusal error={error} />;
  if (loading) return <Stack gap="xs">{[1, 2, 3].map((line) => <Skeleton key={line} h={26} />)}</Stack>;
  return (
    <Stack gap="xs">
      {children.length === 0 ? <Text size="sm" c="dimmed">{empty}</Text> : <Box component="ul" m={0} p={0} style={{ listStyle: "none" }} aria-label={label}>{children}</Box>}
      <Text size="sm" component="div">{to}</Text>
    </Stack>
  );
}

function Line({ name, note, bad }: { name: ReactNode; note?: ReactNode; bad?: boolean }) {
  return (
    <Group component="li" justify="space-between" wrap="nowrap" gap="sm" py={7} style={{ borderBottom: "1px solid var(--regulars-line)" }}>
      <Box miw={0} flex={1}>{name}</Box>
      {note && <Text size="xs" className={bad ? "bad" : undefined} c={bad ? undefined : "dimmed"} fw={bad ? 600 : undefined} style={{ flexShrink: 0 }}>{note}</Text>}
    </Group>
  );
}

/** The tasks and calls given to who looks, the next due first. */
function Tasks() {
  const { t } = useTranslation();
  const { code } = useProgram();
  const found = useQuery({ queryKey: [code, "tasks", "mine"], queryFn: async () => (await get<PageOf<Task>>(inProgram(code, "tasks"), { assignee: "me", limit: 8 })).data });
  const all = <Anchor size="sm" renderRoot={(props) => <Link to="/$program/tasks" params={{ program: code }} search={(found.data?.length ? {} : { who: "all" }) as never} {...props} />}>{found.data?.length ? t("All tasks") : t("Everybody's tasks")}</Anchor>;
  return (
    <Lines label={t("Tasks for me")} error={found.error} loading={!found.data} empty={t("Nothing is given to you. See what there is for everybody.")} to={all}>
      {(found.data ?? []).map((task) => (
        <Line key={task.id} bad={task.overdue} note={task.due_on && (task.overdue ? t("was due on {{day}}", { day: day(task.due_on) }) : t("due on {{day}}", { day: day(task.due_on) }))}
          name={<><Anchor size="sm" fw={550} lineClamp={1} renderRoot={(props) => <Link to="/$program/members/$member" params={{ program: code, member: task.member }} search={{ tab: "tasks" } as never} {...props} />}>{task.title}</Anchor><Text size="xs" c="dimmed" truncate>{task.kind === "call" ? t("Call") : t("Task")} · {task.member_name || task.member}</Text></>} />
      ))}
    </Lines>
  );
}

/** Find a member at once, or open one of those that were looked at last. */
function Members() {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const { person } = useSession();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const ids = seenMembers(code, person.id);
  const found = useQueries({ queries: ids.slice(0, 6).map((id) => ({ queryKey: [code, "member", id], queryFn: () => get<Member>(inProgram(code, "members", id)), staleTime: 60_000, retry: false })) });
  const members = found.flatMap((one) => one.data ?? []);
  const search = () => void navigate({ to: "/$program/members", params: { program: code }, search: (text.trim() ? { q: text.trim() } : {}) as never });
  return (
    <Stack gap="sm">
      <Group component="form" wrap="nowrap" gap="xs" onSubmit={(event: React.FormEvent) => { event.preventDefault(); search(); }}>
        <TextInput flex={1} value={text} onChange={(event) => setText(event.currentTarget.value)} leftSection={<IconSearch size={16} />} placeholder={t("Card, e-mail, telephone, number, name …")} aria-label={t("Find members")} type="search" />
        <Button type="submit" variant="default">{t("Find")}</Button>
      </Group>
      <Lines label={t("Seen last")} error={null} loading={found.some((one) => one.isLoading)} empty={t("Members whose page you open stand here the next time.")} to={null}>
        {members.map((member) => <Line key={member.id} note={t("joined {{day}}", { day: day(member.joined_at, zone) })} name={<Anchor size="sm" fw={550} truncate display="block" renderRoot={(props) => <Link to="/$program/members/$member" params={{ program: code, member: member.id }} {...props} />}>{memberName(member)}</Anchor>} />)}
      </Lines>
    </Stack>
  );
}

/** Requests of others that wait for a decision. */
function Approvals() {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const { person } = useSession();
  const found = useQuery(waitingQuery(code));
  const all = <Anchor size="sm" renderRoot={(props) => <Link to="/$program/approvals" params={{ program: code }} {...props} />}>{t("All requests")}</Anchor>;
  return (
    <Lines label={t("What waits for approval")} error={found.error} loading={!found.data && !found.error} empty={t("Nothing waits. Versions of rules, large budgets and many points by hand come here when the limits say so.")} to={all}>
      {(found.data ?? []).slice(0, 8).map((one) => (
        <Line key={one.id} note={one.maker === `staff:${person.id}` ? t("asked by you") : t("until {{day}}", { day: moment(one.expires_at, zone) })}
          name={<><Anchor size="sm" fw={550} lineClamp={1} renderRoot={(props) => <Link to="/$program/approvals" params={{ program: code }} search={{ request: String(one.id) } as never} {...props} />}>{one.title}</Anchor>{one.reason && <Text size="xs" c="dimmed" truncate>{one.reason}</Text>}</>} />
      ))}
    </Lines>
  );
}

/** What members have in hand and what it is worth, by point type. */
function Owed() {
  const { t } = useTranslation();
  const { code } = useProgram();
  const types = usePointTypes();
  const found = useQuery({ queryKey: [code, "liability"], queryFn: () => get<LiabilityAnswer>(inProgram(code, "liability")) });
  const owed = (found.data?.data ?? []).filter((one) => one.worth_minor !== null || one.available + one.pending + one.held > 0);
  const all = <Group gap="md"><Anchor size="sm" renderRoot={(props) => <Link to="/$program/books" params={{ program: code }} {...props} />}>{t("Books")}</Anchor><Anchor size="sm" renderRoot={(props) => <Link to="/$program/finance" params={{ program: code }} {...props} />}>{t("Finance")}</Anchor></Group>;
  return (
    <Lines label={t("What is owed to members")} error={found.error} loading={!found.data} empty={t("Nobody has points yet.")} to={all}>
      {owed.map((one) => (
        <Group component="li" key={one.point_type} gap="xl" align="flex-start" py={8} style={{ borderBottom: "1px solid var(--regulars-line)" }}>
          <Stat label={types.find((type) => type.code === one.point_type)?.name ?? one.point_type} value={points(one.available + one.pending + one.held, one.scale)} note={t("in {{n}} wallets", { n: number(one.wallets) })} />
          {one.worth_minor !== null && <Stat label={t("Worth")} value={money(one.worth_minor, found.data?.currency ?? "EUR")} />}
        </Group>
      ))}
    </Lines>
  );
}
