import { Anchor, Badge, Button, Menu, Select, Text, TextInput } from "@mantine/core";
import { IconCopy, IconDots, IconLayoutGridAdd, IconPencil, IconPlus, IconShare, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { Page } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { codeOf } from "@/features/rulesets/model";
import { get, inProgram, send } from "@/lib/api";
import { words } from "@/lib/format";
import { usePointTypes, useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import { useStored } from "@/lib/stored";
import { Board } from "./Board";
import { firstOf, readable } from "./first";
import { type Dashboard, PROGRAM, useLiveFigures, type Widget } from "./model";
import { AS_SET, over, RangePicker, type Span } from "./RangePicker";

const WidgetForm = lazy(() => import("./WidgetForm"));
const ForRoles = lazy(() => import("./ForRoles"));

/** The dashboard: figures, charts and lists, arranged by each person or for a role, shared where it helps, and live. */
export default function Home() {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const { roles, permissions } = useSession();
  const found = useQuery({ queryKey: [program.code, "dashboards"], queryFn: async () => (await get<{ data: Dashboard[] }>(inProgram(program.code, "dashboards"))).data, retry: 1 });
  const [chosen, setChosen] = useStored<string>(`dashboard ${program.code}`, "");
  const [draft, setDraft] = useStored<Dashboard | null>(`dashboard draft ${program.code}`, null);
  const [editing, setEditing] = useState<Widget | "new" | null>(null);
  const [giving, setGiving] = useState<Dashboard | null>(null);
  const [span, setSpan] = useStored<Span>(`dashboard span ${program.code}`, AS_SET);
  const reads = permissions.includes("reports:read");
  useLiveFigures(reads);
  const spent = usePointTypes().find((one) => one.kind === "redeemable" && !one.archived_at)?.code ?? "";
  const own = roles.map((one) => one.role);
  const usual: Dashboard = { owner: "", mine: true, code: "home", name: t("Home"), shared: false, first_for: [], revision: 0, widgets: firstOf(own, permissions).map((one) => ({ ...one, title: t(one.title), ...(OF_POINTS.has(one.report) ? { point_type: spent } : {}) })) };
  const all = (found.data ?? []).filter((one) => one.mine || readable(one.widgets, permissions).length > 0);
  const mine = all.find((one) => one.mine && one.owner !== PROGRAM);
  const first = mine ?? all.find((one) => one.first_for.some((role) => own.includes(role))) ?? usual;
  const choices = first === usual ? [usual, ...all] : all;
  const current = draft ?? choices.find((one) => keyOf(one) === chosen) ?? first;
  const path = (board: Dashboard) => inProgram(program.code, board.owner === PROGRAM ? "program-dashboards" : "dashboards", board.code);
  const refresh = [[program.code, "dashboards"]];
  const keep = useChange(
    (board: Dashboard) => send<Dashboard>("PUT", path(board), bodyOf(board), board.revision ? { "If-Match": `"${board.revision}"` } : undefined),
    { refresh, done: t("The dashboard is saved."), then: (answer) => { setDraft(null); setChosen(keyOf(answer)); } },
  );
  const remove = useChange((board: Dashboard) => send("DELETE", path(board)), { refresh, done: t("The dashboard is removed."), toast: true, then: () => setChosen("") });
  const copied = (board: Dashboard): Dashboard => ({ ...board, owner: "", mine: true, revision: 0, shared: false, first_for: [], code: codeOf(`${board.name} ${Date.now().toString(36)}`), name: `${board.name} (2)` });
  const edit = (board: Dashboard) => setDraft(structuredClone(board.mine ? board : copied(board)));
  const put = (widget: Widget) => {
    if (!draft) return;
    const known = draft.widgets.some((one) => one.id === widget.id);
    const bottom = Math.max(0, ...draft.widgets.map((one) => one.y + one.h));
    setDraft({ ...draft, widgets: known ? draft.widgets.map((one) => (one.id === widget.id ? widget : one)) : [...draft.widgets, { ...widget, x: 0, y: bottom }] });
    setEditing(null);
  };
  const shown = draft ? draft.widgets : readable(current.widgets, permissions).map((one) => over(one, span));
  const ofProgram = current.owner === PROGRAM;
  return (
    <Page
      title={draft ? t("Edit the dashboard") : current.name}
      actions={
        draft ? (
          <>
            <Button variant="default" leftSection={<IconLayoutGridAdd size={16} />} onClick={() => setEditing("new")}>{t("Add a widget")}</Button>
            <Button variant="default" onClick={() => setDraft(null)}>{t("Cancel")}</Button>
            <Button loading={keep.isPending} disabled={!draft.name.trim()} onClick={() => keep.mutate(draft)}>{t("Save")}</Button>
          </>
        ) : (
          <>
            {reads && <RangePicker span={span} choose={setSpan} />}
            {choices.length > 1 && <Select w={200} aria-label={t("Dashboard")} data={choices.map((one) => ({ value: keyOf(one), label: one.owner === PROGRAM ? `${one.name} · ${program.name}` : one.mine ? one.name : `${one.name} · ${t("shared")}` }))} value={keyOf(current)} onChange={(next) => next && setChosen(next)} />}
            <Menu position="bottom-end">
              <Menu.Target><Button variant="default" px="xs" aria-label={t("More")}><IconDots size={18} /></Button></Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => edit(current)}>{current.mine ? t("Edit") : t("Make a copy of my own")}</Menu.Item>
                {current.mine && current.revision > 0 && <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => setDraft(structuredClone(copied(current)))}>{t("Make a copy of my own")}</Menu.Item>}
                <Menu.Item leftSection={<IconPlus size={16} />} onClick={() => setDraft({ ...usual, code: codeOf(`board ${Date.now().toString(36)}`), name: t("New dashboard"), widgets: [] })}>{t("New dashboard")}</Menu.Item>
                {current.mine && !ofProgram && current.revision > 0 && <Menu.Item leftSection={<IconShare size={16} />} onClick={() => keep.mutate({ ...current, shared: !current.shared })}>{current.shared ? t("Stop sharing") : t("Share with everybody here")}</Menu.Item>}
                {permissions.includes("programs:write") && <Menu.Item leftSection={<IconUsersGroup size={16} />} onClick={() => setGiving(current)}>{ofProgram ? t("Who sees it first") : t("Give it to a role")}</Menu.Item>}
                {current.mine && current.revision > 0 && <Menu.Item c="var(--mantine-color-error)" onClick={async () => (await confirm({ title: t("Remove this dashboard?"), yes: t("Remove"), danger: true })) && remove.mutate(current)}>{t("Remove")}</Menu.Item>}
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      <Refusal error={keep.error} />
      {found.error && <Refusal error={found.error} retry={() => void found.refetch()} />}
      {draft && <TextInput label={t("Name")} maw={360} value={draft.name} onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })} />}
      {ofProgram && !draft && <Badge color="blue" style={{ alignSelf: "flex-start" }}>{current.first_for.length ? t("The program's, for {{roles}}", { roles: current.first_for.map((role) => t(words(role))).join(", ") }) : t("The program's")}</Badge>}
      {current.shared && !ofProgram && !draft && <Badge color="blue" style={{ alignSelf: "flex-start" }}>{current.mine ? t("Shared with everybody here") : t("Shared with you")}</Badge>}
      {shown.length === 0 && <Text c="dimmed">{t("Nothing on it yet.")} <Anchor component="button" onClick={() => { if (!draft) edit(current); setEditing("new"); }}>{t("Add a widget")}</Anchor></Text>}
      {!found.isPending && <Board key={draft ? "draft" : keyOf(current)} widgets={shown} editing={draft !== null} change={(widgets) => draft && setDraft({ ...draft, widgets })} edit={setEditing} />}
      <Suspense>
        {editing && draft && <WidgetForm widget={editing === "new" ? null : editing} close={() => setEditing(null)} put={put} />}
        {giving && <ForRoles board={giving} close={() => setGiving(null)} given={(board) => setChosen(keyOf(board))} />}
      </Suspense>
    </Page>
  );
}

/** Reports that would add points which members spend to points that only count for their tier. */
const OF_POINTS = new Set(["points", "redemption"]);

function keyOf(board: Dashboard): string {
  return `${board.owner} ${board.code}`;
}

/** Return a dashboard as it is sent: a person's own may be shared, the program's says who sees it first. */
function bodyOf({ owner, name, shared, first_for, widgets }: Dashboard) {
  return owner === PROGRAM ? { name, first_for, widgets } : { name, shared, widgets };
}
