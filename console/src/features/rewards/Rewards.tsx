import { Badge, Button, Group, Select, Switch, Text, TextInput } from "@mantine/core";
import { IconGift, IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { May } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useFilters } from "@/components/useFilters";
import { usePages } from "@/components/usePages";
import { useOpened } from "@/components/useOpened";
import { inProgram } from "@/lib/api";
import { day, number, words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { KINDS, priceText, type Reward, typeOf } from "./model";
import { RewardForm } from "./RewardForm";

const NOTHING = { kind: "", category: "", archived: "" };

/** What members can have for their points. */
export default function Rewards() {
  const { t } = useTranslation();
  const program = useProgram();
  const types = usePointTypes();
  const navigate = useNavigate();
  const { filter, asked, choose, type } = useFilters(NOTHING);
  const [making, setMaking] = useOpened<true>("reward");
  const found = usePages<Reward>([program.code, "rewards"], inProgram(program.code, "rewards"), { kind: asked.kind || undefined, category: asked.category || undefined, archived: asked.archived ? true : undefined, limit: 50 });
  const open = (reward: Reward) => void navigate({ to: "/$program/rewards/$reward", params: { program: program.code, reward: reward.code } } as never);
  return (
    <Page title={t("Rewards")} about={t("What members can have for their points, what it costs them, and how much of it is left.")} actions={<May needs="rewards:write"><Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>{t("New reward")}</Button></May>}>
      <Section pad={false}>
        <Group p="md" gap="sm">
          <Select w={220} clearable placeholder={t("Every kind")} aria-label={t("Kind")} data={KINDS.map((value) => ({ value, label: t(words(value)) }))} value={filter.kind || null} onChange={(kind) => choose({ kind: kind ?? "" })} />
          <TextInput w={220} placeholder={t("Category")} aria-label={t("Category")} value={filter.category} onChange={(event) => type({ category: event.currentTarget.value })} />
          <Switch label={t("Also archived")} checked={filter.archived !== ""} onChange={(event) => choose({ archived: event.currentTarget.checked ? "yes" : "" })} />
        </Group>
        <DataTable
          label={t("Rewards")}
          columns={[
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Link style={{ color: "var(--mantine-color-anchor)", textDecoration: "none" }} to={"/$program/rewards/$reward" as never} params={{ program: program.code, reward: one.code } as never}><Text span size="sm" fw={580}>{one.name}</Text></Link><Text size="xs" c="dimmed" className="mono">{one.code}</Text></> },
            { id: "kind", header: t("Kind"), value: (one) => one.kind, cell: (one) => t(words(one.kind)) },
            { id: "category", header: t("Category"), value: (one) => one.category ?? "", cell: (one) => one.category },
            { id: "price", header: t("Price"), end: true, value: (one) => one.price.points ?? one.price.rate?.points ?? 0, cell: (one) => priceText(one.price, typeOf(types, one.point_type)?.scale ?? 0, program.currency, t("points")) },
            { id: "stock", header: t("In stock"), end: true, value: free, cell: (one) => (one.stock ? (free(one) ? number(free(one)) : <Badge color="red">{t("Nothing left")}</Badge>) : t("not counted")) },
            { id: "until", header: t("Valid"), value: (one) => one.valid_until ?? "9", cell: (one) => <Validity from={one.valid_from} until={one.valid_until} zone={program.zone} /> },
            { id: "status", header: t("Status"), cell: (one) => <Status value={one.archived_at ? "archived" : "active"} /> },
          ]}
          rows={found.rows}
          rowKey={(one) => one.code}
          error={found.error}
          retry={found.retry}
          open={open}
          more={found.more}
          empty={<Empty icon={IconGift} title={asked.kind || asked.category ? t("No such reward") : t("No rewards yet")} action={<May needs="rewards:write"><Button onClick={() => setMaking(true)}>{t("New reward")}</Button></May>}>{t("Goods, discounts, vouchers, donations: whatever members may have for points, or for points and money.")}</Empty>}
        />
      </Section>
      {making && <RewardForm reward={null} close={() => setMaking(null)} />}
    </Page>
  );
}

const free = (reward: Reward) => (reward.shelves ?? []).reduce((sum, shelf) => sum + shelf.free, 0);

/** From when until when, or always. */
export function Validity({ from, until, zone }: { from?: string | null; until?: string | null; zone: string }) {
  const { t } = useTranslation();
  if (!from && !until) return <>{t("always")}</>;
  return <>{from ? day(from, zone) : "…"} – {until ? day(until, zone) : "…"}</>;
}
