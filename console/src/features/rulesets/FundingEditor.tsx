import { ActionIcon, Box, Button, Group, NumberInput, Progress, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Partner, Standing } from "@/features/partners/model";
import { get, inProgram, type PageOf } from "@/lib/api";
import { number, points, words } from "@/lib/format";
import { usePointTypes, useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { searching } from "@/components/searching";
import { told } from "@/lib/told";
import { evenly, paidBy, type Share, withPayer } from "./funding";
import { type Diagnostic, partsQuery } from "./model";

const AgreementForm = lazy(async () => ({ default: (await import("@/features/partners/AgreementForm")).AgreementForm }));

interface Props {
  value: Share[];
  onChange: (shares: Share[] | undefined) => void;
  diagnostics: Diagnostic[];
  /** What somebody else says while nothing is said here: the rule's campaign. */
  otherwise?: string;
}

/** Who pays for what is given: shares in percent, with what each payer has agreed to. */
export function FundingEditor({ value, onChange, diagnostics, otherwise }: Props) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const { permissions } = useSession();
  const partners = useQuery({ queryKey: [program, "partners", "payers"], queryFn: async () => (await get<PageOf<Partner>>(inProgram(program, "partners"), { limit: 200 })).data, enabled: permissions.includes("programs:read"), staleTime: 60_000 }).data ?? [];
  const campaigns = (useQuery(partsQuery(program)).data ?? []).filter((part) => part.kind === "campaign");
  const payers = [
    { group: t("House"), items: [{ value: "house", label: t("The house") }] },
    { group: t("Partners"), items: partners.filter((one) => !one.archived_at || value.some((share) => share.account === `partner:${one.code}`)).map((one) => ({ value: `partner:${one.code}`, label: one.name })) },
    { group: t("Campaigns' own accounts"), items: campaigns.map((one) => ({ value: `campaign:${one.code}`, label: one.name ?? one.code })) },
  ].filter((group) => group.items.length > 0);
  const free = payers.flatMap((group) => group.items).filter((one) => !value.some((share) => share.account === one.value));
  const set = (place: number, part: Partial<Share>) => onChange(value.map((share, at) => (at === place ? { ...share, ...part } : share)));
  const remove = (place: number) => onChange(value.length > 1 ? value.filter((_, at) => at !== place) : undefined);
  const said = diagnostics.filter((one) => one.path === "funding");
  const sum = value.reduce((all, share) => all + Number(share.share), 0);
  return (
    <Stack gap="sm">
      {value.length === 0 && <Text size="sm" c="dimmed">{otherwise ? t("Who pays is said by the campaign {{name}}, else it is the house.", { name: otherwise }) : t("The house pays for everything.")}</Text>}
      {value.map((share, place) => (
        <Box key={place}>
          <Group gap={8} align="flex-start">
            <Select w={{ base: "100%", xs: 240 }} {...searching} aria-label={t("Who pays")} data={payers.map((group) => ({ ...group, items: group.items.filter((one) => one.value === share.account || free.includes(one)) }))} value={share.account} onChange={(account) => account && set(place, { account })} />
            <NumberInput w={110} min={0} max={100} decimalScale={2} suffix=" %" aria-label={t("Share of {{name}}", { name: paidBy(share.account, payers) })} value={Number(share.share)} onChange={(next) => set(place, { share: Number(next) })} />
            <ActionIcon mt={4} aria-label={t("Remove {{value}}", { value: paidBy(share.account, payers) })} onClick={() => remove(place)}><IconTrash size={16} /></ActionIcon>
            {share.account !== "house" && permissions.includes("partners:read") && <Agreed account={share.account} />}
          </Group>
          {diagnostics.filter((one) => one.path.startsWith(`funding[${place}]`)).map((one) => <Text key={one.path} size="xs" c="var(--mantine-color-error)" role="alert">{told(one.message)}</Text>)}
        </Box>
      ))}
      {value.length > 0 && sum !== 100 && <Group gap="xs"><Text size="sm">{t("{{n}} % together", { n: number(sum) })}</Text><Button size="compact-xs" variant="default" onClick={() => onChange(evenly(value))}>{t("Share evenly")}</Button></Group>}
      {said.map((one) => <Text key={one.code} size="xs" c="var(--mantine-color-error)" role="alert">{told(one.message)}</Text>)}
      {free.length > 0 && <Button size="compact-sm" variant="light" style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={14} />} onClick={() => onChange(withPayer(value, free[0]?.value ?? "house"))}>{value.length ? t("Payer") : t("Let others pay")}</Button>}
    </Stack>
  );
}

/** What a payer has agreed to pay for, and how much of it is used; a way to agree where nothing is. */
function Agreed({ account }: { account: string }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const types = usePointTypes();
  const { permissions } = useSession();
  const [agreeing, setAgreeing] = useState(false);
  const key = [program, "funding", "agreements"];
  const found = useQuery({ queryKey: key, queryFn: () => get<Standing[]>(inProgram(program, "funding")), retry: false, staleTime: 30_000 });
  if (!found.data) return null;
  const agreed = found.data.filter((one) => one.agreement.account === account && !one.ended);
  const partner = account.startsWith("partner:") ? account.slice(8) : null;
  return (
    <Box flex="1 1 200px" pt={2}>
      {agreed.length === 0 && <Text size="xs" c="dimmed">{t("No agreement: the points are noted as its share, without a cap, and nothing is billed.")}</Text>}
      {agreed.map((one) => <Caps key={one.agreement.code} one={one} scale={types.find((type) => type.code === one.agreement.point_type)?.scale ?? 0} />)}
      {agreed.length === 0 && partner && permissions.includes("partners:write") && <Button size="compact-xs" variant="subtle" px={0} onClick={() => setAgreeing(true)}>{t("Agree on a cap")}</Button>}
      {agreeing && partner && <Suspense><AgreementForm partner={partner} refresh={[key, [program, "partners"]]} close={() => setAgreeing(false)} /></Suspense>}
    </Box>
  );
}

function Caps({ one, scale }: { one: Standing; scale: number }) {
  const { t } = useTranslation();
  const shown = one.caps.map((cap) => ({ name: t(words(cap.period)), used: cap.used, max: cap.max }));
  const block = one.block ? [{ name: t("Bought ahead"), used: one.block.used, max: one.block.bought }] : [];
  const rows = [...shown, ...block];
  if (rows.length === 0) return <Text size="xs" c="dimmed">{t("Agreement {{code}}, without a cap", { code: one.agreement.code })}</Text>;
  return rows.map((row) => (
    <Box key={row.name} maw={280}>
      <Text size="xs" c="dimmed">{row.name}: {t("{{used}} of {{all}}", { used: points(row.used, scale), all: points(row.max, scale) })}</Text>
      <Progress size="xs" value={row.max ? (row.used / row.max) * 100 : 0} aria-label={`${one.agreement.code} ${row.name}`} />
    </Box>
  ));
}
