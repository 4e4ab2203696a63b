import { Badge, Button, Grid, Group, Stack, Tabs, Text } from "@mantine/core";
import { IconArchive, IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { May, useMay } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useOpened } from "@/components/useOpened";
import { Redemptions } from "@/features/redemption/Redemptions";
import { get, getTagged, ifMatch, inProgram, send } from "@/lib/api";
import { moment, number, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { priceText, type Reward as Offer, typeOf, type Version } from "./model";
import { RewardForm } from "./RewardForm";
import { Validity } from "./Rewards";
import { Stock } from "./Stock";

/** One reward: what it costs, what is left of it, who took it, and what it was before. */
export default function Reward() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const types = usePointTypes();
  const sees = useMay("redemptions:read");
  const { reward: code = "" } = useParams({ strict: false }) as { reward?: string };
  const path = inProgram(program.code, "rewards", code);
  const key = [program.code, "reward", code] as const;
  const found = useQuery({ queryKey: key, queryFn: () => getTagged<Offer>(path), refetchInterval: 10_000 });
  const [editing, setEditing] = useOpened<true>("reward");
  const archive = useChange(() => send("DELETE", path, undefined, ifMatch(found.data?.etag)), { refresh: [key, [program.code, "rewards"]], done: t("The reward is archived."), toast: true });
  const back = { label: t("Rewards"), to: "/$program/rewards", params: { program: program.code } };
  const reward = found.data?.value;
  if (found.error) return <Page title={t("Reward")} back={back}><Refusal error={found.error} retry={() => void found.refetch()} /></Page>;
  if (!reward) return <Page title={t("Reward")} back={back}>{null}</Page>;
  const ask = async () => (await confirm({ title: t("Archive {{name}}?", { name: reward.name }), body: t("Nobody can take it any more; what members have of it stays theirs. Saving it again brings it back."), yes: t("Archive"), danger: true })) && archive.mutate(undefined);
  return (
    <Page
      title={reward.name}
      back={back}
      about={<Group gap="xs" component="span"><span className="mono">{reward.code}</span><Status value={reward.archived_at ? "archived" : "active"} /><Badge color="gray">{t(words(reward.kind))}</Badge>{reward.category && <Text span size="sm">{reward.category}</Text>}</Group>}
      actions={<May needs="rewards:write"><Button leftSection={<IconPencil size={16} />} onClick={() => setEditing(true)}>{t("Edit")}</Button>{!reward.archived_at && <Button variant="default" leftSection={<IconArchive size={16} />} onClick={() => void ask()}>{t("Archive")}</Button>}</May>}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 8 }} order={{ base: 2, lg: 1 }}>
          <Stack gap="lg">
            <Section>
              <Group gap="xl" align="flex-start">
                <Stat label={t("Price")} value={priceText(reward.price, typeOf(types, reward.point_type)?.scale ?? 0, program.currency, t("points"))} note={typeOf(types, reward.point_type)?.name} />
                <Stat label={t("Version")} value={number(reward.version)} />
                <Stat label={t("Valid")} value={<Text span fz="md" fw={600}><Validity from={reward.valid_from} until={reward.valid_until} zone={program.zone} /></Text>} />
              </Group>
              {reward.description && <Text mt="md" size="sm" style={{ whiteSpace: "pre-wrap" }}>{reward.description}</Text>}
              {(reward.limits ?? []).map((limit, place) => <Text key={place} size="sm" mt={4}>{t("At most {{max}} by {{who}} in a {{period}}.", { max: number(limit.max), who: limit.per === "all" ? t("all together") : t("each member"), period: t(words(limit.period ?? "lifetime")).toLowerCase() })}</Text>)}
            </Section>
            <Section pad={false}>
              <Tabs defaultValue={sees ? "redemptions" : "versions"} keepMounted={false}>
                <Tabs.List px="md" pt="xs">{sees && <Tabs.Tab value="redemptions">{t("Redemptions")}</Tabs.Tab>}<Tabs.Tab value="versions">{t("Versions")}</Tabs.Tab></Tabs.List>
                <Tabs.Panel value="redemptions"><Redemptions path={inProgram(program.code, "redemptions")} queryKey={[program.code, "redemptions", code]} reward={code} /></Tabs.Panel>
                <Tabs.Panel value="versions"><Versions path={path} queryKey={key} /></Tabs.Panel>
              </Tabs>
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }} order={{ base: 1, lg: 2 }}><Stock reward={reward} path={path} queryKey={key} /></Grid.Col>
      </Grid>
      {editing && <RewardForm reward={reward} etag={found.data?.etag} close={() => setEditing(null)} />}
    </Page>
  );
}

function Versions({ path, queryKey }: { path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const found = useQuery({ queryKey: [...queryKey, "versions"], queryFn: () => get<Version[]>(`${path}/versions`) });
  return (
    <DataTable
      label={t("Versions")}
      columns={[
        { id: "version", header: t("Version"), value: (one) => one.version, cell: (one) => number(one.version) },
        { id: "since", header: t("Since"), value: (one) => one.made_at, cell: (one) => moment(one.made_at, program.zone) },
        { id: "name", header: t("Name"), cell: (one) => one.reward.name },
        { id: "price", header: t("Price"), end: true, cell: (one) => priceText(one.reward.price, typeOf(types, one.reward.point_type)?.scale ?? 0, program.currency, t("points")) },
        { id: "valid", header: t("Valid"), cell: (one) => <Validity from={one.reward.valid_from} until={one.reward.valid_until} zone={program.zone} /> },
      ]}
      rows={found.data}
      rowKey={(one) => String(one.version)}
      error={found.error}
    />
  );
}
