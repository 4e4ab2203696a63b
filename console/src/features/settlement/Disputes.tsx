import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Page, Section } from "@/components/Page";
import { useFilters } from "@/components/useFilters";
import { useOwnPartner } from "@/lib/program";
import { DisputeList } from "./DisputeList";

const NOTHING = { which: "open" };

/** What the two sides of statements see differently, and who has to answer. */
export default function Disputes() {
  const { t } = useTranslation();
  const partner = useOwnPartner();
  const { asked: { which }, choose } = useFilters(NOTHING);
  return (
    <Page title={t("Disputes")} about={partner ? t("What you and the program see differently on a statement, with the notes of both sides.") : t("What partners and the program see differently on statements, with the notes of both sides.")}>
      <Section title={t("Disputes")} pad={false} aside={<SegmentedControl size="xs" aria-label={t("Which disputes")} value={which} onChange={(next) => choose({ which: next })} data={[{ value: "open", label: t("Not closed") }, { value: "all", label: t("All") }]} />}>
        <DisputeList partner={partner} openOnly={which === "open"} />
      </Section>
    </Page>
  );
}
