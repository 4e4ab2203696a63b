import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { get, send, rememberToken } from "./api";
import { forgetAll } from "./stored";

export interface Session {
  person: { id: number | string; name: string; email: string; locale: string | null };
  roles: { role: string; program: string | null; partner: string | null; region: string | null }[];
  /** Where one works, with what one may do there. */
  programs: { code: string; name: string; permissions: string[] }[];
  permissions: string[];
  has_authenticator: boolean;
  csrf: string;
}

const PATH = "/api/v1/session";

/** The session of this browser; refused with 401 while nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async () => keep(await get<Session>(PATH)),
  staleTime: 5 * 60_000,
  retry: false,
});

function keep(session: Session): Session {
  rememberToken(session.csrf);
  return session;
}

/** Return who is signed in, with what one may do in the program of the address; only below routes that made sure of it. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  const { program } = useParams({ strict: false }) as { program?: string };
  const here = useMemo(() => data && { ...data, permissions: data.programs.find((one) => one.code === program)?.permissions ?? data.permissions }, [data, program]);
  if (!here) throw new Error("Nobody is signed in.");
  return here;
}

/** Return the partners whose side somebody is on, who is nothing else in a program; none for the program's own people. */
export function ownPartners({ roles }: Session, program: string): string[] {
  const here = roles.filter((one) => one.program === null || one.program === program);
  if (!here.every((one) => one.role === "partner")) return [];
  return [...new Set(here.flatMap((one) => one.partner ?? []))];
}

export async function signIn(email: string, password: string, code?: string): Promise<Session> {
  return keep(await send<Session>("POST", PATH, { email, password, ...(code ? { code } : {}) }));
}

export async function signInToDemo(): Promise<Session> {
  return keep(await send<Session>("POST", `${PATH}/demo`, {}));
}

export async function signInOnce(token: string, name?: string, password?: string, code?: string, email?: string): Promise<Session> {
  return keep(await send<Session>("POST", `${PATH}/one-time`, { token, ...(name ? { name } : {}), ...(password ? { password } : {}), ...(code ? { code } : {}), ...(email ? { email } : {}) }));
}

/** Return a function that ends the session and forgets everything read under it. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await send("DELETE", PATH).catch(() => undefined);
    forgetAll("draft ");
    queries.clear();
  };
}
