import { IconUsersGroup } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/Empty";
import { useProgramCode } from "@/lib/program";

/** What the program's own people see on a page of partners' people: where the partner's side is for them. */
export function Nobody() {
  const { t } = useTranslation();
  const program = useProgramCode();
  return <Empty icon={IconUsersGroup} title={t("This page is a partner's own")} action={<Link to={"/$program/partners" as never} params={{ program } as never}>{t("Partners")}</Link>}>{t("You see each partner's side below Partners.")}</Empty>;
}
