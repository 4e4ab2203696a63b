import { Select, TextInput } from "@mantine/core";
import { IconBuildingStore } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { StoreAnswer } from "@/lib/answers";
import { words } from "@/lib/format";
import { Parts } from "./Parts";

const CHANNELS = ["store", "web", "app", "social", "third_party", "partner"];

/** Where things are sold: stores and shops with their region and channel. */
export default function Stores() {
  const { t } = useTranslation();
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
        { id: "partner", header: t("Partner"), value: (one) => one.partner ?? "", cell: (one) => one.partner ?? "–" },
      ]}
      form={(store) => ({ name: store?.name ?? "", region: store?.region ?? "", channel: store?.channel ?? "store", partner: store?.partner ?? "" })}
      fields={(form, set) => (
        <>
          <TextInput label={t("Name")} required value={form.name} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
          <TextInput label={t("Region")} description={t("A region of your own making")} value={form.region} onChange={(event) => set({ region: event.currentTarget.value })} />
          <Select label={t("Channel")} data={CHANNELS.map((value) => ({ value, label: t(words(value)) }))} value={form.channel} onChange={(channel) => channel && set({ channel })} />
          <TextInput label={t("Partner")} description={t("Code of the partner it belongs to")} value={form.partner} onChange={(event) => set({ partner: event.currentTarget.value })} />
        </>
      )}
      body={({ partner, ...form }) => ({ ...form, partner: partner || null })}
      archive={t("Archive")}
    />
  );
}
