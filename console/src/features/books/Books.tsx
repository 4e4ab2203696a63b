import { Alert, Anchor, Button, Group, List, Skeleton, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconShieldCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { LiabilityAnswer, TrialBalanceAnswer, VerificationAnswer } from "@/lib/answers";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { useChange } from "@/components/useChange";
import { get, inProgram } from "@/lib/api";
import { moment, money, number, points, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";

/** The books: what is owed, a trial balance that adds up to nothing, and every check that proves it. */
export default function Books() {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const liability = useQuery({ queryKey: [program.code, "liability"], queryFn: () => get<LiabilityAnswer>(inProgram(program.code, "liability")) });
  const balance = useQuery({ queryKey: [program.code, "trial-balance"], queryFn: () => get<TrialBalanceAnswer>(inProgram(program.code, "trial-balance")) });
  const verify = useChange(() => get<VerificationAnswer>(inProgram(program.code, "verify")));
  const nameOf = (code: string) => types.find((one) => one.code === code)?.name ?? code;
  const bad = verify.data?.checks.filter((one) => one.bad > 0) ?? [];
  return (
    <Page title={t("Books")} about={t("Every point stands in two accounts. What is given, spent, taken back and ended adds up, at any moment.")} actions={<Button leftSection={<IconShieldCheck size={16} />} loading={verify.isPending} onClick={() => verify.mutate(undefined)}>{t("Verify everything")}</Button>}>
      <Refusal error={verify.error} />
      {verify.data && (
        <Alert color={verify.data.healthy ? "pine" : "red"} icon={verify.data.healthy ? <IconCircleCheck /> : <IconCircleX />} title={verify.data.healthy ? t("Everything adds up") : t("{{n}} checks fail", { n: bad.length })}>
          <Text size="sm" mb={6}>{t("{{n}} transfers looked at, {{at}}.", { n: number(verify.data.transfers), at: moment(verify.data.at, program.zone) })}</Text>
          <List size="sm" spacing={2} icon={<IconCircleCheck size={15} className="good" aria-hidden />}>
            {verify.data.checks.map((one) => <List.Item key={one.name} icon={one.bad ? <IconCircleX size={15} className="bad" aria-hidden /> : undefined}>{one.says}{one.bad > 0 && <b> {t("{{n}} do not.", { n: one.bad })}</b>}</List.Item>)}
          </List>
        </Alert>
      )}
      <Section title={t("What is owed to members")} aside={liability.data && <Text size="xs" c="dimmed">{moment(liability.data.at, program.zone)}</Text>}>
        {liability.error ? <Refusal error={liability.error} /> : !liability.data ? <Skeleton h={80} /> : (
          <Stack gap="lg">
            {liability.data.data.map((one) => (
              <Group key={one.point_type} gap="xl" align="flex-start">
                <Stat label={nameOf(one.point_type)} value={points(one.available + one.pending + one.held, one.scale)} note={t("in {{n}} wallets", { n: number(one.wallets) })} />
                {one.worth_minor !== null && <Stat label={t("Worth")} value={money(one.worth_minor, liability.data.currency)} />}
                <Stat label={t("Pending")} value={points(one.pending, one.scale)} />
                <Stat label={t("Held")} value={points(one.held, one.scale)} />
                <Stat label={t("Owed by members")} value={points(one.debt, one.scale)} />
              </Group>
            ))}
            <Text size="sm" c="dimmed">{t("Worth is the face value of every point. What of it the accounts defer, less what is never redeemed, and what stood at an earlier day, is shown by")} <Anchor inherit underline="always" renderRoot={(props) => <Link to="/$program/finance" params={{ program: program.code }} {...props} />}>{t("Finance")}</Anchor>; {t("what partners owe, by")} <Anchor inherit underline="always" renderRoot={(props) => <Link to="/$program/statements" params={{ program: program.code }} {...props} />}>{t("Statements")}</Anchor>.</Text>
          </Stack>
        )}
      </Section>
      {balance.error && <Refusal error={balance.error} />}
      {balance.data?.data.map((one) => (
        <Section key={one.point_type} pad={false} title={t("Trial balance of {{type}}", { type: nameOf(one.point_type) })} aside={<Group gap={6}>{one.total === 0 ? <IconCircleCheck size={16} className="good" aria-hidden /> : <IconCircleX size={16} className="bad" aria-hidden />}<Text size="sm">{one.total === 0 ? t("adds up to nothing") : t("differs by {{points}}", { points: points(one.total, one.scale) })}</Text></Group>}>
          <div className="scroll" tabIndex={0} role="region" aria-label={t("Trial balance of {{type}}", { type: nameOf(one.point_type) })}>
            <table className="table numeric">
              <thead><tr><th scope="col">{t("Account")}</th><th scope="col" className="end">{t("Debited")}</th><th scope="col" className="end">{t("Credited")}</th><th scope="col" className="end">{t("Balance")}</th></tr></thead>
              <tbody>{one.accounts.filter((account) => account.debited || account.credited).map((account) => <tr key={account.kind + account.owner}><td>{t(words(account.kind))}{account.owner && <> · <span style={{ whiteSpace: "nowrap" }}>{account.owner}</span></>}</td><td className="end">{points(account.debited, one.scale)}</td><td className="end">{points(account.credited, one.scale)}</td><td className="end"><b>{points(account.balance, one.scale)}</b></td></tr>)}
                <tr><td><b>{t("Together")}</b></td><td /><td /><td className="end"><b>{number(one.total)}</b></td></tr></tbody>
            </table>
          </div>
        </Section>
      ))}
    </Page>
  );
}
