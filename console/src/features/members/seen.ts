import { readStored, store } from "@/lib/stored";

/** How many members are remembered as seen. */
const SEEN_MAX = 8;

const place = (program: string, person: number | string) => `seen ${program} ${person}`;

/** Return the ids of the members whose pages somebody opened in this browser, the last first. */
export function seenMembers(program: string, person: number | string): string[] {
  return readStored<string[]>(place(program, person), []);
}

/** Remember that somebody opened the page of a member: her id and nothing else. */
export function noteSeen(program: string, person: number | string, member: string): void {
  store(place(program, person), [member, ...seenMembers(program, person).filter((one) => one !== member)].slice(0, SEEN_MAX));
}
