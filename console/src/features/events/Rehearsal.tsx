import { Alert, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconRepeat } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Refusal } from "@/components/Refusal";
import { Status } from "@/components/Status";
import { inProgram, send } from "@/lib/api";
import { usePointTypes, useProgramCode } from "@/lib/program";
import { told } from "@/lib/told";
import type { Entry } from "./Events";
import { Explanation, type Explained } from "./Explanation";

interface Rehearsed { status: string; message: string; evaluation: Explained | null }

/** An event as if it came now: what the rules in force would give for it, beside what it gave. Nothing is written. */
export function Rehearsal({ id, before }: { id: string; before: Entry }) {
  const { t } = useTranslation();
  const program = useProgramCode();
  const types = usePointTypes();
  const found = useQuery({ queryKey: [program, "rehearsal", id], queryFn: () => send<Rehearsed>("POST", inProgram(program, "events", id, "rehearsal")), retry: false, staleTime: Infinity, gcTime: 0 });
  const done = found.data;
  const nameOf = (code: string) => types.find((one) => one.code === code)?.name ?? code;
  const then = Object.entries(before.points).map(([code, amount]) => `${amount} ${nameOf(code)}`).join(", ") || t("nothing");
  return (
    <Stack>
      <Alert color="blue" variant="light" icon={<IconRepeat aria-hidden />} title={t("As if it came now")}>
        <Text size="sm">{t("The same message under the rules in force, for the member as she is now. Nothing is written: what it did stays as it was.")}</Text>
      </Alert>
      {found.error && <Refusal error={found.error} retry={() => void found.refetch()} />}
      {!done && !found.error && <Skeleton h={120} />}
      {done && (
        <>
          <Group gap="xs"><Status value={done.status} />{done.message && <Text size="sm">{told(done.message)}</Text>}</Group>
          <Text size="sm" c="dimmed">{t("When it came, it gave {{points}}.", { points: then })}</Text>
          {done.evaluation && <Explanation explained={done.evaluation} />}
          <Button size="xs" variant="default" leftSection={<IconRepeat size={14} />} loading={found.isFetching} onClick={() => void found.refetch()} style={{ alignSelf: "flex-start" }}>{t("Once more")}</Button>
        </>
      )}
    </Stack>
  );
}
