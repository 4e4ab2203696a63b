import { useTranslation } from "react-i18next";
import { Page, Section } from "@/components/Page";
import { inProgram } from "@/lib/api";
import { useProgram } from "@/lib/program";
import { Redemptions } from "./Redemptions";

/** Everything that was taken, and where it is. */
export default function RedemptionsPage() {
  const { t } = useTranslation();
  const program = useProgram();
  return (
    <Page title={t("Redemptions")} about={t("What members took for their points: confirm, ship, deliver, or give the points back.")}>
      <Section pad={false}><Redemptions path={inProgram(program.code, "redemptions")} queryKey={[program.code, "redemptions"]} /></Section>
    </Page>
  );
}
