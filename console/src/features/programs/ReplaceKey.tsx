import { Select, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IssuedAnswer, KeyAnswer } from "@/lib/answers";
import { FormDrawer } from "@/components/FormDrawer";
import { Secret } from "@/components/Secret";
import { useChange } from "@/components/useChange";
import { send } from "@/lib/api";

/** A key in place of another one; `base` is the address below which `keys` are, the program's or a partner's. */
export function ReplaceKey({ base, known, refresh, close }: { base: string; known: KeyAnswer; refresh: readonly unknown[]; close: () => void }) {
  const { t } = useTranslation();
  const [hours, setHours] = useState("24");
  const making = useChange(() => send<IssuedAnswer>("POST", `${base}/keys/${known.prefix}/rotate`, { overlap_hours: Number(hours) }), { refresh: [refresh] });
  const made = making.data?.key;
  return (
    <FormDrawer title={t("Replace {{name}}", { name: known.name })} opened close={close} submit={() => (made ? close() : making.mutate(undefined))} saving={making.isPending} error={making.error} yes={made ? t("Done") : t("Make the new key")}>
      <Text size="sm">{t("A new key takes the old one's place. Until the old one ends, both work: time to change it wherever it is written down.")}</Text>
      <Select label={t("The old key ends")} disabled={made !== undefined} data={[{ value: "0", label: t("at once") }, { value: "1", label: t("in an hour") }, { value: "24", label: t("in a day") }, { value: "168", label: t("in a week") }]} value={hours} onChange={(next) => next && setHours(next)} />
      {made && <Secret value={made} />}
    </FormDrawer>
  );
}
