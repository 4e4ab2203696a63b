import { useRouter } from "@tanstack/react-router";
import { useCallback, useState } from "react";

interface Opened {
  name: string;
  value: unknown;
}

/**
 * What is open at the side of a page, such as a product, "new" or nothing: it stands in the browser's history, so that a
 * reload opens it again, and leaving the page closes it. `value` has to be plain.
 */
export function useOpened<T>(name: string): [T | null, (next: T | null) => void] {
  const router = useRouter();
  const [open, setOpen] = useState<T | null>(() => {
    const found = (router.state.location.state as { opened?: Opened }).opened;
    return found?.name === name ? (found.value as T) : null;
  });
  const set = useCallback(
    (next: T | null) => {
      setOpen(() => next);
      const opened = next === null ? undefined : { name, value: next };
      void router.navigate({ to: ".", search: true, replace: true, resetScroll: false, state: (before: object) => ({ ...before, opened }) } as never);
    },
    [name, router],
  );
  return [open, set];
}
