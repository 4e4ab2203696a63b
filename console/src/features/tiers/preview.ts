import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useChange } from "@/components/useChange";
import type { Draft } from "@/components/useDraft";
import { inProgram, send } from "@/lib/api";
import { moment } from "@/lib/format";
import { useProgram, useProgramCode } from "@/lib/program";
import { isPlanned, type TierMove, type TierSet } from "./model";

export interface Preview { members: number; moved: number; moves: TierMove[] }

/** Return the set as it is written: without what the server adds. */
export function documentOfSet(set: TierSet): Omit<TierSet, "version" | "in_force_from"> {
  const { version: _version, in_force_from: _from, scheduled_at: _at, problem: _problem, ...document } = set;
  return document;
}

/** Save a tier set: what is in force at once, under the version that was read; what is to come for its instant. */
export function useSaving(set: TierSet, draft?: Draft, then?: () => void) {
  const { t } = useTranslation();
  const program = useProgram();
  const planned = isPlanned(set);
  const work = (document: object) =>
    planned
      ? send("PUT", inProgram(program.code, "scheduled-tier-sets", set.code), { ...document, in_force_from: set.in_force_from })
      : send("PUT", inProgram(program.code, "tier-sets", set.code), document, set.version ? { "If-Match": `"${set.version}"` } : undefined);
  const done = planned ? t("Saved; it takes force on {{when}}.", { when: moment(set.in_force_from, program.zone) }) : t("Saved, and in force.");
  return useChange(work, { refresh: [[program.code, "tier-sets"], [program.code, "rule-fields"]], done, draft, then });
}

/** Ask who would move; `asked` is JSON of the set, empty while there is nothing to ask. */
export function usePreview(code: string, asked: string) {
  const program = useProgramCode();
  return useQuery({ queryKey: [program, "tier-preview", code, asked], enabled: asked !== "", retry: false, queryFn: () => send<Preview>("POST", inProgram(program, "tier-sets", code, "preview"), JSON.parse(asked)) });
}
