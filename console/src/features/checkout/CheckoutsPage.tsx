import { useTranslation } from "react-i18next";
import { Page, Section } from "@/components/Page";
import { useOwnPartner } from "@/lib/program";
import { Checkouts } from "./Checkouts";

/** Every basket that was priced, and what became of it. */
export default function CheckoutsPage() {
  const { t } = useTranslation();
  const partner = useOwnPartner();
  return (
    <Page title={t("Checkouts")} about={partner ? t("Baskets that were priced in your stores with vouchers, rewards and points, and what became of them.") : t("Baskets that were priced with vouchers, rewards and points: what is set aside, what became an order, what came back.")}>
      <Section pad={false}><Checkouts /></Section>
    </Page>
  );
}
