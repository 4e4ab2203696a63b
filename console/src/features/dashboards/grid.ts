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
export function settled(widgets: Widget[], order = inOrder(widgets)): Widget[] {
  const placed: Widget[] = [];
  for (const one of order) {
    let now = one;
    const free = (at: Widget) => !placed.some((other) => meet(at, other));
    while (now.y > 0 && free({ ...now, y: now.y - 1 })) now = { ...now, y: now.y - 1 };
    while (!free(now)) now = { ...now, y: now.y + 1 };
    placed.push(now);
  }
  return placed;
}

/** How many columns a board has, and how small a widget gets. */
const COLUMNS = 12;
const LEAST = 2;

export type Step = "left" | "right" | "up" | "down" | "wider" | "narrower" | "taller" | "shorter";

/** Return the widgets after one of them took a step: past its neighbour where one is in the way, else by one cell of the grid. */
export function stepped(widgets: Widget[], id: string, step: Step): Widget[] {
  const now = settled(widgets);
  const me = now.find((one) => one.id === id);
  if (!me) return widgets;
  const others = now.filter((one) => one !== me);
  const moves = { left: () => sideways(me, others, -1), right: () => sideways(me, others, 1), up: () => upright(me, others, -1), down: () => upright(me, others, 1) };
  const sizes = { wider: { w: Math.min(COLUMNS - me.x, me.w + 1) }, narrower: { w: Math.max(LEAST, me.w - 1) }, taller: { h: me.h + 1 }, shorter: { h: Math.max(LEAST, me.h - 1) } };
  const next = step in sizes ? before({ ...me, ...sizes[step as keyof typeof sizes] }, others) : moves[step as keyof typeof moves]();
  return widgets.map((one) => next.find((other) => other.id === one.id) ?? one);
}

/** Settle with one widget before those that stand as high as it does. */
function before(me: Widget, others: Widget[]): Widget[] {
  return settled([], [...inOrder(others.filter((one) => one.y < me.y)), me, ...inOrder(others.filter((one) => one.y >= me.y))]);
}

/** Change places with the neighbour in the same row that stands close, or go one column on. */
function sideways(me: Widget, others: Widget[], way: -1 | 1): Widget[] {
  const close = others.find((one) => one.y === me.y && (way < 0 ? one.x + one.w === me.x : me.x + me.w === one.x));
  if (!close) return before({ ...me, x: Math.max(0, Math.min(COLUMNS - me.w, me.x + way)) }, others);
  const begin = Math.min(me.x, close.x);
  const moved = { ...me, x: way < 0 ? begin : begin + close.w };
  return before(moved, others.map((one) => (one === close ? { ...close, x: way < 0 ? begin + me.w : begin } : one)));
}

/** Go over the nearest widget above, or under the nearest below. */
function upright(me: Widget, others: Widget[], way: -1 | 1): Widget[] {
  const column = others.filter((one) => one.x < me.x + me.w && me.x < one.x + one.w);
  const near = way < 0 ? inOrder(column.filter((one) => one.y < me.y)).at(-1) : inOrder(column.filter((one) => one.y >= me.y + me.h))[0];
  if (!near) return [me, ...others];
  return before({ ...me, y: way < 0 ? near.y : near.y + near.h }, others);
}
