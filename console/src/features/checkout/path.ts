import { inProgram } from "@/lib/api";
import { useOwnPartner, useProgramCode } from "@/lib/program";

/** Where checkouts are read: the program's, or a partner's own. */
export function useCheckoutsPath(): string {
  const program = useProgramCode();
  const partner = useOwnPartner();
  return inProgram(program, ...(partner ? ["partners", partner] : []), "checkouts");
}
