import { useQuery } from "@tanstack/react-query";
import { get, inProgram } from "@/lib/api";
import { instantOf } from "@/lib/fields";
import { useProgram } from "@/lib/program";

export interface Overview {
  code: string;
  name: string;
  roles: string[];
  start: string;
  end: string;
  transactions: number;
  members: number;
  days: { day: string; kind: string; point_type: string; transactions: number; points: number }[];
  stores: { store: string; transactions: number; members: number }[];
}

export interface Movement {
  transfer: string;
  member: string;
  kind: string;
  point_type: string;
  scale: number;
  points: number;
  account: string;
  order_id: string;
  store: string;
  occurred_at: string;
  posted_at: string;
}

/** A while that is looked at: so many days up to now, or from one day to another, the last one included. */
export interface While {
  days: string;
  from: string;
  to: string;
}

export const LATELY: While = { days: "90", from: "", to: "" };

/** Return what the API is asked for a while: by its own clock, or by days of the program's calendar. */
export function whileQuery(during: While, zone: string): Record<string, string> {
  if (during.days !== "own") return { days: during.days };
  const after = during.to ? new Date(Date.parse(`${during.to}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10) : "";
  const start = instantOf(during.from && `${during.from}T00:00`, zone);
  const end = instantOf(after && `${after}T00:00`, zone);
  return { ...(start ? { start } : { days: "36600" }), ...(end ? { end } : {}) };
}

/** What a movement does for the member: + gives her points, − takes them. */
export function signOf(kind: string): 1 | -1 {
  return kind === "earn" || kind === "spend_cancelled" ? 1 : -1;
}

/** Which of four stories a kind of movement belongs to. */
export const STORIES = { earn: "given", reverse: "taken_back", debt: "taken_back", spend: "spent", capture: "spent", spend_cancelled: "returned" } as const;
export type Story = (typeof STORIES)[keyof typeof STORIES];

/** Return the story of a kind of movement. */
export function storyOf(kind: string): Story {
  return STORIES[kind as keyof typeof STORIES] ?? "given";
}

/** Read a partner's figures of a while. */
export function useOverview(partner: string, during: While) {
  const { code, zone } = useProgram();
  const query = whileQuery(during, zone);
  return useQuery({ queryKey: [code, "partners", partner, "overview", query], queryFn: () => get<Overview>(inProgram(code, "partners", partner, "overview"), query), placeholderData: (before) => before });
}
