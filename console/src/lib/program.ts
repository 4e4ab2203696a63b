import { queryOptions, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { get, inProgram, type PageOf } from "./api";
import { ownPartners, sessionQuery } from "./session";
import { readStored } from "./stored";

export interface Program {
  code: string;
  name: string;
  currency: string;
  zone: string;
  region: string;
  settings: Record<string, unknown>;
  revision: number;
}

export interface PointType {
  code: string;
  name: string;
  kind: string;
  scale: number;
  /** Its place in every purse; a partner's people are not told. */
  slot?: number;
  partner: string | null;
  policy: Record<string, unknown>;
  archived_at: string | null;
}

export const programQuery = (code: string) =>
  queryOptions({ queryKey: [code, "program"], queryFn: () => get<Program>(inProgram(code)), staleTime: 60_000 });

/** The point types of a program, what "points" means first; for a partner's people those that it has to do with. */
export const pointTypesQuery = (code: string, partner: string | null = null) =>
  queryOptions({
    queryKey: [code, "point-types", partner],
    queryFn: async () => (partner ? get<PointType[]>(inProgram(code, "partners", partner, "point-types")) : (await get<PageOf<PointType>>(inProgram(code, "point-types"), { limit: 100 })).data.sort((one, other) => (one.slot ?? 0) - (other.slot ?? 0))),
    staleTime: 60_000,
  });

/** Return the code of the program that the address names. */
export function useProgramCode(): string {
  return useParams({ strict: false }).program ?? "";
}

/** Return the program of the address; its zone and currency are guesses for the moment until it is read. */
export function useProgram(): Program {
  const code = useProgramCode();
  const { data } = useQuery({ ...programQuery(code), enabled: code !== "" });
  return data ?? { code, name: code, currency: "EUR", zone: "UTC", region: "", settings: {}, revision: 0 };
}

/** Return the point types of the program; empty until they are read. */
export function usePointTypes(): PointType[] {
  const { data } = useQuery(pointTypesQuery(useProgramCode(), useOwnPartner()));
  return data ?? [];
}

/** Return the partner whose side one is on: the chosen one of several; null for the program's own people. */
export function useOwnPartner(): string | null {
  const program = useProgramCode();
  const { data } = useQuery(sessionQuery);
  const own = data ? ownPartners(data, program) : [];
  const chosen = readStored<string>(`partner ${program}`, "");
  return own.includes(chosen) ? chosen : (own[0] ?? null);
}
