import { Alert, Button, Drawer, Group, Stack, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "./May";
import { Refusal } from "./Refusal";
import type { Draft } from "./useDraft";
import { useFocusBack } from "./useFocusBack";

interface Props {
  title: string;
  opened: boolean;
  close: () => void;
  submit: () => void;
  saving: boolean;
  error?: unknown;
  yes?: string;
  disabled?: boolean;
  /** What is kept of it until it is sent, of `useDraft`; Cancel forgets it, closing by Escape does not. */
  draft?: Draft;
  /** What one has to be allowed for changing it; others read it. */
  needs?: string;
  children: ReactNode;
}

/** A form at the side: fields, the refusal of the last try, and its two buttons. Enter sends it. */
export function FormDrawer({ title, opened, close, submit, saving, error, yes, disabled, draft, needs, children }: Props) {
  const { t } = useTranslation();
  const may = useMay(needs);
  useFocusBack();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit();
  };
  const cancel = () => {
    draft?.forget();
    close();
  };
  return (
    <Drawer opened={opened} onClose={close} title={<Text fw={620} fz="lg">{title}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <form onSubmit={onSubmit}>
        <Stack>
          {draft?.kept && <Restored draft={draft} />}
          {may ? children : <fieldset className="plain" disabled><Stack>{children}</Stack></fieldset>}
          <Refusal error={error} />
          {may ? (
            <Group justify="flex-end">
              <Button variant="default" onClick={cancel}>{t("Cancel")}</Button>
              <Button type="submit" loading={saving} disabled={disabled}>{yes ?? t("Save")}</Button>
            </Group>
          ) : (
            <Group justify="space-between"><Text size="sm" c="dimmed">{t("You may read this; your role does not change it.")}</Text><Button variant="default" onClick={close}>{t("Close")}</Button></Group>
          )}
        </Stack>
      </form>
    </Drawer>
  );
}

/** Says that a form begins with what was written before. */
export function Restored({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  return (
    <Alert color={draft.outdated ? "yellow" : "blue"} variant="light" icon={<IconPencil aria-hidden />} p="xs" role="status">
      <Group justify="space-between" gap="xs">
        <Text size="sm" flex="1 1 220px">{draft.outdated ? t("This is what you wrote before. What is saved was changed since.") : t("This is what you wrote before; it was not sent yet.")}</Text>
        <Button size="compact-xs" variant="default" onClick={draft.restart}>{t("Start over")}</Button>
      </Group>
    </Alert>
  );
}
