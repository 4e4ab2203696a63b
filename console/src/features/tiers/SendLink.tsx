import { Button, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy, IconMail } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFocusBack } from "@/components/useFocusBack";
import { useProgram } from "@/lib/program";
import type { Tier, TierSet } from "./model";

/** The address of a tier, to be copied or sent to a colleague: it opens the tier in the console. */
export function SendLink({ set, tier, close }: { set: TierSet; tier: Tier; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  useFocusBack();
  const link = `${window.location.origin}/console/${program.code}/tiers?${new URLSearchParams({ set: set.code, tier: tier.code }).toString()}`;
  const subject = t("The tier {{tier}} of {{program}}", { tier: tier.name || tier.code, program: program.name });
  return (
    <Modal opened onClose={close} title={<Text fw={600}>{t("Send a link to {{tier}}", { tier: tier.name || tier.code })}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack>
        <TextInput label={t("Link")} description={t("It opens this tier for everybody who may see it.")} value={link} readOnly onFocus={(event) => event.currentTarget.select()} />
        <Group justify="flex-end">
          <CopyButton value={link}>{({ copied, copy }) => <Button variant="default" leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />} onClick={copy}>{copied ? t("Copied") : t("Copy")}</Button>}</CopyButton>
          <Button component="a" href={`mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(link)}`} leftSection={<IconMail size={16} />}>{t("Send by e-mail")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
