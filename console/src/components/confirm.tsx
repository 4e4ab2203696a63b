import { Button, Group, Modal, Text, TextInput } from "@mantine/core";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFocusBack } from "./useFocusBack";

interface Question {
  title: string;
  body?: ReactNode;
  /** The word on the button that does it. */
  yes: string;
  danger?: boolean;
  /** What has to be typed first, for what cannot be undone. */
  type?: string;
}

const Ask = createContext<(question: Question) => Promise<boolean>>(() => Promise.resolve(false));

/** Return a function that asks before something is done. */
export const useConfirm = () => useContext(Ask);

/** Holds the one dialogue that asks. */
export function Confirming({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<{ question: Question; answer: (yes: boolean) => void } | null>(null);
  const [typed, setTyped] = useState("");
  const ask = useCallback(
    (question: Question) =>
      new Promise<boolean>((resolve) => {
        setTyped("");
        setOpen({ question, answer: resolve });
      }),
    [],
  );
  const close = (yes: boolean) => {
    open?.answer(yes);
    setOpen(null);
  };
  const question = open?.question;
  return (
    <Ask.Provider value={ask}>
      {children}
      {open && <Back />}
      <Modal zIndex={400} opened={open !== null} onClose={() => close(false)} title={<Text fw={600}>{question?.title}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
        {question?.body && <Text size="sm" component="div">{question.body}</Text>}
        {question?.type && (
          <TextInput mt="md" label={t("Type {{word}} to confirm", { word: question.type })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
        )}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => close(false)}>{t("Cancel")}</Button>
          <Button color={question?.danger ? "red.9" : undefined} disabled={question?.type !== undefined && typed !== question.type} onClick={() => close(true)} data-autofocus={question?.type ? undefined : true}>
            {question?.yes}
          </Button>
        </Group>
      </Modal>
    </Ask.Provider>
  );
}

/** Brings the focus back to what was asked from. */
function Back() {
  useFocusBack();
  return null;
}
