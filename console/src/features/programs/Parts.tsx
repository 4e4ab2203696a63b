import { Button, Text } from "@mantine/core";
import { IconPlus, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useConfirm } from "@/components/confirm";
import { type Column, DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { FormDrawer } from "@/components/FormDrawer";
import { May, useMay } from "@/components/May";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useDraft } from "@/components/useDraft";
import { useOpened } from "@/components/useOpened";
import { useNamed } from "@/components/useNamed";
import { codeOf } from "@/features/rulesets/model";
import { absent, getTagged, ifMatch, inProgram, send } from "@/lib/api";
import { atField } from "@/lib/fields";
import { useProgramCode } from "@/lib/program";

interface Part { code: string; name: string; archived_at?: string | null; disabled_at?: string | null }

interface Props<T extends Part, F> {
  title: string;
  about: string;
  newLabel: string;
  /** The last part of the address of the list, and of each one before its code. */
  place: string;
  icon: Icon;
  emptyTitle: string;
  emptyText: string;
  columns: Column<T>[];
  /** The form of a part as it is, or of a new one. */
  form: (part: T | null) => F;
  fields: (form: F, set: (change: Partial<F>) => void, part: T | null, at: (path: string) => string | undefined) => ReactNode;
  body: (form: F) => Record<string, unknown>;
  archive?: string;
  /** What comes below the fields of one that is there; a new one stays open for it. */
  extra?: (part: T) => ReactNode;
}

/** A list of parts of a program with a form at the side: partners, stores, sources, point types. */
export function Parts<T extends Part, F extends { name: string }>(props: Props<T, F>) {
  const { title, about, newLabel, place, icon, emptyTitle, emptyText, columns } = props;
  const { t } = useTranslation();
  const program = useProgramCode();
  const [editing, setEditing] = useOpened<T | "new">(place);
  const found = useNamed<T>([program, place], inProgram(program, place));
  const add = <May needs="programs:write"><Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>{newLabel}</Button></May>;
  return (
    <Page title={title} about={about} actions={add}>
      <Section pad={false}>
        {found.field}
        <DataTable
          label={title}
          columns={[
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Text size="sm" fw={580}>{one.name}</Text><Text size="xs" c="dimmed" className="mono">{one.code}</Text></> },
            ...columns,
            { id: "state", header: t("Status"), cell: (one) => <Status value={one.archived_at ? "archived" : one.disabled_at ? "disabled" : "active"} /> },
          ]}
          rows={found.rows}
          rowKey={(one) => one.code}
          error={found.error}
          retry={found.retry}
          open={setEditing}
          more={found.more}
          empty={found.empty(<Empty icon={icon} title={emptyTitle} action={add}>{emptyText}</Empty>)}
        />
      </Section>
      {editing && <PartForm key={editing === "new" ? "new" : editing.code} {...props} part={editing === "new" ? null : editing} next={setEditing} close={() => setEditing(null)} />}
    </Page>
  );
}

function PartForm<T extends Part, F extends { name: string }>({ part, next, close, newLabel, place, form: begin, fields, body, archive, extra }: Props<T, F> & { part: T | null; next: (made: T) => void; close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const confirm = useConfirm();
  const [form, setForm, draft] = useDraft<F>(`${place} ${part?.code ?? "new"}`, begin(part));
  const code = part?.code ?? codeOf(form.name);
  const path = inProgram(program, place, code);
  const refresh = [[program, place]];
  // The version that was opened: a change of what somebody else changed meanwhile is refused.
  const opened = useQuery({ queryKey: [program, place, code, "version"], enabled: part !== null, queryFn: () => getTagged<T>(path), gcTime: 0, staleTime: Infinity });
  const make = async () => {
    if (!part) await absent(path, t("There is one with the code {{code}} already: give this one another name, or change that one.", { code }));
    return send<T>("PUT", path, body(form), ifMatch(opened.data?.etag));
  };
  const saving = useChange(make, { refresh, done: t("Saved."), draft, then: (made) => (part || !extra ? close() : next(made)) });
  const archiving = useChange(() => send("DELETE", path, undefined, ifMatch(opened.data?.etag)), { refresh, done: t("Done."), toast: true, draft, then: close });
  const may = useMay("programs:write");
  const at = atField(saving.error);
  const gone = part?.archived_at ?? part?.disabled_at;
  return (
    <FormDrawer title={part ? part.name || part.code : newLabel} opened close={close} submit={() => saving.mutate(undefined)} saving={saving.isPending} error={saving.error} draft={draft} needs="programs:write" yes={gone ? t("Bring it back") : undefined} disabled={!form.name.trim() || (part !== null && opened.isPending)}>
      {fields(form, (change) => setForm({ ...form, ...change }), part, at)}
      {form.name.trim() && <Text size="xs" c="dimmed">{t("Its code is")} <span className="mono">{code}</span></Text>}
      {may && part && !gone && extra?.(part)}
      {may && part && !gone && archive && <Button variant="subtle" c="var(--mantine-color-error)" style={{ alignSelf: "flex-start" }} onClick={async () => (await confirm({ title: `${archive}: ${part.name}?`, yes: archive, danger: true })) && archiving.mutate(undefined)}>{archive}</Button>}
    </FormDrawer>
  );
}
