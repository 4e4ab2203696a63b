import { FileInput, List, NumberInput, Progress, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDrawer } from "@/components/FormDrawer";
import { send } from "@/lib/api";
import { number } from "@/lib/format";
import { told } from "@/lib/told";
import { codesIn } from "./codes";

/** So many codes are sent in one call: little enough that the bar moves, enough that a call costs little beside them. */
const PIECE = 2_000;
const SHOWN = 8;

interface Refused { at: number; code: string; reason: string }
interface Piece { done: number; refused: number; refused_here: Refused[] }
interface State { done: number; of: number; taken: number; refused: Refused[]; refusedInAll: number }

/** Codes of your own, pasted or from a file of any length, sent in pieces; what was refused is listed with its reason. */
export function AddCodes({ path, queryKey, close }: { path: string; queryKey: readonly unknown[]; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [file, setFile] = useState<{ name: string; codes: string[] } | null>(null);
  const [uses, setUses] = useState<number | "">(1);
  const [bearer, setBearer] = useState("pool");
  const [state, setState] = useState<State | null>(null);
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // A list keeps its name while it is the same: after a failure it goes on where it was.
  const list = useRef({ name: crypto.randomUUID() as string, codes: [] as string[] });
  const gone = useRef(false);
  const codes = file ? file.codes : codesIn(text);
  const run = async () => {
    const same = list.current.codes.length === codes.length && codes.every((one, at) => one === list.current.codes[at]);
    if (!same) list.current = { name: crypto.randomUUID(), codes };
    const begun = same && state ? state.done : 0;
    const now: State = begun && state ? { ...state } : { done: 0, of: codes.length, taken: 0, refused: [], refusedInAll: 0 };
    setRunning(true);
    setError(null);
    try {
      for (let at = begun; at < codes.length && !gone.current; at += PIECE) {
        const some = codes.slice(at, at + PIECE);
        const found = await send<Piece>("POST", `${path}/codes/pieces`, { name: list.current.name, at, codes: some, last: at + PIECE >= codes.length, bearer: bearer === "bearer", uses: uses === "" ? null : uses });
        Object.assign(now, { done: at + some.length, taken: found.done, refusedInAll: found.refused, refused: [...now.refused, ...found.refused_here] });
        setState({ ...now });
      }
      await queries.invalidateQueries({ queryKey });
      if (now.refusedInAll === 0) close();
    } catch (problem) {
      setError(problem);
    } finally {
      setRunning(false);
    }
  };
  const leave = () => {
    gone.current = true;
    close();
  };
  const ended = state !== null && !running && state.done === state.of;
  return (
    <FormDrawer title={t("Import codes")} opened close={leave} submit={() => void run()} saving={running} error={error} yes={state && !ended && !running ? t("Go on") : t("Import")} disabled={codes.length === 0 || ended}>
      <SegmentedControl fullWidth aria-label={t("Who may use them")} value={bearer} onChange={setBearer} disabled={running} data={[{ value: "pool", label: t("To be handed out") }, { value: "bearer", label: t("For whoever holds them") }]} />
      <Text size="xs" c="dimmed">{bearer === "pool" ? t("They wait in the pool until rules, rewards or people give them to a member.") : t("They can be used at once by everybody who has one: printed on flyers, say.")}</Text>
      {!file && <Textarea label={t("Codes")} description={t("One a line")} autosize minRows={6} maxRows={14} value={text} onChange={(event) => setText(event.currentTarget.value)} disabled={running} data-autofocus />}
      <FileInput label={t("Or a file")} description={t("One code a line, or a table with a column “code”; of any length")} accept=".csv,.txt,text/plain,text/csv" clearable clearButtonProps={{ "aria-label": t("Take the file away") }} disabled={running} onChange={(chosen) => (chosen ? void chosen.text().then((read) => setFile({ name: chosen.name, codes: codesIn(read) })) : setFile(null))} />
      {file && <Text size="sm">{t("{{n}} codes in {{file}}", { n: number(file.codes.length), file: file.name })}</Text>}
      <NumberInput label={t("Uses of a code")} placeholder="∞" min={1} value={uses} onChange={(value) => setUses(value === "" ? "" : Number(value))} disabled={running} />
      {state && (
        <Stack gap={6}>
          <Progress value={(100 * state.done) / Math.max(1, state.of)} animated={running} aria-label={t("Import codes")} />
          <Text size="sm" aria-live="polite">{t("{{done}} of {{of}} codes sent: {{taken}} taken, {{refused}} refused.", { done: number(state.done), of: number(state.of), taken: number(state.taken), refused: number(state.refusedInAll) })}</Text>
        </Stack>
      )}
      {state && state.refused.length > 0 && (
        <List size="sm">
          {state.refused.slice(0, SHOWN).map((one) => <List.Item key={one.at}>{t("Line {{n}}", { n: number(one.at) })}: <span className="mono">{one.code}</span> {told(one.reason)}</List.Item>)}
          {state.refused.length > SHOWN && <List.Item>{t("and {{n}} more", { n: number(state.refused.length - SHOWN) })}</List.Item>}
        </List>
      )}
    </FormDrawer>
  );
}
