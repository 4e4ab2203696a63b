import { Button, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { useOpened } from "@/components/useOpened";
import { Figures } from "@/features/portal/Figures";
import { Keys } from "@/features/portal/Keys";
import { LATELY } from "@/features/portal/model";
import { Stores } from "@/features/portal/Stores";
import { Transactions } from "@/features/portal/Transactions";
import { WhilePicker } from "@/features/portal/WhilePicker";
import { getTagged, inProgram } from "@/lib/api";
import { useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { useStored } from "@/lib/stored";
import { Funding } from "./Funding";
import { PartnerForm } from "./PartnerForm";
import { Terms } from "./Terms";
import type { Partner } from "./model";

const VIEWS = ["figures", "transactions", "money", "stores", "keys"] as const;

/** One partner as the program's people see it: its figures, its money, its stores and keys. */
export default function PartnerPage() {
  const { t } = useTranslation();
  const program = useProgramCode();
  const { permissions } = useSession();
  const navigate = useNavigate();
  const { partner: code = "" } = useParams({ strict: false }) as { partner?: string };
  const { view: wanted = "figures" } = useSearch({ strict: false }) as { view?: string };
  const [during, setDuring] = useStored(`while ${program}`, LATELY);
  const [editing, setEditing] = useOpened<true>("partner");
  const found = useQuery({ queryKey: [program, "partners", code], queryFn: () => getTagged<Partner>(inProgram(program, "partners", code)) });
  const partner = found.data?.value;
  const labels: Record<(typeof VIEWS)[number], string> = { figures: t("Figures"), transactions: t("Transactions"), money: t("Money"), stores: t("Stores"), keys: t("Keys") };
  const sees = permissions.includes("partners:read");
  const shown = VIEWS.filter((one) => sees && (one !== "keys" || permissions.includes("keys:read")));
  const view = shown.find((one) => one === wanted) ?? "figures";
  const timed = sees && (view === "figures" || view === "transactions");
  return (
    <Page
      title={partner?.name ?? code}
      about={partner && <><span className="mono">{code}</span> <Status value={partner.archived_at ? "archived" : "active"} /></>}
      back={{ label: t("Partners"), to: "/$program/partners", params: { program } }}
      actions={<>{timed && <WhilePicker during={during} set={setDuring} />}{permissions.includes("programs:write") && <Button variant="default" leftSection={<IconPencil size={16} />} disabled={!partner} onClick={() => setEditing(true)}>{t("Edit")}</Button>}</>}
    >
      {sees ? <SegmentedControl style={{ alignSelf: "flex-start", maxWidth: "100%", overflowX: "auto" }} aria-label={t("What is shown")} value={view} onChange={(next) => void navigate({ search: { view: next } } as never)} data={shown.map((value) => ({ value, label: labels[value] }))} /> : <Text size="sm" c="dimmed">{t("Its figures, money, stores and keys are shown to the roles that settle and administer.")}</Text>}
      <Refusal error={found.error} retry={() => void found.refetch()} />
      {!partner && !found.error && <Skeleton h={220} radius="md" />}
      {partner && sees && (
        <Stack gap="lg" key={code}>
          {view === "figures" && <Figures partner={code} during={during} />}
          {view === "transactions" && <Transactions partner={code} during={during} />}
          {view === "money" && <><Terms partner={code} /><Funding partner={code} /></>}
          {view === "stores" && <Stores partner={code} />}
          {view === "keys" && <Keys partner={code} />}
        </Stack>
      )}
      {editing && found.data && <PartnerForm before={found.data} close={() => setEditing(null)} />}
    </Page>
  );
}
