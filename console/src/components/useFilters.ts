import { useDebouncedValue } from "@mantine/hooks";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";

/** Letters are asked for when nobody has typed for so long. */
const SETTLED_MS = 300;

/**
 * What a list is narrowed to: it stands in the address, so that a reload, a link and the way back show the same rows.
 * `nothing` says what each filter is when nobody chose it; that is left out of the address. It must not change between renders.
 *
 * `filter` is what the fields show, `asked` what the address says, without blanks around it. `choose` is a step that "back" undoes;
 * `type` follows letters as they are typed, in one step.
 */
export function useFilters<T extends Record<string, string>>(nothing: T): { filter: T; asked: T; choose: (next: Partial<T>) => void; type: (next: Partial<T>) => void } {
  const router = useRouter();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const written = JSON.stringify(Object.keys(nothing).map((name) => search[name] ?? null));
  const said = useMemo(() => read(search, nothing), [written]); // eslint-disable-line
  const asked = useMemo(() => each(said, (value) => value.trim()), [said]);
  const [typed, setTyped] = useState<Partial<T>>({});
  const [settled] = useDebouncedValue(typed, SETTLED_MS);
  const write = useCallback(
    (next: Partial<T>, replace: boolean) => {
      const plain = Object.fromEntries(Object.entries(next).map(([name, value]) => [name, value === nothing[name] ? undefined : value]));
      void router.navigate({ to: ".", search: (before: object) => ({ ...before, ...plain }), replace, resetScroll: false } as never);
    },
    [router], // eslint-disable-line
  );
  useEffect(() => {
    if (Object.keys(settled).length > 0) write(settled, true);
  }, [settled, write]);
  // Letters stay in their field until the address says them, so that none is lost while it changes.
  useEffect(() => {
    setTyped((now) => {
      const left = Object.entries(now).filter(([name, value]) => value !== said[name]);
      return left.length === Object.keys(now).length ? now : (Object.fromEntries(left) as Partial<T>);
    });
  }, [said, settled]);
  const choose = useCallback((next: Partial<T>) => write(next, false), [write]);
  const type = useCallback((next: Partial<T>) => setTyped((before) => ({ ...before, ...next })), []);
  return { filter: { ...said, ...typed }, asked, choose, type };
}

function read<T extends Record<string, string>>(search: Record<string, unknown>, nothing: T): T {
  const known = Object.keys(nothing).map((name) => [name, ["string", "number", "boolean"].includes(typeof search[name]) ? String(search[name]) : nothing[name]]);
  return Object.fromEntries(known) as T;
}

function each<T extends Record<string, string>>(values: T, change: (value: string) => string): T {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)])) as T;
}
