import i18next from "i18next";
import { client } from "@/api/client.gen";
import { languageOf } from "./i18n";
import { asProblem, Problem, problemOf } from "./problem";
import { prepareTold } from "./told";

let csrf = "";
let signedOut: () => void = () => {};

/** Remember the token that state-changing calls carry; it comes with the session. */
export function rememberToken(token: string): void {
  csrf = token;
}

/** Call `then` when the API says that the session is over. */
export function whenSignedOut(then: () => void): void {
  signedOut = then;
}

client.setConfig({ baseUrl: window.location.origin, credentials: "same-origin" });

/** Answers with sentences about rules. The first questions of a page are not among them: it has them fetched as the browser asks. */
const SPOKEN = /\/(rules|explanation)(\/|\?|$)/;

client.interceptors.request.use((request) => {
  if (SPOKEN.test(request.url) && i18next.language !== languageOf(navigator.language)) {
    request.headers.set("Accept-Language", i18next.language);
  }
  if (request.method !== "GET") {
    request.headers.set("X-CSRF-Token", csrf);
    if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", crypto.randomUUID());
    }
  }
  return request;
});

client.interceptors.error.use(async (error, response, request) => {
  const problem = problemOf(error, response);
  if (problem.status === 401 && !response?.url.includes("/api/v1/session")) signedOut();
  // That nobody has signed in yet is shown by the sign-in page, not by words.
  if (problem.status !== 401 || request?.method !== "GET") await prepareTold();
  return problem;
});

/** A document whose shape the API's description leaves open: rules, simulations, explanations. */
export type Doc = Record<string, unknown>;

/** Read a route by its path, for answers whose types the caller knows better than the API's description. */
export async function get<T>(url: string, query?: Record<string, unknown>, signal?: AbortSignal): Promise<T> {
  return (await client.get({ url, query, signal, responseStyle: "data" })) as T;
}

/** Something as it was read, with the version by which a change says what it changes. */
export interface Tagged<T> {
  value: T;
  etag: string | null;
}

/** Read a route with its ETag. */
export async function getTagged<T>(url: string, signal?: AbortSignal): Promise<Tagged<T>> {
  const { data, response } = (await client.get({ url, signal, responseStyle: "fields" })) as { data: T; response: Response };
  return { value: data, etag: response.headers.get("etag") };
}

/** Return the headers of a change of what was read: refused with 412 when somebody else changed it meanwhile. */
export function ifMatch(etag: string | null | undefined): Record<string, string> | undefined {
  return etag ? { "If-Match": etag } : undefined;
}

/** Change something by its path. */
export async function send<T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  url: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<T> {
  const json = body === undefined ? {} : { "Content-Type": "application/json" };
  return (await client.request({
    method,
    url,
    ...(body === undefined ? {} : { body }),
    headers: { ...json, ...headers },
    responseStyle: "data",
  })) as T;
}

/** Make sure that nothing stands at a path yet, so that what is made does not write over it: throws `message` otherwise. */
export async function absent(url: string, message: string): Promise<void> {
  const found = await get<{ archived_at?: string | null; disabled_at?: string | null }>(url).catch((error: unknown) => {
    if (asProblem(error).status === 404) return null;
    throw error;
  });
  if (found && !found.archived_at && !found.disabled_at) throw new Problem(409, "exists", message);
}

/** Return the path of a thing of a program, with its parts encoded. */
export function inProgram(program: string, ...parts: string[]): string {
  return ["/api/v1/programs", program, ...parts].map((part, index) => (index ? encodeURIComponent(part) : part)).join("/");
}

/** Whether a call may be repeated: the server was away or busy, nothing was refused. */
export function mayRetry(count: number, error: unknown): boolean {
  return count < 2 && error instanceof Problem && (error.status === 0 || error.status === 503);
}

/** Read a whole list of the program's configuration, page by page: choices to offer, a few thousand at the most. */
export async function everything<T>(url: string): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const page: PageOf<T> = await get<PageOf<T>>(url, { limit: 100, ...(cursor ? { cursor } : {}) });
    found.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor && found.length < LIST_MAX);
  return found;
}

const LIST_MAX = 5_000;

/** A page of a list. */
export interface PageOf<T> {
  data: T[];
  next_cursor: string | null;
}
