import { FileInput, List, NumberInput, Progress, Text, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { send } from "@/lib/api";
import { number } from "@/lib/format";
import { asProblem } from "@/lib/problem";
import { told } from "@/lib/told";

// Each code is a call of its own; a pool of more is read by the command line.
const AT_ONCE = 500;

/** Codes of your own, pasted or from a file, one a line; what was refused stays in the form with its reason. */
export function AddCodes({ path, queryKey, code, close }: { path: string; queryKey: readonly unknown[]; code: string; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [uses, setUses] = useState<number | "">(1);
  const [state, setState] = useState<{ running: boolean; done: number; of: number; refused: { code: string; why: string }[] } | null>(null);
  const codes = [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
  const tooMany = codes.length > AT_ONCE;
  const run = async () => {
    const refused: { code: string; why: string }[] = [];
    let done = 0;
    for (const one of codes) {
      setState({ running: true, done, of: codes.length, refused });
      await send("POST", `${path}/codes`, { code: one, uses: uses === "" ? null : uses }).catch((error: unknown) => refused.push({ code: one, why: told(asProblem(error).message) }));
      done += 1;
    }
    setState({ running: false, done, of: codes.length, refused });
    setText(refused.map((one) => one.code).join("\n"));
    await queries.invalidateQueries({ queryKey });
    if (refused.length === 0) close();
  };
  return (
    <FormDrawer title={t("Import codes")} opened close={close} submit={() => void run()} saving={state?.running ?? false} yes={t("Import")} disabled={codes.length === 0 || tooMany}>
      <Textarea label={t("Codes")} description={t("One a line")} autosize minRows={6} maxRows={14} value={text} onChange={(event) => setText(event.currentTarget.value)} error={tooMany ? t("At most {{most}} at once.", { most: number(AT_ONCE) }) : undefined} data-autofocus />
      <FileInput label={t("Or a file")} accept=".csv,.txt,text/plain,text/csv" onChange={(file) => void file?.text().then((read) => setText(read.replace(/^code\r?\n/i, "")))} />
      <NumberInput label={t("Uses of a code")} placeholder="∞" min={1} value={uses} onChange={(value) => setUses(value === "" ? "" : Number(value))} />
      <Text size="xs" c="dimmed">{t("These can be used at once by everybody who may. A pool of more, to be handed out, is read by the command line:")} <span className="mono">regulars vouchers import {code}</span></Text>
      {state && <Progress value={(100 * state.done) / Math.max(1, state.of)} aria-label={t("Import codes")} />}
      {state && !state.running && state.refused.length > 0 && <List size="sm">{state.refused.slice(0, 8).map((one) => <List.Item key={one.code}><span className="mono">{one.code}</span>: {one.why}</List.Item>)}</List>}
    </FormDrawer>
  );
}
