import { Alert, Anchor, Group, Text } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useNames } from "@/features/staff/model";
import { moment } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { ADJUST, policyQuery, PUBLISH, waitingQuery } from "./model";

/** Versions of the rules that wait for another person, with the way to where they are decided. */
export function WaitingVersions() {
  const { t } = useTranslation();
  const program = useProgram();
  const names = useNames();
  const waiting = (useQuery(waitingQuery(program.code)).data ?? []).filter((one) => one.kind === PUBLISH);
  return waiting.map((one) => (
    <Alert key={one.id} color="blue" variant="light" icon={<IconHourglass aria-hidden />} title={t("A version waits for approval")} role="status">
      <Text size="sm">{t("{{who}} asked on {{when}}. Until somebody else approves it, the version in force stays; editing the draft makes the request void.", { who: (one.maker_name || names(one.maker)), when: moment(one.created_at, program.zone) })}</Text>
      <ToApproval id={one.id} />
    </Alert>
  ));
}

/** Points of a member that wait for another person. */
export function WaitingPoints({ member }: { member: string }) {
  const { t } = useTranslation();
  const program = useProgram();
  const names = useNames();
  const { permissions } = useSession();
  const found = useQuery({ ...waitingQuery(program.code), enabled: permissions.includes("approvals:read") }).data ?? [];
  return found.filter((one) => one.kind === ADJUST && one.title.includes(member)).map((one) => (
    <Alert key={one.id} color="blue" variant="light" icon={<IconHourglass aria-hidden />} title={t("Points wait for approval")} role="status">
      <Text size="sm">{one.title}</Text>
      <Text size="sm">{t("{{who}} asked on {{when}}: {{why}}", { who: (one.maker_name || names(one.maker)), when: moment(one.created_at, program.zone), why: one.reason })}</Text>
      <ToApproval id={one.id} />
    </Alert>
  ));
}

/** What the policy of the program says about publishing, before somebody tries. */
export function PublishingPolicy() {
  const { t } = useTranslation();
  const { code } = useProgram();
  const policy = useQuery(policyQuery(code)).data;
  if (!policy) return null;
  if (policy.publishing) return <Alert color="blue" variant="light" icon={<IconHourglass aria-hidden />}>{t("Another person has to approve every version: publishing asks for it, and the rules take force once it is given.")}</Alert>;
  if (policy.budget_points_over === null && policy.budget_money_over === null) return null;
  return <Alert color="blue" variant="light" icon={<IconHourglass aria-hidden />}>{t("A new or changed budget over the program's limit has to be approved by another person first.")}</Alert>;
}

/** The way to a request. */
export function ToApproval({ id }: { id: number }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  return <Group mt={6}><Anchor size="sm" renderRoot={(props) => <Link to="/$program/approvals" params={{ program: code }} search={{ request: String(id) } as never} {...props} />}>{t("See what waits")}</Anchor></Group>;
}
