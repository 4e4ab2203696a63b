import { Box, useComputedColorScheme } from "@mantine/core";
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { EChartsCoreOption, ECharts } from "echarts/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { type Stop, stopsOf } from "./places";
import { Stops } from "./Stops";

// What our charts are made of and nothing else: everything here is loaded before the first picture is seen.
echarts.use([BarChart, LineChart, PieChart, GridComponent, TooltipComponent, LegendComponent, SVGRenderer]);

const LIGHT = ["#1a8270", "#d08c2f", "#4d7fb8", "#9a5b8f", "#7a8f3c", "#b8584c", "#5b6470"];
const DARK = ["#4fb9a1", "#e0a95a", "#7fa9d8", "#c08bb6", "#a5ba68", "#dc8a7f", "#98a1ad"];

interface Props {
  /** What the picture says, for those who do not see it. */
  label: string;
  option: EChartsCoreOption;
  height?: number | string;
  /** What it is called, where that is shorter than what it says. */
  name?: string;
  /** Something was clicked, or chosen by keyboard: its name, its place in its series, and how high it was clicked. */
  onPick?: (name: string, index: number, value: number) => void;
}

/** A chart in the colours of the page. */
export default function Chart({ label, name, option, height = 260, onPick }: Props) {
  const scheme = useComputedColorScheme("light");
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  useEffect(() => {
    if (!place.current) return;
    const made = echarts.init(place.current, null, { renderer: "svg" });
    chart.current = made;
    const watching = new ResizeObserver(() => made.resize());
    watching.observe(place.current);
    return () => {
      watching.disconnect();
      made.dispose();
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(dressed(option, scheme === "dark"), true);
  }, [option, scheme]);
  const { series, stops, lies } = useMemo(() => stopsOf(option), [option]);
  useEffect(() => {
    const made = chart.current;
    if (!made || !onPick) return;
    const picked = (event: { name?: string; dataIndex?: number }) => onPick(event.name ?? "", event.dataIndex ?? 0, 0);
    // A line has nothing to hit, and a low bar little: whatever is clicked in the grid opens the value it stands over.
    const over = ({ offsetX, offsetY }: { offsetX: number; offsetY: number }) => {
      if (!made.containPixel("grid", [offsetX, offsetY])) return;
      const [across = 0, upward = 0] = made.convertFromPixel({ seriesIndex: series }, [offsetX, offsetY]);
      const [at, value] = lies ? [upward, across] : [across, upward];
      const stop = stops.find((one) => one.key === String(at));
      if (stop) onPick(stop.label, Number(stop.key), value);
    };
    if (!option.xAxis) made.on("click", picked as never);
    else made.getZr().on("click", over);
    return () => {
      made.off("click", picked as never);
      made.getZr()?.off("click", over);
    };
  }, [onPick, option, series, stops, lies]);
  const [looked, setLooked] = useState(false);
  const look = (stop: Stop | null) => {
    setLooked(stop !== null);
    chart.current?.dispatchAction({ type: "downplay", seriesIndex: series });
    if (stop) for (const type of ["highlight", "showTip"]) chart.current?.dispatchAction({ type, seriesIndex: series, dataIndex: Number(stop.key) });
    else chart.current?.dispatchAction({ type: "hideTip" });
  };
  return (
    <Box pos="relative" w="100%" miw={0} style={looked ? { outline: "2px solid var(--mantine-primary-color-filled)", outlineOffset: -2, borderRadius: 6 } : undefined}>
      <Box ref={place} role="img" aria-label={label} h={height} w="100%" miw={0} data-opens={onPick ? true : undefined} />
      {onPick && stops.length > 0 && <Stops label={name ?? label} stops={stops} look={look} pick={(stop) => onPick(stop.label, Number(stop.key), 0)} />}
    </Box>
  );
}

function dressed(option: EChartsCoreOption, dark: boolean): EChartsCoreOption {
  const text = dark ? "#b4b7b1" : "#62645e";
  const line = dark ? "#30342f" : "#e9e9e4";
  const axis = { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: text, fontSize: 11 }, splitLine: { lineStyle: { color: line } } };
  const merged = (given: unknown) => (Array.isArray(given) ? given : [given]).map((one) => ({ ...axis, ...(one as object), axisLabel: { ...axis.axisLabel, ...((one as { axisLabel?: object }).axisLabel ?? {}) } }));
  return {
    color: dark ? DARK : LIGHT,
    textStyle: { fontFamily: '"Inter Variable", system-ui, sans-serif', color: text },
    animationDuration: 400,
    grid: { left: 8, right: 12, top: 28, bottom: 6, containLabel: true },
    ...option,
    ...(option.xAxis ? { xAxis: merged(option.xAxis) } : {}),
    ...(option.yAxis ? { yAxis: merged(option.yAxis) } : {}),
    tooltip: { trigger: "axis", confine: true, backgroundColor: dark ? "#272a26" : "#fff", borderColor: line, textStyle: { color: dark ? "#e4e6e1" : "#1d1f1b", fontSize: 12 }, ...(option.tooltip as object) },
    legend: option.legend === undefined ? undefined : { top: 0, right: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: text, fontSize: 12 }, ...(option.legend as object) },
  };
}
