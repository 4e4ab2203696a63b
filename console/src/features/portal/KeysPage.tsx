import { useTranslation } from "react-i18next";
import { Page } from "@/components/Page";
import { useOwnPartner } from "@/lib/program";
import { Keys } from "./Keys";
import { Nobody } from "./Nobody";

/** A partner's own keys. */
export default function KeysPage() {
  const { t } = useTranslation();
  const partner = useOwnPartner();
  return <Page title={t("Keys")} about={t("Who of yours may send orders and read figures. A key is shown once, when it is made.")}>{partner ? <Keys partner={partner} /> : <Nobody />}</Page>;
}
