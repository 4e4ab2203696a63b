import { Button, Drawer, Group, Stack, Text } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "./Refusal";

interface Props {
  title: string;
  opened: boolean;
  close: () => void;
  submit: () => void;
  saving: boolean;
  error?: unknown;
  yes?: string;
  disabled?: boolean;
  children: ReactNode;
}

/** A form at the side: fields, the refusal of the last try, and its two buttons. Enter sends it. */
export function FormDrawer({ title, opened, close, submit, saving, error, yes, disabled, children }: Props) {
  const { t } = useTranslation();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit();
  };
  return (
    <Drawer opened={opened} onClose={close} title={<Text fw={620} fz="lg">{title}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <form onSubmit={onSubmit}>
        <Stack>
          {children}
          <Refusal error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>{t("Cancel")}</Button>
            <Button type="submit" loading={saving} disabled={disabled}>{yes ?? t("Save")}</Button>
          </Group>
        </Stack>
      </form>
    </Drawer>
  );
}
