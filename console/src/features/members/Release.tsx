import { Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LotAnswer, ReleasedAnswer } from "@/lib/answers";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { send } from "@/lib/api";
import { points as shown } from "@/lib/format";

/** Let a member use points that wait, before their day or where only a person says when. */
export function Release({ lot, scale, close, path, queryKey }: { lot: LotAnswer; scale: number; close: () => void; path: string; queryKey: readonly unknown[] }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const releasing = useChange(() => send<ReleasedAnswer>("POST", `${path}/releases`, { lot: lot.id, reason }), {
    refresh: [queryKey],
    done: (answer) => t("{{points}} points released.", { points: shown(answer.points, scale) }),
    then: close,
  });
  return (
    <FormDrawer title={t("Release {{points}} points", { points: shown(lot.remaining, scale) })} opened close={close} submit={() => releasing.mutate(undefined)} saving={releasing.isPending} error={releasing.error} yes={t("Release")} disabled={!reason.trim()}>
      <Textarea label={t("Reason")} description={t("The member's history shows it, and who gave it.")} required autosize minRows={2} value={reason} onChange={(event) => setReason(event.currentTarget.value)} data-autofocus />
    </FormDrawer>
  );
}
