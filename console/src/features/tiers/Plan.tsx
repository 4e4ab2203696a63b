import { ActionIcon, Alert, Badge, Button, Group, Menu, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconDots, IconPlus } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { InstantInput } from "@/components/Amounts";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { FormDrawer } from "@/components/FormDrawer";
import { Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { wrongAt } from "@/features/staff/model";
import { inProgram, send } from "@/lib/api";
import { moment, number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { told } from "@/lib/told";
import { Moves } from "./Moves";
import type { Planned, Tier, TierSet } from "./model";
import { documentOfSet, usePreview, useSaving } from "./preview";
import { SetForm } from "./SetForm";
import { TierForm } from "./TierForm";

/** What a tier set will be from an instant on: its tiers with what differs, who would move; changed and called off here. */
export function Plan({ set, plan, writes }: { set: TierSet; plan: Planned; writes: boolean }) {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const [editing, setEditing] = useState<Tier | "new" | null>(null);
  const [changing, setChanging] = useState(false);
  const [moving, setMoving] = useState(false);
  const preview = usePreview(set.code, writes ? JSON.stringify(documentOfSet(plan)) : "");
  const saving = useSaving(plan);
  const cancel = useChange(() => send("DELETE", inProgram(program.code, "scheduled-tier-sets", set.code)), { refresh: [[program.code, "tier-sets"]], done: t("It stays as it is."), toast: true });
  const drop = async () => (await confirm({ title: t("Call the change off?"), body: t("The tier set stays as it is now."), yes: t("Call it off"), danger: true })) && cancel.mutate(undefined);
  const before = new Map(set.tiers.map((tier) => [tier.code, tier]));
  const gone = set.tiers.filter((tier) => !plan.tiers.some((one) => one.code === tier.code));
  const put = (tiers: Tier[]) => saving.mutate({ ...documentOfSet(plan), tiers });
  const when = moment(plan.in_force_from, program.zone);
  return (
    <Section pad={false} title={<Group gap="xs">{t("From {{when}} on", { when })}<Status value="scheduled" /></Group>}
      aside={writes && <Group gap="xs"><Button size="xs" variant="default" onClick={() => setMoving(true)}>{t("Another day")}</Button><Button size="xs" variant="default" onClick={() => setChanging(true)}>{t("Change")}</Button><Button size="xs" variant="default" c="var(--mantine-color-error)" onClick={() => void drop()}>{t("Call it off")}</Button><Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setEditing("new")}>{t("New tier")}</Button></Group>}>
      {plan.problem && <Alert mx="lg" mb="sm" color="red" variant="light" role="alert" icon={<IconAlertTriangle aria-hidden />} title={t("It could not take force")}>{told(plan.problem)}</Alert>}
      <DataTable
        label={t("Tiers from {{when}} on", { when })}
        columns={[
          { id: "name", header: t("Name"), cell: (tier) => <Group gap={6}><Text size="sm" fw={600}>{tier.name || tier.code}</Text>{!before.has(tier.code) && <Badge size="sm" color="pine">{t("new")}</Badge>}</Group> },
          { id: "threshold", header: t("Required"), end: true, cell: (tier) => <Differs was={before.get(tier.code)} tier={tier} show={(one) => (one.invitation_only ? t("by invitation") : number(Number(one.threshold ?? 0)))} /> },
          { id: "award", header: t("Points awarded"), end: true, cell: (tier) => <Differs was={before.get(tier.code)} tier={tier} show={(one) => (one.award ? number(Number(one.award.points)) : "–")} /> },
          { id: "status", header: t("Status"), cell: (tier) => <Status value={tier.status ?? "active"} /> },
          {
            id: "do", header: "", end: true,
            cell: (tier) => writes && (
              <Menu position="bottom-end">
                <Menu.Target><ActionIcon aria-label={t("What can be done with {{name}}", { name: tier.name || tier.code })}><IconDots size={16} /></ActionIcon></Menu.Target>
                <Menu.Dropdown><Menu.Item onClick={() => setEditing(tier)}>{t("Edit")}</Menu.Item><Menu.Item onClick={() => put(plan.tiers.map((one) => (one === tier ? { ...one, status: tier.status === "inactive" ? "active" : "inactive" } : one)))}>{tier.status === "inactive" ? t("Activate") : t("Deactivate")}</Menu.Item><Menu.Divider /><Menu.Item c="var(--mantine-color-error)" onClick={() => put(plan.tiers.filter((one) => one !== tier))}>{t("Delete")}</Menu.Item></Menu.Dropdown>
              </Menu>
            ),
          },
        ]}
        rows={plan.tiers}
        rowKey={(tier) => tier.code}
        open={writes ? setEditing : undefined}
      />
      <Stack p="lg" gap="sm">
        {gone.length > 0 && <Text size="sm">{t("No more from then on: {{tiers}}", { tiers: gone.map((tier) => tier.name || tier.code).join(", ") })}</Text>}
        {writes && <Moves preview={preview.data} tiers={plan.tiers} asking={preview.isFetching} error={preview.error ?? saving.error} />}
        {writes && <Text size="xs" c="dimmed">{t("Counted with what members have today.")}</Text>}
      </Stack>
      {editing && <TierForm set={plan} tier={editing === "new" ? null : editing} close={() => setEditing(null)} />}
      {changing && <SetForm set={plan} close={() => setChanging(false)} made={() => undefined} />}
      {moving && <PlanForm set={plan} instant={plan.in_force_from} close={() => setMoving(false)} />}
    </Section>
  );
}

/** What something was and will be; once where nothing changes. */
function Differs({ was, tier, show }: { was: Tier | undefined; tier: Tier; show: (tier: Tier) => ReactNode }) {
  const [before, after] = [was && show(was), show(tier)];
  if (!was || before === after) return <>{after}</>;
  return <><Text span size="sm" c="dimmed" td="line-through">{before}</Text> <Text span size="sm" fw={650}>{after}</Text></>;
}

/** Choose from when on a tier set is to be another; it begins as the set is, and is changed until then. */
export function PlanForm({ set, instant, close }: { set: TierSet; instant?: string; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [at, setAt] = useState<string | null>(instant ?? null);
  const saving = useChange(() => send("PUT", inProgram(program.code, "scheduled-tier-sets", set.code), { ...documentOfSet(set), in_force_from: at }), { refresh: [[program.code, "tier-sets"]], done: t("Saved; it takes force on {{when}}.", { when: at ? moment(at, program.zone) : "" }), then: close });
  return (
    <FormDrawer title={instant ? t("Another day") : t("Plan a change")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} disabled={!at} yes={instant ? t("Save") : t("Plan it")}>
      {!instant && <Text size="sm" c="dimmed">{t("Tiers stay as they are until then. What comes begins as a copy of what is in force; change it on the page, and see who would move.")}</Text>}
      <InstantInput label={t("Takes force on")} description={t("By the clocks of the program, {{zone}}", { zone: program.zone })} required value={at} error={wrongAt(saving.error, "in_force_from")} onChange={setAt} data-autofocus />
    </FormDrawer>
  );
}
