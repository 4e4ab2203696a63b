import { Box, Group, Loader, Modal, ScrollArea, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconListDetails, IconSearch, IconUser, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { memberName, type Member } from "@/features/members/model";
import { get, inProgram, type PageOf } from "@/lib/api";
import { words } from "@/lib/format";
import { useOwnPartner, useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { placesFor } from "./navigation";

interface Hit {
  key: string;
  label: string;
  note: string;
  icon: Icon;
  go: () => void;
}

/** Pages, rules and members by a few letters; arrows choose, Enter opens. */
export default function Palette({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const navigate = useNavigate();
  const { permissions } = useSession();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [asked] = useDebouncedValue(query.trim(), 180);
  const partner = useOwnPartner();
  const rules = useQuery({
    enabled: !partner && permissions.includes("rules:read"),
    queryKey: [program, "rules", "all"],
    queryFn: async () => (await get<PageOf<{ code: string; name?: string }>>(inProgram(program, "rules"), { limit: 200 })).data,
  });
  const members = useQuery({
    queryKey: [program, "members", "palette", asked],
    enabled: asked.length > 1 && !partner && permissions.includes("members:read"),
    queryFn: async ({ signal }) => (await get<PageOf<Member>>(inProgram(program, "members"), { q: asked, limit: 6 }, signal)).data,
  });
  const wanted = query.trim().toLowerCase();
  const matches = (...texts: (string | undefined)[]) => texts.some((text) => text?.toLowerCase().includes(wanted));
  const open = (to: string, params: Record<string, string> = {}) => () => {
    close();
    void navigate({ to, params: { program, ...params } } as never);
  };
  const hits: Hit[] = [
    ...placesFor(permissions, partner).flatMap((group) => group.places)
      .filter((place) => matches(t(place.label), place.label, place.words))
      .map((place) => ({ key: place.to, label: t(place.label), note: t("Page"), icon: place.icon, go: open(place.to) })),
    ...(wanted ? (rules.data ?? []) : [])
      .filter((rule) => matches(rule.name, rule.code))
      .slice(0, 6)
      .map((rule) => ({ key: `rule ${rule.code}`, label: rule.name ?? words(rule.code), note: t("Rule"), icon: IconListDetails, go: open("/$program/rules/edit/$rule", { rule: rule.code }) })),
    ...(members.data ?? []).map((member) => ({ key: member.id, label: memberName(member), note: t("Member"), icon: IconUser, go: open("/$program/members/$member", { member: member.id }) })),
  ];
  const chosen = Math.min(at, hits.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setAt((chosen + (event.key === "ArrowDown" ? 1 : -1) + hits.length) % Math.max(1, hits.length));
    }
    if (event.key === "Enter") hits[chosen]?.go();
  };
  return (
    <Modal opened onClose={close} withCloseButton={false} padding={0} yOffset="12vh" centered={false} size={560} title={undefined} aria-label={t("Search or go to")}>
      <TextInput data-autofocus value={query} onChange={(event) => { setQuery(event.currentTarget.value); setAt(0); }} onKeyDown={onKeyDown} placeholder={partner ? t("A page") : t("A page, a rule, a member's name, e-mail or number")} aria-label={t("Search or go to")} size="lg" variant="unstyled" px="md" leftSection={members.isFetching ? <Loader size={16} /> : <IconSearch size={18} />} role="combobox" aria-expanded aria-controls="palette" aria-activedescendant={hits[chosen] ? `hit-${chosen}` : undefined} />
      <ScrollArea.Autosize mah={380} style={{ borderTop: "1px solid var(--regulars-line)" }}>
        <Box id="palette" role="listbox" aria-label={t("Found")} p={6}>
          {hits.map((hit, index) => (
            <UnstyledButton key={hit.key} id={`hit-${index}`} role="option" aria-selected={index === chosen} tabIndex={-1} onClick={hit.go} onMouseMove={() => setAt(index)} w="100%" px="sm" py={8} style={{ borderRadius: 8, background: index === chosen ? "light-dark(#eff4f0, #2a302b)" : undefined }}>
              <Group gap="sm" wrap="nowrap">
                <hit.icon size={17} stroke={1.7} aria-hidden />
                <Text size="sm" truncate style={{ flex: 1 }}>{hit.label}</Text>
                <Text size="xs" c="dimmed">{hit.note}</Text>
              </Group>
            </UnstyledButton>
          ))}
        </Box>
        {hits.length === 0 && <Text c="dimmed" size="sm" p="lg" ta="center">{t("Nothing by that name.")}</Text>}
      </ScrollArea.Autosize>
    </Modal>
  );
}
