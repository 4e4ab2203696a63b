import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { readStored, store } from "@/lib/stored";

/** What is known of what somebody wrote and did not send. */
export interface Draft {
  /** What stands in the form was written before, and kept. */
  kept: boolean;
  /** What it changes was saved by somebody since it was written. */
  outdated: boolean;
  /** Forget it: it was sent, or is not wanted. */
  forget: () => void;
  /** Forget it and begin again with what is saved. */
  restart: () => void;
}

interface Kept<T> {
  base: string;
  form: T;
}

/** How long nothing has to be typed before it is kept; leaving the page keeps it at once. */
const CALM_MS = 300;

/**
 * The state of a form that survives a reload, closing by mistake and a session that ends: kept in this browser for the
 * person, program and `name` (such as "product TEA"), until it is sent. No secrets: those belong in a plain state.
 */
export function useDraft<T>(name: string, fresh: T): [T, (next: T) => void, Draft] {
  const key = `draft ${useSession().person.id} ${useProgramCode()} ${name}`;
  const begin = useMemo(() => {
    const base = JSON.stringify(fresh);
    const found = readStored<Kept<T> | null>(key, null);
    const same = found !== null && JSON.stringify(found.form) === base;
    return { base, fresh, found: same ? null : found };
    // What a form begins with is what it was when it opened.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  const [form, setForm] = useState<T>(begin.found?.form ?? begin.fresh);
  const [kept, setKept] = useState(begin.found !== null);
  const waiting = useRef<{ timer: number; write: () => void } | null>(null);
  const settle = useCallback((write: boolean) => {
    if (!waiting.current) return;
    window.clearTimeout(waiting.current.timer);
    if (write) waiting.current.write();
    waiting.current = null;
  }, []);
  useEffect(() => {
    const leave = () => settle(true);
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, [settle]);
  const set = useCallback(
    (next: T) => {
      setForm(next);
      settle(false);
      const write = () => store(key, JSON.stringify(next) === begin.base ? undefined : { base: begin.found?.base ?? begin.base, form: next });
      waiting.current = { timer: window.setTimeout(() => settle(true), CALM_MS), write };
    },
    [key, begin, settle],
  );
  const forget = useCallback(() => {
    settle(false);
    store(key, undefined);
  }, [key, settle]);
  const restart = useCallback(() => {
    forget();
    setForm(begin.fresh);
    setKept(false);
  }, [begin, forget]);
  return [form, set, { kept, outdated: kept && begin.found?.base !== begin.base, forget, restart }];
}

/** Several drafts of one form as one. */
export function together(...drafts: Draft[]): Draft {
  return {
    kept: drafts.some((one) => one.kept),
    outdated: drafts.some((one) => one.outdated),
    forget: () => drafts.forEach((one) => one.forget()),
    restart: () => drafts.forEach((one) => one.restart()),
  };
}
