import { useTranslation } from "react-i18next";
import { Page } from "@/components/Page";
import { useOwnPartner } from "@/lib/program";
import { Nobody } from "./Nobody";
import { Stores } from "./Stores";

/** A partner's own stores. */
export default function StoresPage() {
  const { t } = useTranslation();
  const partner = useOwnPartner();
  return <Page title={t("Stores")} about={t("Your shops as the program knows them. Orders name them by their codes.")}>{partner ? <Stores partner={partner} /> : <Nobody />}</Page>;
}
