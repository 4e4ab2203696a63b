import { Switch, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { useChange } from "@/components/useChange";
import { inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { useProgram } from "@/lib/program";
import { type Campaign, codeOf, touched } from "./model";

interface Original { code: string; name: string; template: boolean; proposed_from: string | null }

/** A draft like a campaign or template: its activities open again, its days moved to where it shall begin. */
export function CopyForm({ original, close }: { original: Original; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const navigate = useNavigate();
  const [name, setName] = useState(original.template ? "" : t("{{name}}, again", { name: original.name }));
  const [typed, setTyped] = useState("");
  const [begins, setBegins] = useState("");
  const [template, setTemplate] = useState(false);
  const code = typed || codeOf(name);
  const copying = useChange(() => send<Campaign>("POST", inProgram(program.code, "campaigns", original.code, "copy"), { code, name, template, proposed_from: begins || null }), {
    refresh: touched(program.code, code),
    done: t("The copy is a draft."),
    then: () => {
      close();
      void navigate({ to: "/$program/campaigns/$campaign", params: { program: program.code, campaign: code } } as never);
    },
  });
  const at = atField(copying.error);
  return (
    <FormDrawer title={original.template ? t("New campaign from {{name}}", { name: original.name }) : t("Copy {{name}}", { name: original.name })} opened close={close} submit={() => copying.mutate(undefined)} saving={copying.isPending} error={copying.error} yes={t("Make the copy")} disabled={!name.trim() || !code}>
      <TextInput label={t("Name")} required value={name} error={at("name")} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <TextInput label={t("Code")} required value={code} error={at("code")} onChange={(event) => setTyped(event.currentTarget.value)} />
      <TextInput type="date" label={t("It shall begin on")} description={original.proposed_from ? t("All days move along, those of its activities too; without one they stay.") : t("The original proposes no day, so its activities keep theirs.")} value={begins} error={at("proposed_from")} onChange={(event) => setBegins(event.currentTarget.value)} />
      <Switch label={t("A template")} checked={template} onChange={(event) => setTemplate(event.currentTarget.checked)} />
    </FormDrawer>
  );
}
