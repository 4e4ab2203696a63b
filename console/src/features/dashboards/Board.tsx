import { Skeleton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type CSSProperties, lazy, Suspense } from "react";
import { Frame } from "./Frame";
import { inOrder, insideOf, settled, stepped } from "./grid";
import type { Widget } from "./model";

const Arranging = lazy(() => import("./Arranging"));

export interface BoardProps { widgets: Widget[]; editing: boolean; change: (widgets: Widget[]) => void; edit: (widget: Widget) => void }

/** Widgets at their places: as they stand, or while they are arranged; below each other where there is no room. */
export function Board(props: BoardProps) {
  const narrow = useMediaQuery("(max-width: 62em)") ?? false;
  if (props.editing && !narrow) return <Suspense fallback={<Skeleton h={400} radius="lg" />}><Arranging {...props} /></Suspense>;
  const shown = props.editing ? inOrder(props.widgets) : inOrder(settled(props.widgets));
  return (
    <div className="board">
      <div className="board-grid">
        {shown.map((one) => <div key={one.id} style={placeOf(one)} data-wide={one.w > 6 || undefined}><Framed widget={one} {...props} /></div>)}
      </div>
    </div>
  );
}

/** A widget in its frame; changing it changes the board. */
export function Framed({ widget, widgets, editing, change, edit }: BoardProps & { widget: Widget }) {
  return <Frame widget={widget} height={insideOf(widget)} editing={editing} edit={() => edit(widget)} step={(step) => change(stepped(widgets, widget.id, step))} change={(next) => change(next ? widgets.map((other) => (other.id === widget.id ? next : other)) : widgets.filter((other) => other.id !== widget.id))} />;
}

/** Where a widget stands, in words of the style sheet. */
function placeOf({ x, y, w, h }: Widget): CSSProperties {
  return { "--x": x + 1, "--y": y + 1, "--w": w, "--h": h } as CSSProperties;
}
