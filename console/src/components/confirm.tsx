import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useState } from "react";

// Most people look before they change something: the dialogue comes when something is asked for the first time.
const Dialogue = lazy(() => import("./Dialogue"));

export interface Question {
  title: string;
  body?: ReactNode;
  /** The word on the button that does it. */
  yes: string;
  danger?: boolean;
  /** What has to be typed first, for what cannot be undone. */
  type?: string;
}

const Ask = createContext<(question: Question) => Promise<boolean>>(() => Promise.resolve(false));

/** Return a function that asks before something is done. */
export const useConfirm = () => useContext(Ask);

/** Holds the one dialogue that asks. */
export function Confirming({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ question: Question; answer: (yes: boolean) => void; open: boolean } | null>(null);
  const ask = useCallback((question: Question) => new Promise<boolean>((resolve) => setAsked({ question, answer: resolve, open: true })), []);
  const close = (yes: boolean) => {
    asked?.answer(yes);
    setAsked(asked && { ...asked, open: false });
  };
  return (
    <Ask.Provider value={ask}>
      {children}
      {asked && <Suspense><Dialogue question={asked.question} opened={asked.open} close={close} /></Suspense>}
    </Ask.Provider>
  );
}
