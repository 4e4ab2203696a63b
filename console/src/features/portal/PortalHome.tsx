import { Anchor, Badge, Grid, Group, Progress, Select, Stack, Text } from "@mantine/core";
import { IconFileInvoice } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { DisputeList } from "@/features/settlement/DisputeList";
import { periodText, type Statement } from "@/features/settlement/model";
import { Owed } from "@/features/settlement/Owed";
import { get, inProgram, type PageOf } from "@/lib/api";
import { day, points, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { ownPartners, useSession } from "@/lib/session";
import { store, useStored } from "@/lib/stored";
import { Figures } from "./Figures";
import { LATELY, useOverview } from "./model";
import { WhilePicker } from "./WhilePicker";

/** The first page of a partner's people: its figures, what it owes or gets, and what waits for an answer. */
export default function PortalHome({ partner }: { partner: string }) {
  const { t } = useTranslation();
  const program = useProgram();
  const session = useSession();
  const own = ownPartners(session, program.code);
  const [during, setDuring] = useStored(`while ${program.code}`, LATELY);
  const found = useOverview(partner, during);
  const choose = (code: string | null) => {
    store(`partner ${program.code}`, code);
    window.location.reload();
  };
  return (
    <Page
      title={found.data?.name ?? partner}
      about={<Group gap="xs" component="span">{t("Your side of {{program}}", { program: program.name })}{found.data?.roles.map((role) => <Badge key={role} component="span">{role === "earn" ? t("gives points") : t("takes points")}</Badge>)}</Group>}
      actions={<>{own.length > 1 && <Select size="xs" w={180} aria-label={t("Partner")} data={own} value={partner} onChange={choose} />}<WhilePicker during={during} set={setDuring} /></>}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 8 }}><Stack gap="lg"><Figures partner={partner} during={during} /></Stack></Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack gap="lg">
            <Open partner={partner} />
            <Section title={t("Disputes")} pad={false} aside={<More to="/$program/disputes" />}><DisputeList partner={partner} openOnly brief /></Section>
            <Agreements partner={partner} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function More({ to }: { to: string }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  return <Anchor size="sm" renderRoot={(props) => <Link {...({ to, params: { program: code } } as object)} {...props} />}>{t("All of them")}</Anchor>;
}

/** The latest statements, and who owes whom. */
function Open({ partner }: { partner: string }) {
  const { t } = useTranslation();
  const { code, currency } = useProgram();
  const navigate = useNavigate();
  const found = useQuery({ queryKey: [code, "statements", "latest", partner], queryFn: async () => (await get<PageOf<Statement>>(inProgram(code, "partners", partner, "statements"), { limit: 5 })).data });
  const open = (one: Statement) => void navigate({ to: "/$program/statements/$statement", params: { program: code, statement: String(one.id) } });
  return (
    <Section title={t("Statements")} pad={false} aside={<More to="/$program/statements" />}>
      <DataTable
        label={t("Statements")}
        columns={[
          { id: "period", header: t("Period"), cell: (one) => <><Anchor component="button" type="button" size="sm" ta="left" onClick={() => open(one)}>{periodText(one)}</Anchor><Group gap={6} mt={2}><Status value={one.status} />{one.due_on && <Text size="xs" c="dimmed">{t("due {{day}}", { day: day(one.due_on) })}</Text>}</Group></> },
          { id: "total", header: t("Total"), end: true, cell: (one) => <Owed amount={one.total} currency={currency} own /> },
        ]}
        rows={found.data}
        rowKey={(one) => String(one.id)}
        error={found.error}
        retry={() => void found.refetch()}
        open={open}
        empty={<Empty icon={IconFileInvoice} title={t("No statements yet")}>{t("The program issues one when a period is over; you agree to it, or dispute what is not right.")}</Empty>}
      />
    </Section>
  );
}

interface Standing {
  agreement: { code: string; point_type: string; mode: string };
  caps: { period: string; max: number; used: number; left: number }[];
  block: { bought: number; used: number; remaining: number; drawable: number } | null;
  ended: boolean;
}

/** What the partner pays for, and how much of its caps and blocks is left. */
export function Agreements({ partner }: { partner: string }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const types = usePointTypes();
  const found = useQuery({ queryKey: [code, "partners", partner, "funding"], queryFn: () => get<Standing[]>(inProgram(code, "partners", partner, "funding")) });
  const living = found.data?.filter((one) => !one.ended) ?? [];
  if (found.error) return <Refusal error={found.error} />;
  if (!living.length) return null;
  const typeOf = (wanted: string) => types.find((one) => one.code === wanted);
  return (
    <Section title={t("What you pay for")}>
      <Stack gap="md">
        {living.map((one) => {
          const scale = typeOf(one.agreement.point_type)?.scale ?? 0;
          const bars = [...one.caps.map((cap) => ({ key: cap.period, label: t("Most in {{period}}", { period: cap.period }), used: cap.used, of: cap.max })), ...(one.block ? [{ key: "block", label: t("Bought ahead"), used: one.block.used, of: one.block.bought }] : [])];
          return (
            <div key={one.agreement.code}>
              <Group justify="space-between" gap="xs"><Text size="sm" fw={580}>{typeOf(one.agreement.point_type)?.name ?? one.agreement.point_type}</Text><Badge color="gray">{t(words(one.agreement.mode))}</Badge></Group>
              {bars.length === 0 && <Text size="xs" c="dimmed">{t("without a cap")}</Text>}
              {bars.map((bar) => (
                <div key={bar.key}>
                  <Group justify="space-between" gap="xs" mt={4}><Text size="xs" c="dimmed">{bar.label}</Text><Text size="xs" className="numeric">{t("{{used}} of {{all}}", { used: points(bar.used, scale), all: points(bar.of, scale) })}</Text></Group>
                  <Progress value={bar.of ? (100 * bar.used) / bar.of : 0} size="sm" aria-label={bar.label} color={bar.used >= bar.of ? "red" : "pine"} />
                </div>
              ))}
            </div>
          );
        })}
      </Stack>
    </Section>
  );
}
