import { Button, Text, TextInput } from "@mantine/core";
import { IconBuildingStore, IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { useMay } from "@/components/May";
import { Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { wrongAt } from "@/features/staff/model";
import { get, getTagged, ifMatch, inProgram, send } from "@/lib/api";
import { words } from "@/lib/format";
import { useProgramCode } from "@/lib/program";

export interface OwnStore { code: string; name: string; region: string; channel: string; archived_at: string | null }

/** A partner's stores; their names are the partner's to change. */
export function Stores({ partner }: { partner: string }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const path = inProgram(program, "partners", partner, "stores");
  const found = useQuery({ queryKey: [program, "partners", partner, "stores"], queryFn: async () => (await get<{ data: OwnStore[] }>(path)).data });
  const [editing, setEditing] = useState<OwnStore | null>(null);
  const may = useMay("partners:write");
  return (
    <Section pad={false} title={t("Stores")}>
      <DataTable
        label={t("Stores")}
        columns={[
          { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Text size="sm" fw={580}>{one.name}</Text><Text size="xs" c="dimmed" className="mono">{one.code}</Text></> },
          { id: "region", header: t("Region"), value: (one) => one.region, cell: (one) => one.region || "–" },
          { id: "channel", header: t("Channel"), value: (one) => one.channel, cell: (one) => t(words(one.channel)) },
          { id: "status", header: t("Status"), cell: (one) => <Status value={one.archived_at ? "archived" : "active"} /> },
          { id: "do", header: t("Actions"), end: true, cell: (one) => may && !one.archived_at && <Button size="compact-xs" variant="default" leftSection={<IconPencil size={13} />} aria-label={t("Rename {{name}}", { name: one.name })} onClick={() => setEditing(one)}>{t("Rename")}</Button> },
        ]}
        rows={found.data}
        rowKey={(one) => one.code}
        error={found.error}
        retry={() => void found.refetch()}
        empty={<Empty icon={IconBuildingStore} title={t("No stores yet")}>{t("The program adds your stores; orders name them by their codes.")}</Empty>}
      />
      {editing && <Rename path={`${path}/${editing.code}`} refresh={[program, "partners", partner, "stores"]} close={() => setEditing(null)} />}
    </Section>
  );
}

function Rename({ path, refresh, close }: { path: string; refresh: readonly unknown[]; close: () => void }) {
  const { t } = useTranslation();
  const before = useQuery({ queryKey: [...refresh, path], queryFn: () => getTagged<OwnStore>(path), staleTime: 0, gcTime: 0 });
  const [name, setName] = useState<string | null>(null);
  const said = name ?? before.data?.value.name ?? "";
  const saving = useChange(() => send("PUT", path, { name: said.trim() }, ifMatch(before.data?.etag)), { refresh: [refresh], done: t("Saved."), then: close });
  return (
    <FormDrawer title={t("Rename the store")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error ?? before.error} disabled={!said.trim() || !before.data}>
      <TextInput label={t("Name")} required maxLength={200} value={said} error={wrongAt(saving.error, "name")} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <Text size="sm" c="dimmed">{t("Region and channel decide what members earn there; the program changes them.")}</Text>
    </FormDrawer>
  );
}
