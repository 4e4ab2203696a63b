import { Autocomplete, Select, TextInput } from "@mantine/core";
import { IconBuildingStore } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { StoreAnswer } from "@/lib/answers";
import { everything, inProgram } from "@/lib/api";
import { words } from "@/lib/format";
import { useProgramCode } from "@/lib/program";
import { Parts } from "./Parts";
import { usePartners } from "./PointTypes";

const CHANNELS = ["store", "web", "app", "social", "third_party", "partner"];

/** Where things are sold: stores and shops with their region and channel. */
export default function Stores() {
  const { t } = useTranslation();
  const program = useProgramCode();
  const partners = usePartners();
  const known = useQuery({ queryKey: [program, "stores", "regions"], queryFn: () => everything<StoreAnswer>(inProgram(program, "stores")), staleTime: 60_000 }).data ?? [];
  const regions = [...new Set(known.map((one) => one.region ?? "").filter(Boolean))].sort();
  return (
    <Parts<StoreAnswer & { archived_at?: string | null }, { name: string; region: string; channel: string; partner: string }>
      title={t("Stores")}
      about={t("Where things are sold. Rules may look at the store, its region and its channel.")}
      newLabel={t("New store")}
      place="stores"
      icon={IconBuildingStore}
      emptyTitle={t("No stores yet")}
      emptyText={t("An event names its store by the code; region and channel come from here.")}
      columns={[
        { id: "region", header: t("Region"), value: (one) => one.region ?? "", cell: (one) => one.region },
        { id: "channel", header: t("Channel"), value: (one) => one.channel ?? "", cell: (one) => t(words(one.channel ?? "")) },
        { id: "partner", header: t("Partner"), value: (one) => one.partner ?? "", cell: (one) => partners.find((two) => two.value === one.partner)?.label ?? one.partner ?? "–" },
      ]}
      form={(store) => ({ name: store?.name ?? "", region: store?.region ?? "", channel: store?.channel ?? "store", partner: store?.partner ?? "" })}
      fields={(form, set, _, at) => (
        <>
          <TextInput label={t("Name")} required value={form.name} error={at("name")} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
          <Autocomplete label={t("Region")} description={t("A region of your own making")} data={regions} value={form.region} error={at("region")} onChange={(region) => set({ region })} />
          <Select label={t("Channel")} data={CHANNELS.map((value) => ({ value, label: t(words(value)) }))} value={form.channel} error={at("channel")} onChange={(channel) => channel && set({ channel })} />
          <Select label={t("Partner")} clearable placeholder={t("the house")} data={partners} value={form.partner || null} error={at("partner")} onChange={(partner) => set({ partner: partner ?? "" })} />
        </>
      )}
      body={({ partner, ...form }) => ({ ...form, partner: partner || null })}
      archive={t("Archive")}
    />
  );
}
