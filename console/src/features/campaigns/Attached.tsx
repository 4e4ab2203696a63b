import { ActionIcon, Badge, Button, Group, Menu, MultiSelect, Stack, Text } from "@mantine/core";
import { IconConfetti, IconGift, IconListDetails, IconPlus, IconStack2, IconTicket, IconUsersGroup, IconX, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { May, useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { number, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { type Body, type Campaign, choicesQuery, placeOf, PROMOTION_KINDS, put, span, touched } from "./model";
import { PlaceLink } from "./PlaceLink";

const ICONS: Record<string, Icon> = { rule: IconListDetails, group: IconStack2, reward: IconGift, voucher: IconTicket, draw: IconConfetti };

/** What a campaign offers: rules, groups of rules, rewards, vouchers and draws. */
export function Promotions({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const program = useProgram();
  const choices = useQuery(choicesQuery(program.code)).data;
  const [kind, setKind] = useState<(typeof PROMOTION_KINDS)[number] | null>(null);
  const change = useAttaching(campaign);
  const attached = campaign.promotions.filter((one) => one.attached);
  const heading: Record<string, string> = { rule: t("Attach rules"), group: t("Attach groups of rules"), reward: t("Attach rewards"), voucher: t("Attach vouchers"), draw: t("Attach draws") };
  return (
    <Section
      title={t("Promotions")}
      aside={
        <May needs="campaigns:write"><Menu position="bottom-end">
          <Menu.Target><Button size="xs" variant="default" leftSection={<IconPlus size={14} />}>{t("Attach a promotion")}</Button></Menu.Target>
          <Menu.Dropdown>{PROMOTION_KINDS.map((one) => <Menu.Item key={one} onClick={() => setKind(one)}>{t(words(one))}</Menu.Item>)}</Menu.Dropdown>
        </Menu></May>
      }
    >
      {campaign.promotions.length === 0 && <Text size="sm" c="dimmed">{t("Nothing is offered yet. Attach rules, rewards, vouchers or draws; rules that name this campaign appear by themselves.")}</Text>}
      <Stack gap={0} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {campaign.promotions.map((one) => {
          const Glyph = ICONS[one.kind] ?? IconListDetails;
          const { to, params, search } = placeOf(one.kind, one.code);
          return (
            <Line
              key={`${one.kind} ${one.code}`}
              icon={<Glyph size={18} stroke={1.6} aria-hidden />}
              title={<PlaceLink fw={560} to={to} params={params} search={search}>{one.name}</PlaceLink>}
              note={[t(words(one.kind)), span(one.first, one.last) || t("no end"), one.attached ? "" : t("names this campaign itself")].filter(Boolean).join(" · ")}
              aside={<Status value={one.status} />}
              remove={one.attached ? { label: t("Detach {{name}}", { name: one.name }), run: () => change.mutate({ promotions: attached.filter((each) => each !== one).map(({ kind, code }) => ({ kind, code })) }) } : undefined}
            />
          );
        })}
      </Stack>
      {kind && (
        <Choose
          title={heading[kind] ?? ""}
          data={(choices?.promotions ?? []).filter((one) => one.kind === kind).map((one) => ({ value: one.code, label: one.name }))}
          chosen={attached.filter((one) => one.kind === kind).map((one) => one.code)}
          campaign={campaign}
          part={(codes) => ({ promotions: [...attached.filter((one) => one.kind !== kind).map(({ kind, code }) => ({ kind, code })), ...codes.map((code) => ({ kind, code }))] })}
          close={() => setKind(null)}
        />
      )}
    </Section>
  );
}

/** Whom a campaign is for: marketing lists with how many members are on them now. */
export function Lists({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const program = useProgram();
  const choices = useQuery(choicesQuery(program.code)).data;
  const [choosing, setChoosing] = useState(false);
  const change = useAttaching(campaign);
  return (
    <Section title={t("Marketing lists")} aside={<May needs="campaigns:write"><Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => setChoosing(true)}>{t("Attach a list")}</Button></May>}>
      {campaign.lists.length === 0 && <Text size="sm" c="dimmed">{t("For everybody, or for nobody yet: attach lists of members to say whom it is for.")}</Text>}
      <Stack gap={0} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {campaign.lists.map((one) => (
          <Line
            key={one.code}
            icon={<IconUsersGroup size={18} stroke={1.6} aria-hidden />}
            title={<PlaceLink fw={560} to="/$program/lists" search={{ list: one.code }}>{one.name}</PlaceLink>}
            note={<span className="mono">{one.code}</span>}
            aside={<Text size="sm" className="numeric" fw={560}>{one.members === 1 ? t("1 member") : t("{{number}} members", { number: number(one.members) })}</Text>}
            remove={{ label: t("Detach {{name}}", { name: one.name }), run: () => change.mutate({ lists: campaign.lists.filter((each) => each !== one).map(({ code }) => code) }) }}
          />
        ))}
      </Stack>
      {campaign.lists.length > 1 && <Text size="xs" c="dimmed" mt="xs">{t("Together {{number}} members, each counted once.", { number: number(campaign.reach) })}</Text>}
      {choosing && <Choose title={t("Attach lists")} data={(choices?.lists ?? []).map((one) => ({ value: one.code, label: `${one.name} (${number(one.members)})` }))} chosen={campaign.lists.map(({ code }) => code)} campaign={campaign} part={(lists) => ({ lists })} close={() => setChoosing(false)} />}
    </Section>
  );
}

function useAttaching(campaign: Campaign) {
  const program = useProgram();
  return useChange((part: Partial<Body>) => put(program.code, campaign, part), { refresh: touched(program.code, campaign.code), toast: true });
}

interface LineProps { icon: ReactNode; title: ReactNode; note: ReactNode; aside: ReactNode; remove?: { label: string; run: () => void } }

function Line({ icon, title, note, aside, remove }: LineProps) {
  const may = useMay("campaigns:write");
  return (
    <Group component="li" gap="sm" py={9} wrap="nowrap" className="campaign-line">
      <span style={{ color: "var(--mantine-color-dimmed)", display: "inline-flex" }}>{icon}</span>
      <div style={{ flex: 1, minWidth: 0 }}>
        <div style={{ overflowWrap: "anywhere" }}>{title}</div>
        <Text size="xs" c="dimmed" component="div">{note}</Text>
      </div>
      {aside}
      {remove && may ? <ActionIcon aria-label={remove.label} onClick={remove.run}><IconX size={15} /></ActionIcon> : <span style={{ width: 28, flexShrink: 0 }} />}
    </Group>
  );
}

interface ChooseProps { title: string; data: { value: string; label: string }[]; chosen: string[]; campaign: Campaign; part: (codes: string[]) => Partial<Body>; close: () => void }

function Choose({ title, data, chosen, campaign, part, close }: ChooseProps) {
  const { t } = useTranslation();
  const program = useProgram();
  const [codes, setCodes] = useState(chosen);
  const saving = useChange(() => put(program.code, campaign, part(codes)), { refresh: touched(program.code, campaign.code), done: t("Saved."), then: close });
  const missing = chosen.filter((code) => !data.some((one) => one.value === code)).map((code) => ({ value: code, label: code }));
  return (
    <FormDrawer title={title} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error}>
      <MultiSelect label={t("Chosen")} searchable hidePickedOptions placeholder={t("Type a name")} data={[...data, ...missing]} value={codes} onChange={setCodes} nothingFoundMessage={t("Nothing by that name")} maxDropdownHeight={320} openOnFocus={false} data-autofocus />
      {data.length === 0 && <Badge color="gray">{t("There is nothing to choose yet.")}</Badge>}
    </FormDrawer>
  );
}
