import { ActionIcon, Group, Menu, Text } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconDots, IconFileSpreadsheet, IconFileTypeCsv, IconGripVertical, IconListSearch, IconPhoto, IconTable } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useProgramCode } from "@/lib/program";
import type { Cell } from "./drill";
import { download, savePicture } from "./exporting";
import { askedBy, reportsQuery, useToday, type Widget } from "./model";
import { WidgetView } from "./WidgetView";

const BehindDrawer = lazy(async () => ({ default: (await import("./Behind")).BehindDrawer }));

interface Props { widget: Widget; height: number; editing: boolean; edit: () => void; change: (widget: Widget | null) => void }

/** A widget's frame: its title and what can be done with it: opened, taken along, and while editing moved, also without a mouse. */
export function Frame({ widget, height, editing, edit, change }: Props) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const { ref: watched, inViewport } = useInViewport();
  const [wasSeen, setSeen] = useState(false);
  const [cell, setCell] = useState<Cell | null>(null);
  const [asTable, setAsTable] = useState(false);
  if (inViewport && !wasSeen) setSeen(true);
  const name = widget.title || t(widget.report);
  const shown = asTable ? { ...widget, show: "table" as const, rows: 100 } : widget;
  const scrolls = shown.show === "table" || shown.show === "list";
  const takes = editing || widget.show !== "list";
  return (
    <div ref={watched} className="surface" style={{ height: "100%", padding: "12px 16px", display: "flex", flexDirection: "column", overflow: "hidden" }}>
      <Group justify="space-between" wrap="nowrap" gap={4} mb={4}>
        <Group gap={6} wrap="nowrap" miw={0}>
          {editing && <span className="grip" style={{ cursor: "grab", display: "flex" }} aria-hidden><IconGripVertical size={16} /></span>}
          <Text component="h2" size="sm" fw={550} c={widget.show === "figure" ? "dimmed" : undefined} truncate>{name}</Text>
        </Group>
        {takes && <Menu position="bottom-end">
          <Menu.Target><ActionIcon size={26} aria-label={t("What can be done with {{name}}", { name })}><IconDots size={16} /></ActionIcon></Menu.Target>
          <Menu.Dropdown>
            {editing ? <Moving widget={widget} edit={edit} change={change} /> : <Taking widget={widget} name={name} place={place} asTable={asTable} toggle={() => setAsTable(!asTable)} open={() => setCell({ key: null, label: "" })} />}
          </Menu.Dropdown>
        </Menu>}
      </Group>
      <div ref={place} style={{ flex: 1, minHeight: 0, overflow: scrolls ? "auto" : "hidden" }}><WidgetView widget={shown} height={height} seen={wasSeen} open={editing ? undefined : setCell} /></div>
      {cell && <Suspense><BehindDrawer widget={widget} cell={cell} close={() => setCell(null)} /></Suspense>}
    </div>
  );
}

/** Where a widget stands, step by step. */
function Moving({ widget, edit, change }: Pick<Props, "widget" | "edit" | "change">) {
  const { t } = useTranslation();
  const by = (part: Partial<Widget>) => change({ ...widget, ...part });
  return (
    <>
      <Menu.Item onClick={edit}>{t("Edit")}</Menu.Item>
      <Menu.Divider />
      <Menu.Item onClick={() => by({ x: Math.max(0, widget.x - 1) })}>{t("To the left")}</Menu.Item>
      <Menu.Item onClick={() => by({ x: Math.min(12 - widget.w, widget.x + 1) })}>{t("To the right")}</Menu.Item>
      <Menu.Item onClick={() => by({ y: Math.max(0, widget.y - 3) })}>{t("Move up")}</Menu.Item>
      <Menu.Item onClick={() => by({ y: widget.y + 3 })}>{t("Move down")}</Menu.Item>
      <Menu.Item onClick={() => by({ w: Math.min(12 - widget.x, widget.w + 1) })}>{t("Wider")}</Menu.Item>
      <Menu.Item onClick={() => by({ w: Math.max(2, widget.w - 1) })}>{t("Narrower")}</Menu.Item>
      <Menu.Item onClick={() => by({ h: widget.h + 1 })}>{t("Taller")}</Menu.Item>
      <Menu.Item onClick={() => by({ h: Math.max(2, widget.h - 1) })}>{t("Shorter")}</Menu.Item>
      <Menu.Divider />
      <Menu.Item c="var(--mantine-color-error)" onClick={() => change(null)}>{t("Remove")}</Menu.Item>
    </>
  );
}

interface TakingProps { widget: Widget; name: string; place: React.RefObject<HTMLDivElement | null>; asTable: boolean; toggle: () => void; open: () => void }

/** What is behind a widget, and how it is taken along. */
function Taking({ widget, name, place, asTable, toggle, open }: TakingProps) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const drill = useQuery(reportsQuery(program)).data?.find((one) => one.report === widget.report)?.drill_down;
  const query = askedBy(widget, useToday());
  const picture = async () => {
    if (!(await savePicture(place.current, name))) notifications.show({ message: t("There is no picture to save here."), color: "yellow", closeButtonProps: { "aria-label": t("Close") } });
  };
  const saved = (format: "csv" | "xlsx") => ({ component: "a" as const, href: query && download(program, widget.report, query, format), download: true });
  return (
    <>
      {drill && <Menu.Item leftSection={<IconListSearch size={16} />} onClick={open}>{t("The rows behind it")}</Menu.Item>}
      {!["table", "figure", "live"].includes(widget.show) && <Menu.Item leftSection={<IconTable size={16} />} onClick={toggle}>{asTable ? t("As a picture") : t("As a table")}</Menu.Item>}
      <Menu.Item leftSection={<IconFileTypeCsv size={16} />} {...saved("csv")}>CSV</Menu.Item>
      <Menu.Item leftSection={<IconFileSpreadsheet size={16} />} {...saved("xlsx")}>XLSX</Menu.Item>
      {!["table", "figure"].includes(widget.show) && !asTable && <Menu.Item leftSection={<IconPhoto size={16} />} onClick={() => void picture()}>PNG</Menu.Item>}
    </>
  );
}
