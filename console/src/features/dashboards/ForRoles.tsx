import { MultiSelect, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { codeOf } from "@/features/rulesets/model";
import { rolesQuery } from "@/features/staff/model";
import { inProgram, send } from "@/lib/api";
import { words } from "@/lib/format";
import { useProgramCode } from "@/lib/program";
import { type Dashboard, PROGRAM } from "./model";

/** Make a dashboard the program's: everybody finds it in the list, and people of some roles see it first. */
export default function ForRoles({ board, close, given }: { board: Dashboard; close: () => void; given: (board: Dashboard) => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const [name, setName] = useState(board.name);
  const [roles, setRoles] = useState(board.first_for);
  const known = (useQuery(rolesQuery).data ?? []).filter((one) => one.role !== "partner");
  const ours = board.owner === PROGRAM;
  const code = ours ? board.code : codeOf(name);
  const saving = useChange(
    () => send<Dashboard>("PUT", inProgram(program, "program-dashboards", code), { name, first_for: roles, widgets: board.widgets }, ours ? { "If-Match": `"${board.revision}"` } : { "If-None-Match": "*" }),
    { refresh: [[program, "dashboards"]], done: t("The dashboard is the program's."), then: (answer) => { given(answer); close(); } },
  );
  return (
    <FormDrawer title={ours ? t("Who sees it first") : t("Give it to a role")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} disabled={!name.trim()}>
      <Text size="sm" c="dimmed">{t("A copy becomes the program's: people of these roles open with it until they make one of their own, and everybody finds it in the list. Each sees the widgets that she may read.")}</Text>
      <TextInput label={t("Name")} required maxLength={120} value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <MultiSelect label={t("Roles that see it first")} data={known.map((one) => ({ value: one.role, label: t(words(one.role)) }))} value={roles} onChange={setRoles} clearable clearButtonProps={{ "aria-label": t("Clear") }} />
    </FormDrawer>
  );
}
