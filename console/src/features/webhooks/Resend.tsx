import { Checkbox, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { send } from "@/lib/api";
import { instantOf, localOf } from "@/lib/fields";
import { number, words } from "@/lib/format";
import { useProgram } from "@/lib/program";

/** After an outage: everything of a stretch of time again, by default what failed since `from`, an instant. */
export function Resend({ path, from, close }: { path: string; from: string; close: () => void }) {
  const { t } = useTranslation();
  const { code, zone } = useProgram();
  const [since, setSince] = useState(localOf(from, zone));
  const [statuses, setStatuses] = useState(["failed"]);
  const resending = useChange(() => send<{ messages: number }>("POST", `${path}/resend`, { since: instantOf(since, zone), statuses }), {
    refresh: [[code, "webhooks"]],
    done: (answer) => t("{{n}} messages are sent again.", { n: number(answer.messages) }),
    then: close,
  });
  return (
    <FormDrawer title={t("Send messages again")} needs="webhooks:write" opened close={close} submit={() => resending.mutate(undefined)} saving={resending.isPending} error={resending.error} yes={t("Send again")} disabled={!since || statuses.length === 0}>
      <Text size="sm" c="dimmed">{t("After an outage of the other side. Each message keeps its id, so that who has it already can tell.")}</Text>
      <TextInput type="datetime-local" required label={t("Made since")} value={since} onChange={(event) => setSince(event.currentTarget.value)} data-autofocus />
      <Checkbox.Group label={t("Which")} value={statuses} onChange={setStatuses}>
        <Stack gap={6} mt={6}>{["failed", "waiting", "delivered"].map((value) => <Checkbox key={value} value={value} label={t(words(value))} />)}</Stack>
      </Checkbox.Group>
    </FormDrawer>
  );
}
