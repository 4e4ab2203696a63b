import { useCallback, useReducer } from "react";

/** How long edits of the same place count as one, in milliseconds. */
const SAME_EDIT_MS = 900;
const KEPT_MAX = 200;

interface State<T> {
  past: T[];
  now: T;
  future: T[];
  at: number;
  place: string;
}

type Step<T> = { do: "set"; value: T; place: string; time: number } | { do: "undo" } | { do: "redo" } | { do: "reset"; value: T };

/** The next state of an undoable value. Edits of one place in quick succession are one step. */
export function stepped<T>(state: State<T>, step: Step<T>): State<T> {
  switch (step.do) {
    case "set": {
      const joined = step.place !== "" && step.place === state.place && step.time - state.at < SAME_EDIT_MS;
      return { past: joined ? state.past : [...state.past, state.now].slice(-KEPT_MAX), now: step.value, future: [], at: step.time, place: step.place };
    }
    case "undo": {
      const before = state.past.at(-1);
      return before === undefined ? state : { past: state.past.slice(0, -1), now: before, future: [state.now, ...state.future], at: 0, place: "" };
    }
    case "redo": {
      const [after, ...future] = state.future;
      return after === undefined ? state : { past: [...state.past, state.now], now: after, future, at: 0, place: "" };
    }
    case "reset":
      return { past: [], now: step.value, future: [], at: 0, place: "" };
  }
}

/** A value that can be changed, undone and redone. */
export function useHistory<T>(first: T) {
  const [state, dispatch] = useReducer(stepped<T>, { past: [], now: first, future: [], at: 0, place: "" });
  return {
    value: state.now,
    set: useCallback((value: T, place = "") => dispatch({ do: "set", value, place, time: Date.now() }), []),
    undo: useCallback(() => dispatch({ do: "undo" }), []),
    redo: useCallback(() => dispatch({ do: "redo" }), []),
    reset: useCallback((value: T) => dispatch({ do: "reset", value }), []),
    canUndo: state.past.length > 0,
    canRedo: state.future.length > 0,
  };
}
