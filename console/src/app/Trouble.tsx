import { Button, Center, Stack, VisuallyHidden } from "@mantine/core";
import { IconCompass, IconLock, IconReload } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { Refusal } from "@/components/Refusal";

/** What is shown where a page could not be. */
export function Trouble({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const router = useRouter();
  return (
    <Center p="xl" component="main">
      <Stack maw={560} w="100%">
        <Refusal error={error} />
        <Button leftSection={<IconReload size={16} />} variant="default" onClick={() => void router.invalidate()}>{t("Try again")}</Button>
      </Stack>
    </Center>
  );
}

/** What is shown at a place that the role of who is signed in does not open. */
export function NotYours() {
  const { t } = useTranslation();
  return (
    <>
      <VisuallyHidden component="h1">{t("Your role does not open this page")}</VisuallyHidden>
      <div role="alert">
        <Empty icon={IconLock} title={t("Your role does not open this page")} action={<Button component="a" href="/console/" variant="default">{t("To the start")}</Button>}>
          {t("Who administers the program can give you a role that does, on the page People.")}
        </Empty>
      </div>
    </>
  );
}

/** What is shown at an address that leads nowhere. */
export function Lost() {
  const { t } = useTranslation();
  return (
    <Empty page icon={IconCompass} title={t("There is no such page")} action={<Button component="a" href="/console/" variant="default">{t("To the start")}</Button>}>
      {t("The address may be old, or belong to a program you do not work in.")}
    </Empty>
  );
}
