import { Anchor, Button, SegmentedControl, Text } from "@mantine/core";
import { IconChecklist, IconScale } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNames } from "@/features/staff/model";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { inProgram } from "@/lib/api";
import { moment, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { type Approval, policyQuery, useTitle } from "./model";
import { Limits, PolicyForm } from "./PolicyForm";
import { RequestDrawer } from "./Request";

const NOTHING = { status: "waiting" };

/** What waits for another person, what was decided, and what needs a second person at all. */
export default function Approvals() {
  const { t } = useTranslation();
  const program = useProgram();
  const names = useNames();
  const titled = useTitle();
  const navigate = useNavigate();
  const { roles } = useSession();
  const { request } = useSearch({ strict: false }) as { request?: string | number };
  const { asked: { status }, choose } = useFilters(NOTHING);
  const [ruling, setRuling] = useState(false);
  const policy = useQuery(policyQuery(program.code));
  const found = usePages<Approval>([program.code, "approvals", "list"], inProgram(program.code, "approvals"), { limit: 50, ...(status === "all" ? {} : { status }) });
  const open = (id: number | null) => void navigate({ to: "/$program/approvals", params: { program: program.code }, search: ((before: object) => ({ ...before, request: id === null ? undefined : String(id) })) as never });
  const above = roles.some((one) => one.role === "platform_admin");
  const choices = ["waiting", "approved", "rejected", "all"].map((value) => ({ value, label: value === "all" ? t("All") : t(words(value)) }));
  return (
    <Page title={t("Approvals")} about={t("What one person asked for and another has to decide. It is done in the moment it is approved, exactly as it was asked for.")} actions={above && policy.data && <Button variant="default" leftSection={<IconScale size={16} />} onClick={() => setRuling(true)}>{t("Change the limits")}</Button>}>
      {policy.data && <Limits policy={policy.data} />}
      <Section aside={<SegmentedControl size="xs" style={{ maxWidth: "100%", flexWrap: "wrap" }} aria-label={t("Status")} data={choices} value={status} onChange={(next) => choose({ status: next })} />} title={t("Requests")} pad={false}>
        <DataTable
          label={t("Requests")}
          columns={[
            { id: "title", header: t("What"), cell: (one) => <><Anchor component="button" type="button" size="sm" ta="left" onClick={() => open(one.id)}>{titled(one)}</Anchor><Text size="xs" c="dimmed" lineClamp={1}>{one.reason}</Text></> },
            { id: "maker", header: t("Asked by"), value: (one) => (one.maker_name || names(one.maker)), cell: (one) => <Text size="sm">{(one.maker_name || names(one.maker))}</Text> },
            { id: "created", header: t("Asked on"), value: (one) => one.created_at, cell: (one) => <Text size="sm" c="dimmed">{moment(one.created_at, program.zone)}</Text> },
            { id: "until", header: t("Until"), value: (one) => one.expires_at, cell: (one) => <Text size="sm" c="dimmed">{moment(one.expires_at, program.zone)}</Text> },
            { id: "status", header: t("Status"), cell: (one) => <Status value={one.status} /> },
          ]}
          rows={found.rows}
          rowKey={(one) => String(one.id)}
          open={(one) => open(one.id)}
          error={found.error}
          retry={found.retry}
          more={found.more}
          empty={<Empty icon={IconChecklist} title={status === "waiting" ? t("Nothing waits") : t("Nothing here yet")}>{t("Versions of rules, large budgets and many points by hand come here when the limits say so.")}</Empty>}
        />
      </Section>
      {request !== undefined && <RequestDrawer id={Number(request)} close={() => open(null)} />}
      {ruling && policy.data && <PolicyForm policy={policy.data} close={() => setRuling(false)} />}
    </Page>
  );
}
