import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFocusBack } from "@/components/useFocusBack";
import { Moves } from "./Moves";
import type { Tier, TierSet } from "./model";
import { documentOfSet, usePreview } from "./preview";

/** Ask before a tier is deleted, or rests: who would move. */
export function Ending({ set, tiers, title, yes, saving, done, close }: { set: TierSet; tiers: Tier[]; title: string; yes: string; saving: boolean; done: () => void; close: () => void }) {
  const { t } = useTranslation();
  useFocusBack();
  const preview = usePreview(set.code, JSON.stringify({ ...documentOfSet(set), tiers }));
  return (
    <Modal opened onClose={close} title={<Text fw={600}>{title}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack>
        <Text size="sm">{t("It takes effect at once: members move to where their points carry them.")}</Text>
        <Moves preview={preview.data} tiers={set.tiers} asking={preview.isFetching} error={preview.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>{t("Cancel")}</Button>
          <Button color="red.9" loading={saving} disabled={preview.isFetching || preview.isError} onClick={done}>{yes}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
