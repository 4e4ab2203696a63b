import { queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { get, inProgram, type PageOf } from "@/lib/api";
import { Problem } from "@/lib/problem";
import { useProgramCode } from "@/lib/program";
import { type Session, useSession } from "@/lib/session";
import { told } from "@/lib/told";

export interface Assigned {
  role: string;
  program: string | null;
  partner: string | null;
  region: string | null;
}

export interface Person {
  id: number;
  email: string;
  name: string;
  locale: string;
  created_at: string;
  disabled_at: string | null;
  has_password: boolean;
  has_authenticator: boolean;
  passkeys: number;
  last_seen_at: string | null;
  roles: Assigned[];
}

export interface Invitation {
  link: string;
  expires_at: string;
}

export interface RoleMeaning {
  role: string;
  title: string;
  permissions: string[];
}

export interface Ways {
  password: boolean;
  passkey: boolean;
  demo: boolean;
  first_start: boolean;
  providers: { code: string; name: string }[];
}

export const waysQuery = queryOptions({ queryKey: ["ways"], queryFn: () => get<Ways>("/api/v1/session/ways"), staleTime: 60_000, retry: false });

export const rolesQuery = queryOptions({ queryKey: ["staff", "roles"], queryFn: () => get<RoleMeaning[]>("/api/v1/staff/roles"), staleTime: 600_000 });

/** Whether somebody works for the whole installation: its list of people is shown instead of the program's. */
export function isEverywhere({ roles }: Session): boolean {
  return roles.some(({ role, program }) => program === null && (role === "platform_admin" || role === "auditor"));
}

/** Everybody that the person who is signed in may see: of the installation, or of the program. */
export const peopleQuery = (program: string, everywhere: boolean) =>
  queryOptions({
    queryKey: [program, "staff", everywhere],
    queryFn: async () => {
      if (!everywhere) return get<Person[]>(inProgram(program, "staff"));
      const found: Person[] = [];
      let cursor: string | null = null;
      do {
        const page: PageOf<Person> = await get<PageOf<Person>>("/api/v1/staff/people", { limit: 100, ...(cursor ? { cursor } : {}) });
        found.push(...page.data);
        cursor = page.next_cursor;
      } while (cursor);
      return found;
    },
    retry: false,
    staleTime: 60_000,
  });

/** Return a function that names who did something: `staff:5` by name where one may know it, keys and the platform in words. */
export function useNames(): (actor: string | null) => string {
  const { t } = useTranslation();
  const session = useSession();
  const program = useProgramCode();
  const { data = [] } = useQuery({ ...peopleQuery(program, isEverywhere(session)), enabled: session.permissions.includes("staff:read") });
  return (actor) => {
    const [kind, ...rest] = (actor ?? "").split(":");
    if (kind === "system") return t("The platform itself");
    if (kind === "cli") return rest.length ? t("{{name}}, at the command line", { name: rest.join(":") }) : t("The command line");
    if (kind === "key") return t("API key {{n}}", { n: rest.join(":") });
    const id = /^staff:(\d+)$/.exec(actor ?? "")?.[1];
    if (!id) return actor ?? "";
    if (String(session.person.id) === id) return session.person.name;
    return data.find((one) => String(one.id) === id)?.name ?? actor ?? "";
  };
}

/** Refusals that are about one field, without naming its place. */
const ABOUT: Record<string, string> = { code_wrong: "code", person_exists: "email" };

/** Return what the API says about one field of a form; `path` as the API writes it, `roles[0]` also for what is below it. */
export function wrongAt(error: unknown, path: string): string | undefined {
  if (!(error instanceof Problem)) return undefined;
  if (ABOUT[error.code] === path) return told(error.message);
  const found = error.errors.find((one) => one.path === path || one.path === `body.${path}` || one.path.startsWith(`${path}.`));
  return told(found?.message);
}
