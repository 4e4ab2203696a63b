import { Button, Group, Modal, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Question } from "./confirm";

/** The dialogue that asks before something is done. */
export default function Dialogue({ question, opened, close }: { question: Question; opened: boolean; close: (yes: boolean) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  useEffect(() => setTyped(""), [question]);
  return (
    <Modal zIndex={400} opened={opened} onClose={() => close(false)} title={<Text fw={600}>{question.title}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      {question.body && <Text size="sm" component="div">{question.body}</Text>}
      {question.type && (
        <TextInput mt="md" label={t("Type {{word}} to confirm", { word: question.type })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => close(false)}>{t("Cancel")}</Button>
        <Button color={question.danger ? "red.9" : undefined} disabled={question.type !== undefined && typed !== question.type} onClick={() => close(true)} data-autofocus={question.type ? undefined : true}>
          {question.yes}
        </Button>
      </Group>
    </Modal>
  );
}
