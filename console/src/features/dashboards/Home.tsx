import "react-grid-layout/css/styles.css";
import { Anchor, Badge, Button, Menu, Select, Stack, Text, TextInput } from "@mantine/core";
import { useElementSize, useMediaQuery } from "@mantine/hooks";
import { IconDots, IconLayoutGridAdd, IconPencil, IconPlus, IconShare } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { GridLayout, type LayoutItem } from "react-grid-layout";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { Page } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { codeOf } from "@/features/rulesets/model";
import { get, inProgram, send } from "@/lib/api";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { useStored } from "@/lib/stored";
import { type Dashboard, firstOf, useLiveFigures, type Widget } from "./model";
import { Frame } from "./Frame";
import { AS_SET, over, RangePicker, type Span } from "./RangePicker";
import { WidgetForm } from "./WidgetForm";

const ROW = 36;
const GAP = 16;
const FRAME = 66;

/** The dashboard: figures and charts over reports, arranged by each person, shared where it helps, and live. */
export default function Home() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const path = inProgram(program.code, "dashboards");
  const found = useQuery({ queryKey: [program.code, "dashboards"], queryFn: async () => (await get<{ data: Dashboard[] }>(path)).data, retry: 1 });
  const [chosen, setChosen] = useStored<string>(`dashboard ${program.code}`, "");
  const [draft, setDraft] = useState<Dashboard | null>(null);
  const [editing, setEditing] = useState<Widget | "new" | null>(null);
  const [span, setSpan] = useStored<Span>(`dashboard span ${program.code}`, AS_SET);
  const { roles } = useSession();
  useLiveFigures();
  const all = found.data ?? [];
  const first: Dashboard = { owner: "", mine: true, code: "home", name: t("Home"), shared: false, revision: 0, widgets: firstOf(roles.map((one) => one.role)).map((one) => ({ ...one, title: t(one.title) })) };
  const current = draft ?? all.find((one) => `${one.owner} ${one.code}` === chosen) ?? all.find((one) => one.mine) ?? first;
  const keep = useChange(
    (board: Dashboard) => send<Dashboard>("PUT", `${path}/${board.code}`, { name: board.name, shared: board.shared, widgets: board.widgets }, board.revision ? { "If-Match": `"${board.revision}"` } : undefined),
    { refresh: [[program.code, "dashboards"]], done: t("The dashboard is saved."), then: (answer) => { setDraft(null); setChosen(`${answer.owner} ${answer.code}`); } },
  );
  const remove = useChange((board: Dashboard) => send("DELETE", `${path}/${board.code}`), { refresh: [[program.code, "dashboards"]], done: t("The dashboard is removed."), toast: true, then: () => setChosen("") });
  const edit = (board: Dashboard) => setDraft(structuredClone(board.mine ? board : { ...board, mine: true, revision: 0, shared: false, code: codeOf(`${board.name} copy`), name: `${board.name} (2)` }));
  const put = (widget: Widget) => {
    if (!draft) return;
    const known = draft.widgets.some((one) => one.id === widget.id);
    const bottom = Math.max(0, ...draft.widgets.map((one) => one.y + one.h));
    setDraft({ ...draft, widgets: known ? draft.widgets.map((one) => (one.id === widget.id ? widget : one)) : [...draft.widgets, { ...widget, x: 0, y: bottom }] });
    setEditing(null);
  };
  return (
    <Page
      title={draft ? t("Edit the dashboard") : current.name}
      actions={
        draft ? (
          <>
            <Button variant="default" leftSection={<IconLayoutGridAdd size={16} />} onClick={() => setEditing("new")}>{t("Add a widget")}</Button>
            <Button variant="default" onClick={() => setDraft(null)}>{t("Cancel")}</Button>
            <Button loading={keep.isPending} onClick={() => keep.mutate(draft)}>{t("Save")}</Button>
          </>
        ) : (
          <>
            <RangePicker span={span} choose={setSpan} />
            {all.length > 1 && <Select w={180} aria-label={t("Dashboard")} data={all.map((one) => ({ value: `${one.owner} ${one.code}`, label: one.mine ? one.name : `${one.name} · ${t("shared")}` }))} value={`${current.owner} ${current.code}`} onChange={(next) => next && setChosen(next)} />}
            <Menu position="bottom-end">
              <Menu.Target><Button variant="default" px="xs" aria-label={t("More")}><IconDots size={18} /></Button></Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => edit(current)}>{current.mine ? t("Edit") : t("Make a copy of my own")}</Menu.Item>
                <Menu.Item leftSection={<IconPlus size={16} />} onClick={() => setDraft({ ...first, revision: 0, code: codeOf(`board ${Date.now().toString(36)}`), name: t("New dashboard"), widgets: [] })}>{t("New dashboard")}</Menu.Item>
                {current.mine && current.revision > 0 && <Menu.Item leftSection={<IconShare size={16} />} onClick={() => keep.mutate({ ...current, shared: !current.shared })}>{current.shared ? t("Stop sharing") : t("Share with everybody here")}</Menu.Item>}
                {current.mine && current.revision > 0 && <Menu.Item c="var(--mantine-color-error)" onClick={async () => (await confirm({ title: t("Remove this dashboard?"), yes: t("Remove"), danger: true })) && remove.mutate(current)}>{t("Remove")}</Menu.Item>}
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      <Refusal error={keep.error} />
      {found.error && <Refusal error={found.error} />}
      {draft && <TextInput label={t("Name")} maw={360} value={draft.name} onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })} />}
      {current.shared && !draft && <Badge color="blue" style={{ alignSelf: "flex-start" }}>{current.mine ? t("Shared with everybody here") : t("Shared with you")}</Badge>}
      {current.widgets.length === 0 && <Text c="dimmed">{t("Nothing on it yet.")} <Anchor component="button" onClick={() => { if (!draft) edit(current); setEditing("new"); }}>{t("Add a widget")}</Anchor></Text>}
      <Board key={draft ? "draft" : current.code} widgets={draft ? current.widgets : current.widgets.map((one) => over(one, span))} editing={draft !== null} change={(widgets) => draft && setDraft({ ...draft, widgets })} edit={setEditing} />
      {editing && draft && <WidgetForm widget={editing === "new" ? null : editing} close={() => setEditing(null)} put={put} />}
    </Page>
  );
}

interface BoardProps { widgets: Widget[]; editing: boolean; change: (widgets: Widget[]) => void; edit: (widget: Widget) => void }

function Board({ widgets, editing, change, edit }: BoardProps) {
  const { ref, width } = useElementSize();
  const narrow = useMediaQuery("(max-width: 62em)") ?? false;
  const layout: LayoutItem[] = widgets.map((one) => ({ i: one.id, x: one.x, y: one.y, w: one.w, h: one.h, minW: 2, minH: 2 }));
  const placed = (next: readonly LayoutItem[]) => {
    const at = new Map(next.map((item) => [item.i, item]));
    const moved = widgets.map((one) => { const item = at.get(one.id); return item ? { ...one, x: item.x, y: item.y, w: item.w, h: item.h } : one; });
    if (JSON.stringify(moved) !== JSON.stringify(widgets)) change(moved);
  };
  const frame = (one: Widget) => <Frame widget={one} height={heightOf(one) - FRAME + 10} editing={editing} edit={() => edit(one)} change={(next) => change(next ? widgets.map((other) => (other.id === one.id ? next : other)) : widgets.filter((other) => other.id !== one.id))} />;
  const inOrder = [...widgets].sort((one, other) => one.y - other.y || one.x - other.x);
  return (
    <div ref={ref} style={{ width: "100%", minWidth: 0 }}>
      {narrow ? (
        <Stack gap={GAP}>{inOrder.map((one) => <div key={one.id} style={{ height: heightOf(one) }}>{frame(one)}</div>)}</Stack>
      ) : width > 0 ? (
        <GridLayout width={width} layout={layout} gridConfig={{ cols: 12, rowHeight: ROW, margin: [GAP, GAP], containerPadding: [0, 0] }} dragConfig={{ enabled: editing, handle: ".grip" }} resizeConfig={{ enabled: editing }} onLayoutChange={(next) => editing && placed(next)}>
          {widgets.map((one) => <div key={one.id}>{frame(one)}</div>)}
        </GridLayout>
      ) : null}
    </div>
  );
}

function heightOf(widget: Widget): number {
  return widget.h * ROW + (widget.h - 1) * GAP;
}
