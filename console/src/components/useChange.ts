import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/lib/problem";
import { told } from "@/lib/told";
import type { Draft } from "./useDraft";

interface Options<A, R> {
  /** What is read again afterwards: beginnings of query keys. */
  refresh?: readonly (readonly unknown[])[];
  /** What a toast says when it is done. */
  done?: string | ((answer: R, asked: A) => string);
  /** Show refusals as a toast; leave it out where a form shows them. */
  toast?: boolean;
  /** What was written for it, forgotten once it is done. */
  draft?: Draft;
  then?: (answer: R, asked: A) => void;
}

/** Change something: runs `work`, reads again what it changed, says so. */
export function useChange<A, R>(work: (asked: A) => Promise<R>, { refresh = [], done, toast, draft, then }: Options<A, R> = {}) {
  const { t } = useTranslation();
  const closeButtonProps = { "aria-label": t("Close") };
  const queries = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: async (answer, asked) => {
      draft?.forget();
      await Promise.all(refresh.map((queryKey) => queries.invalidateQueries({ queryKey })));
      const message = typeof done === "function" ? done(answer, asked) : done;
      if (message) notifications.show({ message, color: "pine", closeButtonProps });
      then?.(answer, asked);
    },
    onError: (error) => {
      if (toast) notifications.show({ message: told(asProblem(error).message), color: "red", autoClose: 8_000, closeButtonProps });
    },
  });
}
