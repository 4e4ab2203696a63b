import { Anchor, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { send } from "@/lib/api";

/** Have a link for a new password sent. The answer is the same whether or not somebody has the address. */
export function Forgotten({ email }: { email: string }) {
  const { t } = useTranslation();
  const [unwritten, setUnwritten] = useState(false);
  const asking = useChange(() => send("POST", "/api/v1/session/reset", { email: email.trim() }));
  const ask = () => {
    setUnwritten(!email.trim());
    if (email.trim()) asking.mutate(undefined);
  };
  return (
    <Stack gap="xs" mt="sm">
      <Anchor component="button" type="button" size="sm" onClick={ask}>{t("Forgotten the password?")}</Anchor>
      {unwritten && <Text size="sm" role="status">{t("Write your e-mail address above first.")}</Text>}
      {asking.isSuccess && <Text size="sm" role="status">{t("If somebody has this address, a link is on its way. Without mail, it stands in the server's terminal.")}</Text>}
      <Refusal error={asking.error} />
    </Stack>
  );
}
