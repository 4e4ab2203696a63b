import { useQuery } from "@tanstack/react-query";
import { inProgram, send } from "@/lib/api";
import { useProgramCode } from "@/lib/program";
import type { TierMove, TierSet } from "./model";

export interface Preview { members: number; moved: number; moves: TierMove[] }

/** Return the set as it is written: without what the server adds. */
export function documentOfSet(set: TierSet): Omit<TierSet, "version" | "in_force_from"> {
  const { version: _version, in_force_from: _from, ...document } = set;
  return document;
}

/** Ask who would move; `asked` is JSON of the set, empty while there is nothing to ask. */
export function usePreview(code: string, asked: string) {
  const program = useProgramCode();
  return useQuery({ queryKey: [program, "tier-preview", code, asked], enabled: asked !== "", retry: false, queryFn: () => send<Preview>("POST", inProgram(program, "tier-sets", code, "preview"), JSON.parse(asked)) });
}
