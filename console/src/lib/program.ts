import { queryOptions, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { get, inProgram, type PageOf } from "./api";

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
  partner: string | null;
  policy: Record<string, unknown>;
  archived_at: string | null;
}

export const programQuery = (code: string) =>
  queryOptions({ queryKey: [code, "program"], queryFn: () => get<Program>(inProgram(code)), staleTime: 60_000 });

export const pointTypesQuery = (code: string) =>
  queryOptions({
    queryKey: [code, "point-types"],
    queryFn: async () => (await get<PageOf<PointType>>(inProgram(code, "point-types"), { limit: 100 })).data,
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
  const { data } = useQuery(pointTypesQuery(useProgramCode()));
  return data ?? [];
}
