import { NumberInput, SegmentedControl, Select, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { searching } from "@/components/searching";
import { FormDrawer } from "@/components/FormDrawer";
import { useDraft } from "@/components/useDraft";
import { usePointTypes, useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { LISTS } from "./first";
import { reportsQuery, TIMES, type Widget } from "./model";
import { WidgetView } from "./WidgetView";

const FRESH: Widget = { id: "", title: "", report: "sales", by: "month", field: "net", show: "bar", days: 90, compare: "", point_type: "", rows: 10, x: 0, y: 0, w: 6, h: 7 };

/** Choose a report, what of it, by what, and how it is shown; with a look at it. */
export default function WidgetForm({ widget, close, put }: { widget: Widget | null; close: () => void; put: (widget: Widget) => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const types = usePointTypes();
  const { permissions } = useSession();
  const reads = permissions.includes("reports:read");
  const lists = Object.entries(LISTS).filter(([, one]) => permissions.includes(one.needs));
  const fresh = reads ? FRESH : { ...FRESH, by: "", field: "", show: "list" as const, report: lists[0]?.[0] ?? "", h: 8 };
  const [form, setForm, draft] = useDraft<Widget>(`widget ${widget?.id ?? "new"}`, widget ?? fresh);
  const reports = useQuery({ ...reportsQuery(program), enabled: reads }).data ?? [];
  const isList = form.show === "list";
  const report = isList ? undefined : reports.find((one) => one.report === form.report);
  const set = (part: Partial<Widget>) => setForm({ ...form, ...part });
  const choose = (code: string | null) => {
    if (code?.startsWith("list ")) set({ report: code.slice(5), by: "", field: "", compare: "", point_type: "", show: "list", w: 6, h: 8 });
    const next = reports.find((one) => one.report === code);
    if (next) set({ report: next.report, by: next.by[0] ?? "", field: next.fields.find((one) => one.kind !== "text")?.name ?? "", title: form.title || "", show: next.report === "retention" ? "heat" : TIMES.includes(next.by[0] ?? "") ? "area" : "bar", point_type: next.point_types ? (types.find((one) => one.kind === "redeemable")?.code ?? "") : "" });
  };
  const named = isList ? t(LISTS[form.report]?.title ?? "") : report ? t(report.title) : "";
  const time = TIMES.includes(form.by);
  return (
    <FormDrawer title={widget ? t("Edit the widget") : t("Add a widget")} opened close={close} submit={() => { draft.forget(); put({ ...form, id: form.id || crypto.randomUUID().slice(0, 8), title: form.title || named }); }} saving={false} draft={draft} yes={widget ? t("Done") : t("Add")}>
      <Select label={t("What it shows")} {...searching} data={[...(reports.length ? [{ group: t("Figures"), items: reports.map((one) => ({ value: one.report, label: t(one.title) })) }] : []), { group: t("What is to be done"), items: lists.map(([code, one]) => ({ value: `list ${code}`, label: t(one.title) })) }]} value={isList ? `list ${form.report}` : form.report} onChange={choose} />
      {report && <Text size="sm" c="dimmed" mt={-8}>{t(report.says)}</Text>}
      {report && <>
      <Select label={t("Figure")} data={report.fields.filter((one) => one.kind !== "text").map((one) => ({ value: one.name, label: t(one.name.replace(/_/g, " ")) }))} value={form.field} onChange={(field) => field && set({ field })} />
      <Select label={t("By")} data={report.by.map((one) => ({ value: one, label: t(one.replace(/_/g, " ")) }))} value={form.by || (report.by[0] ?? null)} onChange={(by) => by && set({ by, ...(by === "point_type" ? { point_type: "" } : {}) })} />
      <div><Text size="sm" fw={500} mb={4}>{t("Shown as")}</Text><SegmentedControl fullWidth aria-label={t("Shown as")} value={form.show} onChange={(show) => set({ show: show as Widget["show"], ...(show === "figure" ? { w: 3, h: 3 } : form.show === "figure" ? { w: 6, h: 7 } : {}) })} data={[{ value: "figure", label: t("figure") }, { value: "bar", label: t("bars") }, ...(time ? [{ value: "line", label: t("line") }, { value: "area", label: t("area") }] : form.report === "retention" ? [{ value: "heat", label: t("heat") }] : [{ value: "pie", label: t("ring") }]), { value: "table", label: t("table") }, ...(form.report === "events" ? [{ value: "live", label: t("live") }] : [])]} /></div>
      {report.dated && <NumberInput label={t("Days back from today")} min={1} max={3660} value={form.days} onChange={(days) => set({ days: Number(days) || 1 })} />}
      {report.dated && <Select label={t("Compare with")} data={[{ value: "", label: t("nothing") }, { value: "previous", label: t("the time before") }, { value: "year", label: t("a year earlier") }]} value={form.compare} onChange={(compare) => set({ compare: (compare ?? "") as Widget["compare"] })} />}
      {report.point_types && types.length > 1 && form.by !== "point_type" && <Select label={t("Point type")} data={types.map((one) => ({ value: one.code, label: one.name }))} value={form.point_type || (types.find((one) => one.kind === "redeemable")?.code ?? null)} onChange={(point_type) => point_type && set({ point_type })} />}
      {!time && <NumberInput label={t("Rows at most")} min={1} max={100} value={form.rows} onChange={(rows) => set({ rows: Number(rows) || 1 })} />}
      </>}
      <TextInput label={t("Title")} value={form.title} placeholder={named} onChange={(event) => set({ title: event.currentTarget.value })} />
      <div className="surface" style={{ padding: 14 }}><WidgetView widget={form} height={200} /></div>
    </FormDrawer>
  );
}
