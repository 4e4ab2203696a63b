import { useEffect, useState } from "react";

/** Return where the focus stands: for an item of a menu the button that opened the menu, since the item goes. */
function standing(): HTMLElement | null {
  const now = document.activeElement as HTMLElement | null;
  const button = now?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  return (button ? document.getElementById(button) : null) ?? now;
}

/** For what is shown over a page and taken away again: the focus goes back to where it was before. */
export function useFocusBack(): void {
  const [from] = useState(standing);
  useEffect(
    () => () => {
      window.setTimeout(() => {
        const lost = !document.activeElement || document.activeElement === document.body;
        if (lost && from?.isConnected) from.focus({ preventScroll: true });
      });
    },
    [from],
  );
}
