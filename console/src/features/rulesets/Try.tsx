import { Autocomplete, Button, Grid, Group, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconShoppingCartQuestion } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { searching } from "@/components/searching";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Stat } from "@/components/Stat";
import { useChange } from "@/components/useChange";
import { Explanation, type Explained } from "@/features/events/Explanation";
import { inProgram, send } from "@/lib/api";
import { signedPoints } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { useStored } from "@/lib/stored";
import { type Basket, BasketEditor, freshBasket } from "./BasketEditor";
import { useWords } from "./model";

interface Tried { member: string; type: string; store: string; at: string; tier: string; basket: Basket }

type Quoted = Explained & { points: Record<string, number>; at: string; known: boolean };

/** Ask what a basket would give, under the rules in force. Nothing is written. */
export default function Try() {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const words = useWords();
  const stores = words.groups.flatMap((group) => group.fields).find((field) => field.path === "store")?.options ?? [];
  const [tried, setTried] = useStored<Tried>(`try ${program.code}`, { member: "", type: "Order Completed", store: "", at: "", tier: "", basket: freshBasket() });
  const [explain, setExplain] = useState(true);
  const set = (next: Partial<Tried>) => setTried({ ...tried, ...next });
  const asking = useChange(() => {
    const [tierSet, tier] = tried.tier.split(" ");
    return send<Quoted>("POST", inProgram(program.code, "quotes"), {
      event: { type: tried.type, ...(tried.store ? { store: tried.store } : {}), ...(tried.basket.lines?.length ? { order: tried.basket } : {}) },
      ...(tried.member ? { member: tried.member.includes(":") || tried.member.startsWith("mem_") ? tried.member : `external_id:${tried.member}` } : {}),
      ...(tried.at ? { at: new Date(tried.at).toISOString() } : {}),
      ...(tier ? { hypothesis: { tiers: { [tierSet ?? ""]: tier } } } : {}),
      explain,
    });
  });
  const answer = asking.data;
  return (
    <Page title={t("Try a basket")} about={t("What would it give, and why? Asked of the rules in force; nothing is written.")} back={{ label: t("Rules"), to: "/$program/rules", params: { program: program.code } }}>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Section>
            <Stack>
              <Group grow align="flex-start">
                <TextInput label={t("Member")} description={t("An id, kind:value, or nobody")} value={tried.member} onChange={(event) => set({ member: event.currentTarget.value })} />
                <Select label={t("As if in tier")} description={t("Otherwise the member's own")} data={[{ value: "", label: t("as it is") }, ...Object.entries(words.tier_sets).flatMap(([tierSet, tiers]) => tiers.map((tier) => ({ value: `${tierSet} ${tier}`, label: `${tier} (${tierSet})` })))]} value={tried.tier} onChange={(tier) => set({ tier: tier ?? "" })} />
              </Group>
              <Group grow align="flex-start">
                <Autocomplete label={t("Event")} data={words.events} value={tried.type} onChange={(type) => set({ type })} />
                <Select label={t("Store")} {...searching} clearable data={stores} value={tried.store || null} onChange={(store) => set({ store: store ?? "" })} />
              </Group>
              <TextInput type="datetime-local" label={t("At")} description={t("Now, when nothing is said")} value={tried.at} onChange={(event) => set({ at: event.currentTarget.value })} />
              <BasketEditor value={tried.basket} onChange={(basket) => set({ basket })} />
              <Switch label={t("Also say why the other rules do not fire")} checked={explain} onChange={(event) => setExplain(event.currentTarget.checked)} />
              <Button loading={asking.isPending} onClick={() => asking.mutate(undefined)}>{t("Ask")}</Button>
            </Stack>
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Section title={t("Answer")}>
            <Refusal error={asking.error} />
            {!answer && !asking.error && <Empty icon={IconShoppingCartQuestion} title={t("Nothing asked yet")} />}
            {answer && (
              <Stack>
                <Group gap="xl">{Object.entries(answer.points).map(([code, amount]) => { const type = types.find((one) => one.code === code); return <Stat key={code} label={type?.name ?? code} value={signedPoints(Number(amount), type?.scale ?? 0)} />; })}{Object.keys(answer.points).length === 0 && <Text>{t("No points.")}</Text>}</Group>
                {tried.member && !answer.known && <Text size="sm" c="dimmed">{t("Nobody is known by that: asked for somebody new.")}</Text>}
                <Explanation explained={answer} />
              </Stack>
            )}
          </Section>
        </Grid.Col>
      </Grid>
    </Page>
  );
}
