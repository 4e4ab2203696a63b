import { ActionIcon, Button, Group, Input, Paper, Select, Stack } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { get, inProgram, type PageOf } from "@/lib/api";
import { words } from "@/lib/format";
import { useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { type Assigned, rolesQuery, wrongAt } from "./model";

interface Props {
  roles: Assigned[];
  set: (roles: Assigned[]) => void;
  /** Roles of the installation may be given; otherwise those of the program at hand alone. */
  everywhere: boolean;
  error: unknown;
}

/** What somebody may do, and where: in all programs, in one, or for one partner or region of it. */
export function RolesEditor({ roles, set, everywhere, error }: Props) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const change = (at: number, next: Partial<Assigned>) => set(roles.map((one, place) => (place === at ? { ...one, ...next } : one)));
  return (
    <Input.Wrapper labelElement="div" label={t("Roles")} error={wrongAt(error, "roles") && !roles.some((_, at) => wrongAt(error, `roles[${at}]`)) ? wrongAt(error, "roles") : undefined}>
      <Stack gap="xs" mt={4}>
        {roles.map((role, at) => (
          <RoleRow key={at} role={role} place={at + 1} everywhere={everywhere} change={(next) => change(at, next)} remove={() => set(roles.filter((_, other) => other !== at))} error={wrongAt(error, `roles[${at}]`)} />
        ))}
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={() => set([...roles, { role: "analyst", program, partner: null, region: null }])} style={{ alignSelf: "start" }}>{t("Add a role")}</Button>
      </Stack>
    </Input.Wrapper>
  );
}

function RoleRow({ role, place, everywhere, change, remove, error }: { role: Assigned; place: number; everywhere: boolean; change: (next: Partial<Assigned>) => void; remove: () => void; error?: string }) {
  const { t } = useTranslation();
  const { programs } = useSession();
  const meanings = useQuery(rolesQuery).data ?? [];
  const parts = useQuery({ queryKey: [role.program, "staff", "parts"], enabled: role.program !== null, queryFn: () => partsOf(role.program ?? ""), staleTime: 60_000, retry: false }).data;
  const meaning = meanings.find((one) => one.role === role.role);
  const where = role.partner ? `partner:${role.partner}` : role.region ? `region:${role.region}` : "";
  const known = (kind: "partner" | "region", value: string | null, found: { value: string; label: string }[] = []) => (value && !found.some((one) => one.value === `${kind}:${value}`) ? [...found, { value: `${kind}:${value}`, label: value }] : found);
  const choose = (value: string | null) => {
    const [kind, code = ""] = (value ?? "").split(/:(.*)/s);
    change({ partner: kind === "partner" ? code : null, region: kind === "region" ? code : null });
  };
  return (
    <Paper withBorder p="xs">
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <Select label={t("Role")} style={{ flex: 1 }} size="xs" allowDeselect={false} data={(meanings.length ? meanings.map((one) => one.role) : [role.role]).filter((code) => everywhere || code !== "platform_admin").map((code) => ({ value: code, label: t(words(code)) }))} value={role.role} onChange={(code) => code && change({ role: code, ...(code === "platform_admin" ? { program: null, partner: null, region: null } : {}) })} />
        <ActionIcon size={30} color="red.9" onClick={remove} aria-label={t("Remove role {{n}}", { n: place })}><IconTrash size={15} /></ActionIcon>
      </Group>
      <Group gap="xs" mt={6} grow align="flex-start">
        {everywhere && <Select label={t("Program")} size="xs" allowDeselect={false} disabled={role.role === "platform_admin"} data={[{ value: "", label: t("All programs") }, ...programs.map((one) => ({ value: one.code, label: one.name }))]} value={role.program ?? ""} onChange={(code) => change({ program: code || null, partner: null, region: null })} />}
        <Select label={t("Only for")} size="xs" allowDeselect={false} disabled={role.program === null} data={[{ value: "", label: t("the whole program") }, { group: t("Partners"), items: known("partner", role.partner, parts?.partners) }, { group: t("Regions"), items: known("region", role.region, parts?.regions) }]} value={where} onChange={choose} />
      </Group>
      {meaning && <Input.Description mt={6}>{t(meaning.title)}</Input.Description>}
      {error && <Input.Error mt={6}>{error}</Input.Error>}
    </Paper>
  );
}

async function partsOf(program: string) {
  const [partners, stores] = await Promise.all([
    get<PageOf<{ code: string; name: string }>>(inProgram(program, "partners"), { limit: 100 }),
    get<PageOf<{ region?: string | null }>>(inProgram(program, "stores"), { limit: 100 }),
  ]);
  const regions = [...new Set(stores.data.map((one) => one.region).filter((one): one is string => Boolean(one)))].sort();
  return {
    partners: partners.data.map((one) => ({ value: `partner:${one.code}`, label: one.name })),
    regions: regions.map((one) => ({ value: `region:${one}`, label: one })),
  };
}
