import "react-grid-layout/css/styles.css";
import { useElementSize } from "@mantine/hooks";
import { GridLayout, type LayoutItem } from "react-grid-layout";
import { type BoardProps, Framed } from "./Board";
import { GAP, ROW } from "./grid";

/** A board whose widgets are dragged by their grip and made larger by their corner. */
export default function Arranging(props: BoardProps) {
  const { widgets, change } = props;
  const { ref, width } = useElementSize();
  const layout: LayoutItem[] = widgets.map((one) => ({ i: one.id, x: one.x, y: one.y, w: one.w, h: one.h, minW: 2, minH: 2 }));
  const placed = (next: readonly LayoutItem[]) => {
    const at = new Map(next.map((item) => [item.i, item]));
    const moved = widgets.map((one) => {
      const item = at.get(one.id);
      return item ? { ...one, x: item.x, y: item.y, w: item.w, h: item.h } : one;
    });
    if (JSON.stringify(moved) !== JSON.stringify(widgets)) change(moved);
  };
  return (
    <div ref={ref} style={{ width: "100%", minWidth: 0 }}>
      {width > 0 && (
        <GridLayout width={width} layout={layout} gridConfig={{ cols: 12, rowHeight: ROW, margin: [GAP, GAP], containerPadding: [0, 0] }} dragConfig={{ enabled: true, handle: ".grip" }} resizeConfig={{ enabled: true }} onLayoutChange={placed}>
          {widgets.map((one) => <div key={one.id}><Framed {...props} widget={one} /></div>)}
        </GridLayout>
      )}
    </div>
  );
}
