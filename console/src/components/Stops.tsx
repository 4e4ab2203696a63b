import { VisuallyHidden } from "@mantine/core";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { nextStop, type Stop, STOP_KEYS } from "./places";

interface Props {
  label: string;
  stops: Stop[];
  /** The stop that is looked at, null when none is any more: the picture shows it. */
  look: (stop: Stop | null) => void;
  pick: (stop: Stop) => void;
}

/** The keyboard's and the screen reader's way into a picture: one stop of Tab, arrows from place to place, Enter opens. */
export function Stops({ label, stops, look, pick }: Props) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  const now = Math.min(at, stops.length - 1);
  const keys = (event: KeyboardEvent) => {
    const next = nextStop(stops, now, event.key);
    if (!STOP_KEYS.has(event.key)) return;
    event.preventDefault();
    setAt(next);
    place.current?.querySelectorAll("button")[next]?.focus();
  };
  return (
    <VisuallyHidden ref={place} role="group" aria-label={t("{{chart}}: arrows go from value to value, Enter opens", { chart: label })} onKeyDown={keys}>
      {stops.map((stop, index) => <button key={stop.key} type="button" tabIndex={index === now ? 0 : -1} onFocus={() => { setAt(index); look(stop); }} onBlur={() => look(null)} onClick={() => pick(stop)}>{stop.label}</button>)}
    </VisuallyHidden>
  );
}
