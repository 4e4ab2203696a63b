import { MultiSelect, TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { tierSetsQuery } from "@/features/tiers/model";
import { get, inProgram, type PageOf } from "@/lib/api";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";
import type { FieldProps } from "./RewardForm";

interface Ladder { code: string; name: string; tiers: { code: string; name: string }[] }

/** Whom a reward is for: members of some tiers, and of some lists. */
export function AudienceFields({ form, set, at }: FieldProps) {
  const { t } = useTranslation();
  const program = useProgram();
  const { permissions } = useSession();
  const sets = useQuery(tierSetsQuery(program.code));
  const lists = useQuery({ queryKey: [program.code, "marketing-lists", "names"], enabled: permissions.includes("campaigns:read"), retry: false, queryFn: () => get<PageOf<{ code: string; name: string }>>(inProgram(program.code, "marketing-lists"), { limit: 100 }) });
  const tiers = (form.tiers ?? {}) as Record<string, string[]>;
  const known: Ladder[] = sets.data ?? [];
  const all: Ladder[] = [...known, ...Object.keys(tiers).filter((code) => sets.data && !known.some((one) => one.code === code)).map((code) => ({ code, name: code, tiers: (tiers[code] ?? []).map((tier) => ({ code: tier, name: tier })) }))];
  const choose = (code: string, chosen: string[]) => {
    const { [code]: _before, ...others } = tiers;
    set({ tiers: chosen.length ? { ...others, [code]: chosen } : others });
  };
  return (
    <>
      {all.map((one) => (
        <MultiSelect key={one.code} label={t("Tiers of {{name}}", { name: one.name || one.code })} description={t("Members of one of these; everybody, when nothing is said")} clearable clearButtonProps={{ "aria-label": t("Clear") }} data={one.tiers.map((tier) => ({ value: tier.code, label: tier.name || tier.code }))} value={tiers[one.code] ?? []} error={at(`tiers.${one.code}`) ?? at("tiers")} onChange={(chosen) => choose(one.code, chosen)} />
      ))}
      <TagsInput label={t("Lists of members")} description={t("Members of one of these; everybody, when nothing is said")} data={lists.data?.data.map((one) => one.code) ?? []} value={form.lists ?? []} error={at("lists")} onChange={(chosen) => set({ lists: chosen })} />
    </>
  );
}
