import { Button, NumberInput, SegmentedControl, Select, Text } from "@mantine/core";
import { IconPackage } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { StoreAnswer } from "@/lib/answers";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { Section } from "@/components/Page";
import { useChange } from "@/components/useChange";
import { get, inProgram, type PageOf, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { number } from "@/lib/format";
import { useProgram } from "@/lib/program";
import type { Reward, Shelf } from "./model";

interface Props { reward: Reward; path: string; queryKey: readonly unknown[] }

/** How many pieces each store has, as it is now: free ones, and in all with those members have reserved or taken. */
export function Stock({ reward, path, queryKey }: Props) {
  const { t } = useTranslation();
  const [setting, setSetting] = useState<string | null>(null);
  const nowhere = (store: string) => store || t("Not in a store");
  return (
    <Section pad={false} title={t("Stock")} aside={reward.stock && <Button size="xs" variant="default" onClick={() => setSetting("")}>{t("Set stock")}</Button>}>
      {reward.stock ? (
        <DataTable
          label={t("Stock")}
          columns={[
            { id: "store", header: t("Store"), value: (one) => one.store, cell: (one) => nowhere(one.store) },
            { id: "free", header: t("Free"), end: true, value: (one) => one.free, cell: (one) => <Text span size="sm" fw={600}>{number(one.free)}</Text> },
            { id: "total", header: t("In all"), end: true, value: (one) => one.total, cell: (one) => number(one.total) },
            { id: "do", header: t("Change"), cell: (one) => <Button size="compact-xs" variant="default" aria-label={t("Set stock of {{store}}", { store: nowhere(one.store) })} onClick={() => setSetting(one.store)}>{t("Set")}</Button> },
          ]}
          rows={reward.shelves ?? []}
          rowKey={(one) => one.store || "-"}
          empty={<Empty icon={IconPackage} title={t("Nothing on the shelf")}>{t("Say how many pieces there are; nobody gets one before.")}</Empty>}
        />
      ) : (
        <Empty icon={IconPackage} title={t("Its pieces are not counted")}>{t("There is always one more. Edit the reward to count them.")}</Empty>
      )}
      {setting !== null && <StockForm reward={reward} path={path} queryKey={queryKey} first={setting} close={() => setSetting(null)} />}
    </Section>
  );
}

function StockForm({ reward, path, queryKey, first, close }: Props & { first: string; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const [store, setStore] = useState(first);
  const [how, setHow] = useState<"free" | "add">("free");
  const [pieces, setPieces] = useState<number | "">(reward.shelves?.find((one) => one.store === first)?.free ?? "");
  const stores = useQuery({ queryKey: [program.code, "stores", "names"], queryFn: () => get<PageOf<StoreAnswer> | StoreAnswer[]>(inProgram(program.code, "stores"), { limit: 100 }) });
  const known = Array.isArray(stores.data) ? stores.data : (stores.data?.data ?? []);
  const names = reward.stores?.length ? reward.stores : known.map((one) => one.code);
  const saving = useChange(() => send<Shelf>("PUT", `${path}/stock`, { store, [how]: Number(pieces) }), { refresh: [queryKey, [program.code, "rewards"]], done: t("The stock is set."), then: close });
  const at = atField(saving.error);
  return (
    <FormDrawer title={t("Set stock")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} disabled={pieces === ""}>
      <Select label={t("Store")} allowDeselect={false} searchable data={[{ value: "", label: t("Not in a store") }, ...names.map((value) => ({ value, label: known.find((one) => one.code === value)?.name || value }))]} value={store} error={at("store")} onChange={(next) => setStore(next ?? "")} />
      <SegmentedControl fullWidth aria-label={t("How")} value={how} onChange={(next) => setHow(next as "free")} data={[{ value: "free", label: t("So many are free now") }, { value: "add", label: t("So many came or went") }]} />
      <NumberInput label={t("Pieces")} description={how === "add" ? t("Below zero when they went") : undefined} allowDecimal={false} min={how === "free" ? 0 : undefined} value={pieces} error={at(how)} onChange={(value) => setPieces(value === "" ? "" : Number(value))} required data-autofocus />
    </FormDrawer>
  );
}
