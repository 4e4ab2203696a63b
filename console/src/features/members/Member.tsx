import { Badge, Button, Grid, Group, Menu, Stack, Tabs, Text } from "@mantine/core";
import { IconArrowsJoin, IconAdjustments, IconDots, IconLock, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { ReadOnly } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Copy } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { WaitingPoints } from "@/features/approval/Waiting";
import { MemberTasks } from "@/features/care/MemberTasks";
import { Notes } from "@/features/care/Notes";
import { Checkouts } from "@/features/checkout/Checkouts";
import { MemberTickets } from "@/features/draws/MemberTickets";
import { Redemptions } from "@/features/redemption/Redemptions";
import { MemberVouchers } from "@/features/vouchers/MemberVouchers";
import { get, inProgram, send } from "@/lib/api";
import { day } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { Adjust } from "./Adjust";
import { Consent } from "./Consent";
import { Holds } from "./Holds";
import { Lots } from "./Lots";
import { Merge, Merges } from "./Merge";
import { type Member as Person, memberName, type Standing } from "./model";
import { Profile } from "./Profile";
import { noteSeen } from "./seen";
import { Timeline } from "./Timeline";
import { TierProgress, Wallets } from "./Wallets";

/** Everything about one member: standing, points with their reasons, profile, consent, and what can be done. */
export default function Member() {
  const { t } = useTranslation();
  const program = useProgram();
  const { member: ref = "" } = useParams({ strict: false });
  const { tab } = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  const path = inProgram(program.code, "members", ref);
  const key = [program.code, "member", ref] as const;
  const { person: who, permissions } = useSession();
  const member = useQuery({ queryKey: key, queryFn: () => get<Person>(path) });
  const may = (what: string) => permissions.includes(what);
  const id = member.data?.id;
  useEffect(() => {
    if (id) noteSeen(program.code, who.id, id);
  }, [id, program.code, who.id]);
  const standing = useQuery({
    queryKey: [...key, "standing"],
    queryFn: async () => (await send<{ member: Standing }>("POST", inProgram(program.code, "quotes"), { member: member.data?.id ?? ref, event: { type: "Account Viewed" } })).member,
    enabled: member.data !== undefined && permissions.includes("quotes:read"),
  });
  const [dialogue, setDialogue] = useState<"adjust" | "merge" | null>(null);
  const erase = useErase(ref);
  const block = useChange((body: Record<string, unknown>) => send("PATCH", path, body), { refresh: [key], done: t("Saved."), toast: true });
  const back = { label: t("Members"), to: "/$program/members", params: { program: program.code } };
  if (member.error) return <Page title={t("Member")} back={back}><Refusal error={member.error} retry={() => void member.refetch()} /></Page>;
  const person = member.data;
  if (!person) return <Page title={t("Member")} back={back}>{null}</Page>;
  return (
    <Page
      title={memberName(person)}
      back={back}
      about={
        <Group gap="xs" component="span">
          <span className="mono">{person.id}</span>
          <Copy value={person.id} />
          <Status value={person.status} />
          {person.earning_blocked && <Badge color="red">{t("Does not earn")}</Badge>}
          {person.spending_blocked && <Badge color="red">{t("Does not spend")}</Badge>}
          <Text span size="sm">{t("joined {{day}}", { day: day(person.joined_at, program.zone) })}</Text>
        </Group>
      }
      actions={
        <>
          {may("points:adjust") && <Button leftSection={<IconAdjustments size={16} />} onClick={() => setDialogue("adjust")}>{t("Adjust points")}</Button>}
          {["members:merge", "members:write", "members:erase"].some(may) && <Menu position="bottom-end">
            <Menu.Target><Button variant="default" px="xs" aria-label={t("More")}><IconDots size={18} /></Button></Menu.Target>
            <Menu.Dropdown>
              {may("members:merge") && <Menu.Item leftSection={<IconArrowsJoin size={16} />} onClick={() => setDialogue("merge")}>{t("Merge another member into this one")}</Menu.Item>}
              {may("members:write") && <Menu.Item leftSection={<IconLock size={16} />} onClick={() => block.mutate({ earning_blocked: !person.earning_blocked })}>{person.earning_blocked ? t("Let earn again") : t("Stop earning")}</Menu.Item>}
              {may("members:write") && <Menu.Item leftSection={<IconLock size={16} />} onClick={() => block.mutate({ spending_blocked: !person.spending_blocked })}>{person.spending_blocked ? t("Let spend again") : t("Stop spending")}</Menu.Item>}
              {may("members:erase") && <Menu.Divider />}
              {may("members:erase") && <Menu.Item c="var(--mantine-color-error)" leftSection={<IconTrash size={16} />} onClick={() => void erase(memberName(person))}>{t("Erase personal data")}</Menu.Item>}
            </Menu.Dropdown>
          </Menu>}
        </>
      }
    >
      <ReadOnly needs="members:write" />
      <WaitingPoints member={person.id} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="lg">
            <TierProgress standing={standing.data} />
            <Wallets path={path} queryKey={key} />
            <Section pad={false}>
              <Tabs value={tab ?? "timeline"} onChange={(next) => void navigate({ to: ".", search: (next === "timeline" ? {} : { tab: next }) as never, replace: true, resetScroll: false })} keepMounted={false}>
                <Tabs.List px="md" pt="xs">
                  <Tabs.Tab value="timeline">{t("Timeline")}</Tabs.Tab>
                  <Tabs.Tab value="tasks">{t("Tasks")}</Tabs.Tab>
                  <Tabs.Tab value="notes">{t("Notes")}</Tabs.Tab>
                  <Tabs.Tab value="lots">{t("Lots")}</Tabs.Tab>
                  <Tabs.Tab value="holds">{t("Holds")}</Tabs.Tab>
                  <Tabs.Tab value="redemptions">{t("Redemptions")}</Tabs.Tab>
                  {may("checkouts:read") && <Tabs.Tab value="checkouts">{t("Checkouts")}</Tabs.Tab>}
                  <Tabs.Tab value="vouchers">{t("Vouchers")}</Tabs.Tab>
                  {may("draws:read") && <Tabs.Tab value="draws">{t("Draws")}</Tabs.Tab>}
                </Tabs.List>
                <Tabs.Panel value="timeline"><Timeline path={path} queryKey={key} /></Tabs.Panel>
                <Tabs.Panel value="tasks"><MemberTasks member={person.id} path={path} queryKey={key} /></Tabs.Panel>
                <Tabs.Panel value="notes"><Notes path={path} queryKey={key} /></Tabs.Panel>
                <Tabs.Panel value="lots"><Lots path={path} queryKey={key} /></Tabs.Panel>
                <Tabs.Panel value="holds"><Holds path={path} queryKey={key} /></Tabs.Panel>
                <Tabs.Panel value="redemptions"><Redemptions path={`${path}/redemptions`} queryKey={[...key, "redemptions"]} member /></Tabs.Panel>
                {may("checkouts:read") && <Tabs.Panel value="checkouts"><Checkouts member={person.id} /></Tabs.Panel>}
                <Tabs.Panel value="vouchers"><MemberVouchers path={path} queryKey={key} /></Tabs.Panel>
                {may("draws:read") && <Tabs.Panel value="draws"><MemberTickets path={path} queryKey={key} /></Tabs.Panel>}
              </Tabs>
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack gap="lg">
            <Profile member={person} path={path} queryKey={key} />
            <Consent member={person} path={path} queryKey={key} />
            <Merges path={path} queryKey={key} />
          </Stack>
        </Grid.Col>
      </Grid>
      {dialogue === "adjust" && <Adjust close={() => setDialogue(null)} path={path} queryKey={key} />}
      {dialogue === "merge" && <Merge close={() => setDialogue(null)} path={path} queryKey={key} />}
    </Page>
  );
}

function useErase(ref: string): (name: string) => Promise<void> {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const erasing = useChange(() => send("POST", inProgram(program.code, "members", ref, "erase")), {
    refresh: [[program.code, "members"], [program.code, "member", ref]],
    done: t("The personal data is gone."),
    toast: true,
    then: () => void navigate({ to: "/$program/members", params: { program: program.code } }),
  });
  return async (name) => {
    const body = t("Name, identifiers, attributes and consent are erased for ever; the books keep the movements without a person. This cannot be undone.");
    if (await confirm({ title: t("Erase {{name}}?", { name }), body, yes: t("Erase"), danger: true, type: name })) erasing.mutate(undefined);
  };
}
