import type { Widget } from "./model";

/** How high a row of the grid is, and what is between rows and columns, in pixels. */
export const ROW = 36;
export const GAP = 16;

/** What a frame takes of its widget's height: title and edges. */
const FRAME = 56;

/** Return the height of a widget's inside, in pixels. */
export function insideOf(widget: Widget): number {
  return widget.h * ROW + (widget.h - 1) * GAP - FRAME;
}

function meet(one: Widget, other: Widget): boolean {
  return one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;
}

/** Return widgets in reading order. */
export function inOrder(widgets: Widget[]): Widget[] {
  return [...widgets].sort((one, other) => one.y - other.y || one.x - other.x);
}

/** Return widgets as high up as there is room, none over another: where the grid puts them when they are arranged. */
export function settled(widgets: Widget[]): Widget[] {
  const placed: Widget[] = [];
  for (const one of inOrder(widgets)) {
    let now = one;
    const free = (at: Widget) => !placed.some((other) => meet(at, other));
    while (now.y > 0 && free({ ...now, y: now.y - 1 })) now = { ...now, y: now.y - 1 };
    while (!free(now)) now = { ...now, y: now.y + 1 };
    placed.push(now);
  }
  return placed;
}
