import { queryOptions } from "@tanstack/react-query";
import type { ColleagueAnswer, NoteAnswer, TaskAnswer } from "@/lib/answers";
import { get, inProgram, type PageOf } from "@/lib/api";

export type Note = NoteAnswer;
export type Task = TaskAnswer;
export type Colleague = ColleagueAnswer;

/** Whom tasks can be given to. */
export const colleaguesQuery = (program: string) =>
  queryOptions({ queryKey: [program, "colleagues"], queryFn: async () => (await get<PageOf<Colleague>>(inProgram(program, "colleagues"))).data, staleTime: 300_000, retry: false });

/** The choices of whom a task is given to: colleagues by name, and whatever a rule wrote that is nobody's address. */
export function assignees(colleagues: Colleague[], now: string): { value: string; label: string }[] {
  const known = colleagues.map((one) => ({ value: one.email, label: one.name || one.email }));
  return now && !known.some((one) => one.value === now) ? [...known, { value: now, label: now }] : known;
}
