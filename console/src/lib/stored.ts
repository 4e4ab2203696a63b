import { useCallback, useState } from "react";

/** Read what was kept in this browser; `fallback` when nothing was, or nothing readable. */
export function readStored<T>(key: string, fallback: T): T {
  try {
    const text = localStorage.getItem(`regulars:${key}`);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

/** Keep a value in this browser; undefined forgets it. A full or closed store is no reason to stop working. */
export function store(key: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(`regulars:${key}`);
    else localStorage.setItem(`regulars:${key}`, JSON.stringify(value));
  } catch {
    // private windows may have no store
  }
}

/** State that survives a reload. */
export function useStored<T>(key: string, fallback: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => readStored(key, fallback));
  const set = useCallback(
    (next: T) => {
      setValue(next);
      store(key, next);
    },
    [key],
  );
  return [value, set];
}

/** Forget everything whose name begins so, such as the drafts of somebody who leaves. */
export function forgetAll(begins: string): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(`regulars:${begins}`)) localStorage.removeItem(key);
  } catch {
    // nothing was kept then
  }
}
