import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page, Section } from "@/components/Page";
import { useOwnPartner } from "@/lib/program";
import { DisputeList } from "./DisputeList";

/** What the two sides of statements see differently, and who has to answer. */
export default function Disputes() {
  const { t } = useTranslation();
  const partner = useOwnPartner();
  const [which, setWhich] = useState("open");
  return (
    <Page title={t("Disputes")} about={partner ? t("What you and the program see differently on a statement, with the notes of both sides.") : t("What partners and the program see differently on statements, with the notes of both sides.")}>
      <Section title={t("Disputes")} pad={false} aside={<SegmentedControl size="xs" aria-label={t("Which disputes")} value={which} onChange={setWhich} data={[{ value: "open", label: t("Not closed") }, { value: "all", label: t("All") }]} />}>
        <DisputeList partner={partner} openOnly={which === "open"} />
      </Section>
    </Page>
  );
}
