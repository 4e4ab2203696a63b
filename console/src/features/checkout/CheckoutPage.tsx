import { Grid, Group, List, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { MemberLink } from "@/components/MemberLink";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Copy } from "@/components/Secret";
import { Stat } from "@/components/Stat";
import { Status } from "@/components/Status";
import { ReadOnly, useMay } from "@/components/May";
import { moment, money } from "@/lib/format";
import { useOwnPartner, useProgram } from "@/lib/program";
import { Actions } from "./Actions";
import { Basket } from "./Basket";
import { Discounts } from "./Discounts";
import { History } from "./History";
import { type Checkout, type Explained, useCheckout, useRewardNames } from "./model";
import { PointsOf, usePointsText } from "./PointsOf";
import { RewardsTaken } from "./RewardsTaken";

/** One checkout: what is bought, what is taken off it and why, what is set aside until when, what was done, and what can be. */
export default function CheckoutPage() {
  const { t } = useTranslation();
  const program = useProgram();
  const { checkout: id = "" } = useParams({ strict: false }) as { checkout?: string };
  const partner = useOwnPartner();
  const may = useMay("checkouts:write");
  const found = useCheckout(id);
  const checkout = found.data?.checkout;
  return (
    <Page
      title={checkout?.order_id ? t("Checkout of order {{order}}", { order: checkout.order_id }) : t("Checkout")}
      back={{ label: t("Checkouts"), to: "/$program/checkouts", params: { program: program.code } }}
      about={checkout && (
        <Group gap="xs" component="span">
          <span className="mono">{checkout.id}</span>
          <Copy value={checkout.id} />
          <Status value={checkout.status} />
          {checkout.member ? <MemberLink id={checkout.member} /> : <Text span size="sm">{t("nobody known")}</Text>}
          {checkout.store && <Text span size="sm">{checkout.store}</Text>}
        </Group>
      )}
    >
      <Refusal error={found.error} retry={() => void found.refetch()} />
      {!found.data && !found.error && <Skeleton h={240} radius="md" />}
      {found.data && checkout && may && !partner && <Actions checkout={checkout} />}
      {!partner && <ReadOnly needs="checkouts:write" />}
      {found.data && <Contents explained={found.data} />}
    </Page>
  );
}

function Contents({ explained }: { explained: Explained }) {
  const { t } = useTranslation();
  const { checkout } = explained;
  if (checkout.lines.length === 0) return <Section><Text size="sm">{t("What was bought was erased with its member.")}</Text></Section>;
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <Stack gap="lg">
          <Figures checkout={checkout} />
          <SetAside checkout={checkout} />
          <Basket checkout={checkout} />
          <Discounts checkout={checkout} />
          <RewardsTaken checkout={checkout} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <Stack gap="lg">
          <Section title={t("Why it costs this")}>
            <List size="sm" spacing={6}>{explained.sentences.map((sentence) => <List.Item key={sentence} style={{ overflowWrap: "anywhere" }}>{sentence}</List.Item>)}</List>
            <OrderLink order={explained.order} />
          </Section>
          <History checkout={checkout} />
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function Figures({ checkout }: { checkout: Checkout }) {
  const { t } = useTranslation();
  const { currency } = useProgram();
  const said = usePointsText();
  const whole = checkout.lines.reduce((sum, line) => sum + line.amount, 0);
  const off = checkout.discounts.reduce((sum, one) => sum + one.amount, 0);
  const earns = checkout.earns?.points as Record<string, number> | undefined;
  return (
    <Section>
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Stat label={t("Goods")} value={money(whole, currency)} />
        <Stat label={t("Taken off")} value={money(off, currency)} />
        <Stat label={t("Points")} value={<PointsOf points={checkout.points} />} />
        <Stat label={t("To pay")} value={money(checkout.to_pay, currency)} note={checkout.returned_money > 0 ? t("{{money}} back", { money: money(checkout.returned_money, currency) }) : earns && Object.keys(earns).length > 0 ? t("would earn {{points}}", { points: said(earns) }) : undefined} />
      </SimpleGrid>
    </Section>
  );
}

/** What is locked, and until when; nothing where the checkout became an order or was given up. */
function SetAside({ checkout }: { checkout: Checkout }) {
  const { t } = useTranslation();
  const { zone } = useProgram();
  const said = usePointsText();
  const { nameOf } = useRewardNames();
  if (!checkout.expires_at) return null;
  const until = moment(checkout.expires_at, zone);
  const codes = checkout.discounts.filter((one) => one.source === "voucher").map((one) => one.code);
  const nothing = codes.length + checkout.rewards.length === 0;
  if (checkout.status === "expired") return <Section title={t("Set aside")}><Text size="sm">{t("Its time was over on {{moment}}: nothing is set aside any more. The shop opens another one.", { moment: until })}</Text></Section>;
  return (
    <Section title={t("Set aside until {{moment}}", { moment: until })}>
      {nothing && <Text size="sm">{t("Nothing: no vouchers, rewards or points are used.")}</Text>}
      <List size="sm" spacing={4}>
        {codes.map((code) => <List.Item key={code}>{t("Voucher")} <span className="mono">{code}</span></List.Item>)}
        {checkout.rewards.map((one) => <List.Item key={one.redemption}>{t("{{n}} × {{reward}}, for {{points}}", { n: one.quantity, reward: nameOf(one.reward), points: said({ [one.point_type]: one.points }) })}</List.Item>)}
      </List>
      {!nothing && <Text size="sm" c="dimmed" mt="xs">{t("Nobody else can use them until then; afterwards they are free by themselves.")}</Text>}
    </Section>
  );
}

/** The way to what the order earned, for those who may read events. */
function OrderLink({ order }: { order: string | null }) {
  const { t } = useTranslation();
  const { code } = useProgram();
  const may = useMay("events:read");
  if (!order || !may) return null;
  return <Text size="sm" mt="sm"><Link to={"/$program/events" as never} params={{ program: code } as never} search={{ view: "history", q: order } as never} style={{ color: "var(--mantine-color-anchor)" }}>{t("What the order earned, and why")}</Link></Text>;
}
