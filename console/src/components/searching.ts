import type { MouseEvent } from "react";

/** For a Select that is searched: a click marks its text, so that typing replaces it; Enter takes the first that is found. */
export const searching = {
  searchable: true,
  selectFirstOptionOnChange: true,
  onClick: (event: MouseEvent<HTMLInputElement>) => event.currentTarget.select(),
} as const;
