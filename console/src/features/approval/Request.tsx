import { Alert, Anchor, Box, Button, Code, Drawer, Group, SimpleGrid, Skeleton, Stack, Table, Text, Textarea } from "@mantine/core";
import { IconCheck, IconFingerprint, IconX } from "@tabler/icons-react";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { memberName, type Member } from "@/features/members/model";
import { Changes } from "@/features/rulesets/Changes";
import { type Change, versionsQuery } from "@/features/rulesets/model";
import { useNames, wrongAt } from "@/features/staff/model";
import { Refusal } from "@/components/Refusal";
import { Copy } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { get, inProgram, send } from "@/lib/api";
import { moment, month, points, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { ADJUST, type Approval, PUBLISH, REOPEN, useAdjusted, useTitle } from "./model";

/** A request: what exactly, who asked and why, and its decision. */
export function RequestDrawer({ id, close }: { id: number; close: () => void }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const titled = useTitle();
  const found = useQuery({ queryKey: [code, "approvals", "one", id], queryFn: () => get<Approval>(inProgram(code, "approvals", String(id))) });
  return (
    <Drawer opened onClose={close} position="right" size="xl" title={<Text fw={620} fz="lg">{found.data ? titled(found.data) : t("Request")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
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
      {approval.kind === PUBLISH ? <Version approval={approval} /> : approval.kind === ADJUST ? <Adjustment approval={approval} /> : approval.kind === REOPEN ? <Reopening approval={approval} /> : <Asked approval={approval} />}
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
      {changes.error ? <Refusal error={changes.error} /> : !changes.data ? <Skeleton h={80} /> : changes.data.length ? <>{made === null && back === null && <Sentences changes={changes.data} />}<Changes changes={changes.data} /></> : <Text size="sm" c="dimmed">{t("They say the same.")}</Text>}
    </Box>
  );
}

/** The rules that would be new or changed, read aloud as they would be then. */
function Sentences({ changes }: { changes: Change[] }) {
  const { code } = useProgram();
  const rules = changes.filter((one) => one.kind === "rule" && (one.action === "create" || one.action === "change"));
  const read = useQueries({ queries: rules.map((one) => ({ queryKey: [code, "rules", one.code, "sentence"], queryFn: async () => (await get<{ sentence: string }>(inProgram(code, "rules", one.code, "sentence"))).sentence, retry: false })) });
  return <Stack gap="xs" mb="sm">{rules.map((one, place) => read[place]?.data && <Text key={one.code} size="sm" className="sentence clause"><b>{one.code}</b>: {read[place].data}</Text>)}</Stack>;
}

interface Wallet { point_type: string; available: number; scale: number }

/** Points to be given or taken: whose, how many, and what she would have then. */
function Adjustment({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const adjusted = useAdjusted()(approval);
  const types = usePointTypes();
  const { payload } = approval;
  const ref = /\bmem_\w+/.exec(approval.title)?.[0] ?? "";
  const sign = payload.direction === "debit" ? -1 : 1;
  const type = types.find((one) => (payload.point_type ? one.code === payload.point_type : one.kind === "redeemable" && !one.archived_at));
  const member = useQuery({ queryKey: [code, "member", ref, "asked"], enabled: ref !== "", queryFn: () => get<Member>(inProgram(code, "members", ref)), retry: false });
  const wallets = useQuery({ queryKey: [code, "member", ref, "wallets", "asked"], enabled: ref !== "", queryFn: async () => (await get<{ wallets: Wallet[] }>(inProgram(code, "members", ref, "wallets"))).wallets, retry: false });
  const has = wallets.data?.find((one) => one.point_type === type?.code)?.available ?? 0;
  const waiting = approval.status === "waiting" && wallets.data !== undefined;
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {ref && <Fact name={t("Member")}><Anchor size="sm" renderRoot={(props) => <Link to="/$program/members/$member" params={{ program: code, member: ref }} {...props} />}>{member.data ? memberName(member.data) : ref}</Anchor></Fact>}
        <Fact name={sign > 0 ? t("Points to be given") : t("Points to be taken")}><b>{adjusted.amount}</b> {adjusted.name}</Fact>
        {typeof payload.expires_at === "string" && <Fact name={t("They end")}>{moment(payload.expires_at, zone)}</Fact>}
        {typeof payload.reference === "string" && payload.reference && <Fact name={t("Reference")}>{payload.reference}</Fact>}
      </SimpleGrid>
      {waiting && (
        <Table fz="sm" className="numeric">
          <Table.Thead><Table.Tr><Table.Th>{t("Available")}</Table.Th><Table.Th ta="right">{t("Before")}</Table.Th><Table.Th ta="right">{t("After")}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody><Table.Tr><Table.Td>{adjusted.name}</Table.Td><Table.Td ta="right">{points(has, type?.scale ?? 0)}</Table.Td><Table.Td ta="right" className={sign > 0 ? "good" : "bad"}><b>{points(has + sign * Number(payload.points ?? 0), type?.scale ?? 0)}</b></Table.Td></Table.Tr></Table.Tbody>
        </Table>
      )}
    </>
  );
}

/** A closed month to be opened again. */
function Reopening({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const period = String(approval.payload.period);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      <Fact name={t("Month")}><Anchor size="sm" renderRoot={(props) => <Link to="/$program/finance" params={{ program: code }} search={{ view: "month", period } as never} {...props} />}>{month(period)}</Anchor></Fact>
      <Fact name={t("Its close")}>{t("Version {{version}}", { version: approval.payload.version })}</Fact>
      <Fact name={t("Before and after")}><Status value="closed" /> → <Status value="open" /></Fact>
    </SimpleGrid>
  );
}

/** What was asked for, field by field, of a kind that has no words of its own. */
function Asked({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const fields = Object.entries(approval.payload).filter(([, value]) => value !== null && value !== "");
  return <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">{fields.map(([name, value]) => <Fact key={name} name={t(words(name))}>{typeof value === "string" ? value : JSON.stringify(value)}</Fact>)}</SimpleGrid>;
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
    { draft, refresh: [[code, "approvals"], [code, "rules"], [code, "rulesets"], [code, "finance"], [code, "member"]], done: (_, what) => (what === "approve" ? t("Approved, and done.") : what === "reject" ? t("Rejected.") : t("Taken back.")) },
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
