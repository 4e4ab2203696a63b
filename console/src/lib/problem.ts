/** A refusal of the API (RFC 9457): `code` for programs, `message` for people, `errors` with their places. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: FieldProblem[] = [],
    readonly requestId = "",
    readonly facts: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

export interface FieldProblem {
  path: string;
  code: string;
  message: string;
}

/** Return what the API answered as a Problem, also where something between here and there answered instead. */
export function problemOf(body: unknown, response: Response | undefined): Problem {
  const said = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const status = response?.status ?? 0;
  if (typeof said.code === "string" && typeof said.message === "string") {
    const errors = Array.isArray(said.errors) ? (said.errors as FieldProblem[]) : [];
    return new Problem(status, said.code, said.message, errors, String(said.request_id ?? ""), said);
  }
  if (status === 0) return new Problem(0, "offline", "The server cannot be reached. Check the connection and try again.");
  return new Problem(status, "unreadable", `The server answered ${status} and did not say why.`);
}

/** Return any thrown thing as a Problem. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof Error) return new Problem(0, "failed", thrown.message);
  return new Problem(0, "failed", String(thrown));
}
