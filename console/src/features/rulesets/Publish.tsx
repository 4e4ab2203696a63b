import { Alert, Button, Group, Modal, Skeleton, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconRocket } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PublishingPolicy, ToApproval } from "@/features/approval/Waiting";
import { waits } from "@/features/approval/model";
import { Refusal } from "@/components/Refusal";
import { useFocusBack } from "@/components/useFocusBack";
import { useChange } from "@/components/useChange";
import { inProgram, send } from "@/lib/api";
import { instantOf } from "@/lib/fields";
import { useProgram } from "@/lib/program";
import { told } from "@/lib/told";
import { Changes } from "./Changes";
import { draftChangesQuery, type ExampleResult, type Version, versionsQuery } from "./model";
import { StayOut } from "./Obstacles";

/** Publish the draft as a new version: what changes, whether the examples hold, when it takes force and why. */
export function Publish({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const { code: program, zone } = useProgram();
  useFocusBack();
  const versions = useQuery(versionsQuery(program));
  const latest = versions.data?.[0]?.version ?? 0;
  const changes = useQuery({ ...draftChangesQuery(program, latest), enabled: versions.data !== undefined });
  const tests = useQuery({ queryKey: [program, "rules", "test", latest], queryFn: () => send<{ passed: boolean; results: ExampleResult[] }>("POST", inProgram(program, "rules", "test")), staleTime: 0 });
  const [note, setNote] = useState("");
  const [from, setFrom] = useState("");
  const publishing = useChange(
    () => send<Version | { approval: number }>("POST", inProgram(program, "rulesets"), { note, ...(from ? { in_force_from: instantOf(from, zone) } : {}) }, latest ? { "If-Match": `"${latest}"` } : undefined),
    { refresh: [[program, "rules"], [program, "rulesets"], [program, "approvals"]], done: (answer) => (waits(answer) ? t("It waits for approval.") : t("Version {{version}} is published.", { version: answer.version })), then: (answer) => !waits(answer) && close() },
  );
  const failed = tests.data?.results.filter((one) => !one.passed) ?? [];
  const nothing = changes.data?.length === 0;
  if (waits(publishing.data)) {
    return (
      <Modal opened onClose={close} size="lg" title={<Text fw={620} fz="lg">{t("It waits for approval")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
        <Text size="sm">{t("Another person has to approve this version before it takes force. Until then the present one stays; editing the draft makes the request void.")}</Text>
        <ToApproval id={publishing.data.approval} />
        <Group justify="flex-end" mt="md"><Button onClick={close}>{t("Done")}</Button></Group>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={close} size="xl" title={<Text fw={620} fz="lg">{t("Publish the rules")}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack>
        <Text size="sm" c="dimmed">{t("All rules take force together, as one version that never changes. Drafts and archived rules stay out; paused ones rest.")}</Text>
        {changes.error ? <Refusal error={changes.error} /> : changes.data ? (nothing ? <Alert color="gray">{latest ? t("Nothing differs from version {{version}}.", { version: latest }) : t("There is nothing to publish yet: make a rule first.")}</Alert> : <Changes changes={changes.data} />) : <Skeleton h={80} />}
        <StayOut />
        {tests.data && (failed.length ? <Alert color="red" title={t("Examples do not hold")}>{failed.map((one) => <Text key={one.rule + one.name} size="sm">{one.rule}: {one.name} · {told(one.problems[0])}</Text>)}</Alert> : <Text size="sm">{t("All {{all}} examples hold.", { all: tests.data.results.length })}</Text>)}
        <PublishingPolicy />
        <Textarea label={t("Why")} placeholder={t("For those who read the history")} value={note} onChange={(event) => setNote(event.currentTarget.value)} autosize minRows={2} data-autofocus />
        <TextInput type="datetime-local" label={t("In force from")} description={t("At once, when nothing is said; on the clock of {{zone}}", { zone })} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
        <Refusal error={publishing.error} />
        <Group justify="space-between">
          <Button variant="subtle" renderRoot={(props) => <Link to="/$program/rules/simulate" params={{ program }} {...props} />}>{t("Simulate first")}</Button>
          <Group gap="xs">
            <Button variant="default" onClick={close}>{t("Cancel")}</Button>
            <Button leftSection={<IconRocket size={16} />} loading={publishing.isPending} disabled={nothing || failed.length > 0} onClick={() => publishing.mutate(undefined)}>{t("Publish")}</Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}
