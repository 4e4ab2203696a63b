import { Badge } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/lib/session";

/** Whether who is signed in may do something here, such as products:write. */
export function useMay(needs: string | undefined): boolean {
  const { permissions } = useSession();
  return needs === undefined || permissions.includes(needs);
}

/** What stands there only for those who may; the API refuses the others all the same. */
export function May({ needs, children }: { needs: string; children: ReactNode }) {
  return useMay(needs) ? children : null;
}

/** Says to those who may not change what stands on a page that they may read it. */
export function ReadOnly({ needs }: { needs: string }) {
  const { t } = useTranslation();
  if (useMay(needs)) return null;
  return <Badge color="gray" size="lg" leftSection={<IconEye size={14} aria-hidden />} style={{ alignSelf: "flex-start" }} styles={{ label: { whiteSpace: "normal" } }} h="auto" py={4}>{t("You may read this; your role does not change it.")}</Badge>;
}
