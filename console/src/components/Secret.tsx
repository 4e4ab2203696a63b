import { ActionIcon, Alert, Code, CopyButton, Group, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy, IconKey } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** A button that copies. */
export function Copy({ value, label }: { value: string; label?: string }) {
  const { t } = useTranslation();
  const says = label ?? t("Copy");
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t("Copied") : says}>
          <ActionIcon size={26} onClick={copy} aria-label={says}>{copied ? <IconCheck size={15} /> : <IconCopy size={15} />}</ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** A secret that is shown this once; `note` says what becomes of it. */
export function Secret({ value, note }: { value: string; note?: string }) {
  const { t } = useTranslation();
  return (
    <Alert color="yellow" icon={<IconKey aria-hidden />} title={t("Copy it now: it is not shown again")}>
      <Group gap="xs" wrap="nowrap">
        <Code style={{ overflowWrap: "anywhere" }}>{value}</Code>
        <Copy value={value} />
      </Group>
      <Text size="xs" mt={6}>{note ?? t("Keep it where your other secrets are. It can be revoked at any time.")}</Text>
    </Alert>
  );
}
