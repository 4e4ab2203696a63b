import { Button, Checkbox, Group, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { codeOf } from "@/features/rulesets/model";
import { wrongAt } from "@/features/staff/model";
import { ifMatch, inProgram, send, type Tagged } from "@/lib/api";
import { useProgramCode } from "@/lib/program";
import type { Partner } from "./model";

/** A partner, new or as it is. */
export function PartnerForm({ before, close }: { before?: Tagged<Partner>; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const confirm = useConfirm();
  const known = before?.value;
  const [form, setForm, draft] = useDraft(`partner ${known?.code ?? "new"}`, { name: known?.name ?? "", roles: known?.roles ?? ["earn"] });
  const code = known?.code ?? codeOf(form.name);
  const path = inProgram(program, "partners", code);
  const refresh = [[program, "partners"]];
  const saving = useChange(() => send("PUT", path, form, ifMatch(before?.etag)), { refresh, done: t("Saved."), draft, then: close });
  const archiving = useChange(() => send("DELETE", path, undefined, ifMatch(before?.etag)), { refresh, done: t("The partner is archived."), then: close });
  const archive = async () => (await confirm({ title: t("Archive {{name}}?", { name: known?.name ?? "" }), body: t("Its stores, sources and agreements have to be ended first; its statements stay."), yes: t("Archive"), danger: true })) && archiving.mutate(undefined);
  return (
    <FormDrawer needs="programs:write" title={known ? known.name : t("New partner")} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} draft={draft} error={saving.error ?? archiving.error} disabled={!form.name.trim()}>
      <TextInput label={t("Name")} required value={form.name} error={wrongAt(saving.error, "name")} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} data-autofocus />
      <Checkbox.Group label={t("Roles")} value={form.roles} error={wrongAt(saving.error, "roles")} onChange={(roles) => setForm({ ...form, roles })}><Group mt={6}><Checkbox value="earn" label={t("Points are earned there")} /><Checkbox value="burn" label={t("Points are spent there")} /></Group></Checkbox.Group>
      <Text size="xs" c="dimmed">{t("Its code is")} <span className="mono">{code}</span></Text>
      {known && !known.archived_at && <Button variant="subtle" c="var(--mantine-color-error)" style={{ alignSelf: "flex-start" }} loading={archiving.isPending} onClick={() => void archive()}>{t("Archive")}</Button>}
    </FormDrawer>
  );
}
