import { Badge, Checkbox, Group, TextInput } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { PartnerAnswer } from "@/lib/answers";
import { words } from "@/lib/format";
import { Parts } from "./Parts";

/** Who takes part in the program beside the house: where points are earned and spent. */
export default function Partners() {
  const { t } = useTranslation();
  return (
    <Parts<PartnerAnswer & { archived_at?: string | null }, { name: string; roles: string[] }>
      title={t("Partners")}
      about={t("Who takes part beside the house, and whether points are earned or spent there.")}
      newLabel={t("New partner")}
      place="partners"
      icon={IconUsersGroup}
      emptyTitle={t("No partners yet")}
      emptyText={t("A coalition has partners who give points, take them, or both, and settle what they owe each other.")}
      columns={[{ id: "roles", header: t("Roles"), cell: (one) => <Group gap={4}>{one.roles.map((role) => <Badge key={role}>{t(words(role))}</Badge>)}</Group> }]}
      form={(partner) => ({ name: partner?.name ?? "", roles: partner ? [...partner.roles] : ["earn"] })}
      fields={(form, set) => (
        <>
          <TextInput label={t("Name")} required value={form.name} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
          <Checkbox.Group label={t("Roles")} value={form.roles} onChange={(roles) => set({ roles })}><Group mt={6}><Checkbox value="earn" label={t("Points are earned there")} /><Checkbox value="burn" label={t("Points are spent there")} /></Group></Checkbox.Group>
        </>
      )}
      body={(form) => form}
      archive={t("Archive")}
    />
  );
}
