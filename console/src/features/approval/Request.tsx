import { Alert, Anchor, Box, Button, Code, Drawer, Group, SimpleGrid, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { IconCheck, IconFingerprint, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Changes } from "@/features/rulesets/Changes";
import { type Change, versionsQuery } from "@/features/rulesets/model";
import { useNames, wrongAt } from "@/features/staff/model";
import { Refusal } from "@/components/Refusal";
import { Copy } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { get, inProgram, send } from "@/lib/api";
import { moment, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { type Approval, PUBLISH } from "./model";

/** A request: what exactly, who asked and why, and its decision. */
export function RequestDrawer({ id, close }: { id: number; close: () => void }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const found = useQuery({ queryKey: [code, "approvals", "one", id], queryFn: () => get<Approval>(inProgram(code, "approvals", String(id))) });
  return (
    <Drawer opened onClose={close} position="right" size="xl" title={<Text fw={620} fz="lg">{found.data?.title ?? t("Request")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      {found.error ? <Refusal error={found.error} retry={() => void found.refetch()} /> : found.data ? <Whole approval={found.data} /> : <Skeleton h={200} />}
    </Drawer>
  );
}

function Whole({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const names = useNames();
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Fact name={t("Asked by")}>{approval.maker_name || names(approval.maker)}</Fact>
        <Fact name={t("Asked on")}>{moment(approval.created_at, zone)}</Fact>
        <Fact name={t("Status")}><Status value={approval.status} /></Fact>
        <Fact name={approval.decided_at ? t("Decided") : t("Waits until")}>{approval.decided_at ? [approval.checker && (approval.checker_name || names(approval.checker)), moment(approval.decided_at, zone)].filter(Boolean).join(", ") : moment(approval.expires_at, zone)}</Fact>
        {approval.reason && <Fact name={t("Why")}>{approval.reason}</Fact>}
        {approval.comment && <Fact name={t("Comment")}>{approval.comment}</Fact>}
      </SimpleGrid>
      {approval.kind === PUBLISH ? <Version approval={approval} /> : <Asked approval={approval} />}
      <Alert color="gray" icon={<IconFingerprint aria-hidden />} title={t("Bound to exactly this")}>
        <Group gap="xs" wrap="nowrap"><Code style={{ overflowWrap: "anywhere" }}>{approval.digest}</Code><Copy value={approval.digest} label={t("Copy the digest")} /></Group>
        <Text size="xs" mt={6}>{t("SHA-256 of what was asked for. Approving sends it along; what has changed since is refused.")}</Text>
      </Alert>
      {approval.status === "waiting" && <Decision approval={approval} />}
    </Stack>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <Box><Text size="xs" c="dimmed">{name}</Text><Text size="sm" component="div">{children}</Text></Box>;
}

/** What the version would change, or changed. */
function Version({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const versions = useQuery(versionsQuery(code));
  const made = typeof approval.outcome?.version === "number" ? approval.outcome.version : null;
  const back = typeof approval.payload.version === "number" ? approval.payload.version : null;
  const shows = approval.status === "waiting" || made !== null;
  const before = made === null ? (versions.data?.[0]?.version ?? 0) : made - 1;
  const after = made ?? back;
  const changes = useQuery({
    queryKey: [code, "rulesets", "diff", before, after, "request"],
    enabled: shows && versions.data !== undefined,
    queryFn: async () => (await get<{ changes: Change[] }>(inProgram(code, "rulesets", "diff"), { before, ...(after === null ? {} : { after }) })).changes,
  });
  if (!shows) return <Text size="sm" c="dimmed">{t("Nothing came of it; the rules stayed as they were.")}</Text>;
  return (
    <Box component="section">
      <Text fw={600} mb="xs">{made === null ? t("What would change against version {{version}}", { version: before }) : t("What version {{version}} changed", { version: made })}</Text>
      {changes.error ? <Refusal error={changes.error} /> : !changes.data ? <Skeleton h={80} /> : changes.data.length ? <Changes changes={changes.data} /> : <Text size="sm" c="dimmed">{t("They say the same.")}</Text>}
    </Box>
  );
}

/** What was asked for, field by field; numbers of members are in the title, exact. */
function Asked({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const member = /\bmem_\w+/.exec(approval.title)?.[0];
  const fields = Object.entries(approval.payload).filter(([name, value]) => name !== "member_id" && value !== null && value !== "");
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      {member && <Fact name={t("Member")}><Anchor size="sm" renderRoot={(props) => <Link to="/$program/members/$member" params={{ program: code, member }} {...props} />}>{member}</Anchor></Fact>}
      {fields.map(([name, value]) => <Fact key={name} name={t(words(name))}>{typeof value === "string" ? value : JSON.stringify(value)}</Fact>)}
    </SimpleGrid>
  );
}

function Decision({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const { person } = useSession();
  const [comment, setComment, draft] = useDraft(`decision ${approval.id}`, "");
  const own = approval.maker === `staff:${person.id}`;
  const path = inProgram(code, "approvals", String(approval.id));
  const deciding = useChange(
    (what: "approve" | "reject" | "withdraw") => send("POST", `${path}/${what}`, { comment: comment.trim(), ...(what === "approve" ? { digest: approval.digest } : {}) }),
    { draft, refresh: [[code, "approvals"], [code, "rules"], [code, "rulesets"]], done: (_, what) => (what === "approve" ? t("Approved, and done.") : what === "reject" ? t("Rejected.") : t("Taken back.")) },
  );
  const doing = (what: string) => deciding.isPending && deciding.variables === what;
  return (
    <Stack component="section" gap="sm" aria-label={t("Decision")}>
      {own && <Text size="sm" c="dimmed">{t("You asked for this: somebody else decides it. You can take it back.")}</Text>}
      <Textarea label={t("Comment")} description={own ? undefined : t("Needed when you reject; whoever asked reads it.")} value={comment} error={wrongAt(deciding.error, "comment")} onChange={(event) => setComment(event.currentTarget.value)} autosize minRows={2} maxLength={1000} />
      <Refusal error={deciding.error} />
      <Group justify="flex-end" gap="xs">
        {own ? (
          <Button variant="default" loading={doing("withdraw")} onClick={() => deciding.mutate("withdraw")}>{t("Take it back")}</Button>
        ) : (
          <>
            <Button variant="default" leftSection={<IconX size={16} />} loading={doing("reject")} disabled={!comment.trim()} onClick={() => deciding.mutate("reject")}>{t("Reject")}</Button>
            <Button leftSection={<IconCheck size={16} />} loading={doing("approve")} onClick={() => deciding.mutate("approve")}>{t("Approve")}</Button>
          </>
        )}
      </Group>
    </Stack>
  );
}
