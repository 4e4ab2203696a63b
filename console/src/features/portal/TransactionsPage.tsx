import { useTranslation } from "react-i18next";
import { Page } from "@/components/Page";
import { useOwnPartner, useProgramCode } from "@/lib/program";
import { useStored } from "@/lib/stored";
import { LATELY } from "./model";
import { Nobody } from "./Nobody";
import { Transactions } from "./Transactions";
import { WhilePicker } from "./WhilePicker";

/** A partner's own transactions. */
export default function TransactionsPage() {
  const { t } = useTranslation();
  const partner = useOwnPartner();
  const [during, setDuring] = useStored(`while ${useProgramCode()}`, LATELY);
  return (
    <Page title={t("Transactions")} about={t("What members earned and spent at your shops, and what you pay for elsewhere. Members stand here by number alone.")} actions={<WhilePicker during={during} set={setDuring} />}>
      {partner ? <Transactions partner={partner} during={during} /> : <Nobody />}
    </Page>
  );
}
