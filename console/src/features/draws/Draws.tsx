import { Button, Code, Drawer, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconConfetti, IconPlus } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type * as Api from "@/api/types.gen";
import { useConfirm } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { May, useMay } from "@/components/May";
import { MemberLink } from "@/components/MemberLink";
import { Page, Section } from "@/components/Page";
import { Refusal } from "@/components/Refusal";
import { Copy } from "@/components/Secret";
import { Status } from "@/components/Status";
import { useChange } from "@/components/useChange";
import { useOpened } from "@/components/useOpened";
import { usePages } from "@/components/usePages";
import { inProgram, send } from "@/lib/api";
import { moment, number, words } from "@/lib/format";
import { useProgram } from "@/lib/program";
import { DrawForm } from "./DrawForm";

export type Draw = Api.ListDrawsResponse["data"][number];
type Prize = Api.ListPrizesResponse["data"][number];

/** Draws and instant wins: opened with a commitment, closed, and revealed so that everybody can check them. */
export default function Draws() {
  const { t } = useTranslation();
  const program = useProgram();
  const [making, setMaking] = useOpened<Draw | "new">("draw");
  const { draw: linked } = useSearch({ strict: false }) as { draw?: string };
  const [shown, setShown] = useState<string | null>(linked ?? null);
  const found = usePages<Draw>([program.code, "draws"], inProgram(program.code, "draws"), { limit: 50 });
  const open = found.rows?.find((one) => one.code === shown);
  return (
    <Page title={t("Draws")} about={t("Prizes drawn by lot: the commitment is published when a draw opens, so that everybody can check what is revealed.")} actions={<May needs="draws:write"><Button leftSection={<IconPlus size={16} />} onClick={() => setMaking("new")}>{t("New draw")}</Button></May>}>
      <Section pad={false}>
        <DataTable
          label={t("Draws")}
          columns={[
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Text size="sm" fw={580}>{one.name}</Text><Text size="xs" c="dimmed" className="mono">{one.code}</Text></> },
            { id: "kind", header: t("Kind"), cell: (one) => t(words(one.kind ?? "draw")) },
            { id: "prizes", header: t("Prizes"), end: true, cell: (one) => number(one.prizes.reduce((sum, prize) => sum + prize.quantity, 0)) },
            { id: "status", header: t("Status"), value: (one) => one.status, cell: (one) => <Status value={one.status} /> },
            { id: "opened", header: t("Opened"), cell: (one) => (one.opened_at ? moment(one.opened_at, program.zone) : "–") },
            { id: "do", header: t("Details"), cell: (one) => <Button size="compact-xs" variant="default" aria-label={t("Open {{id}}", { id: one.code })} onClick={() => setShown(one.code)}>{t("Details")}</Button> },
          ]}
          rows={found.rows}
          rowKey={(one) => one.code}
          error={found.error}
          retry={found.retry}
          open={(one) => setShown(one.code)}
          more={found.more}
          empty={<Empty icon={IconConfetti} title={t("No draws yet")} action={<May needs="draws:write"><Button onClick={() => setMaking("new")}>{t("New draw")}</Button></May>}>{t("Members enter with tickets, or win at once at secret places.")}</Empty>}
        />
      </Section>
      {open && making === null && <DrawDrawer draw={open} close={() => setShown(null)} edit={() => setMaking(open)} />}
      {making && <DrawForm draw={making === "new" ? null : making} close={() => setMaking(null)} />}
    </Page>
  );
}

function DrawDrawer({ draw, close, edit }: { draw: Draw; close: () => void; edit: () => void }) {
  const { t } = useTranslation();
  const program = useProgram();
  const confirm = useConfirm();
  const path = inProgram(program.code, "draws", draw.code);
  const [value, setValue] = useState("");
  const runs = useMay("draws:run");
  const step = useChange(({ to, body }: { to: string; body?: unknown }) => send("POST", `${path}/${to}`, body), { refresh: [[program.code, "draws"], [program.code, "draw", draw.code]], done: t("Done.") });
  const archive = useChange(() => send("DELETE", path), { refresh: [[program.code, "draws"]], done: t("The draw is archived."), toast: true, then: close });
  const won = usePages<Prize>([program.code, "draw", draw.code, "prizes"], `${path}/prizes`, { limit: 50 }, draw.status === "revealed");
  const take = async (to: "open" | "reveal", title: string, body: string, yes: string) => (await confirm({ title, body, yes })) && step.mutate({ to });
  const proof: [string, string | null | undefined][] = [[t("Commitment"), draw.commitment], [t("Digest of the entries"), draw.entries_digest], [t("Public value"), draw.public_value || draw.public_value_says], [t("Seed"), draw.seed]];
  return (
    <Drawer opened onClose={close} size="lg" title={<Text fw={620} fz="lg">{draw.name}</Text>} closeButtonProps={{ "aria-label": t("Close") }}>
      <Stack>
        <Group gap="xs"><Status value={draw.status} /><span className="mono">{draw.code}</span></Group>
        {draw.prizes.map((prize) => <Text key={prize.code} size="sm">{number(prize.quantity)} × {prize.name}{prize.voucher && ` · ${prize.voucher}`}{prize.points && ` · ${number(prize.points)} ${prize.point_type ?? t("points")}`}</Text>)}
        {proof.map(([name, said]) => said && <div key={name}><Group gap={6}><Text size="xs" c="dimmed">{name}</Text><Copy value={said} label={t("Copy {{what}}", { what: name })} /></Group><Code block tabIndex={0} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{said}</Code></div>)}
        {draw.commitment && <Text size="sm"><a href={`${path}/published`} target="_blank" rel="noreferrer">{t("What is published")}</a></Text>}
        {draw.status === "open" && runs && <TextInput label={t("Public value")} description={draw.public_value_says || t("What was announced, now that everybody knows it")} value={value} onChange={(event) => setValue(event.currentTarget.value)} />}
        <Refusal error={step.error} />
        <Group gap="xs">
          <May needs="draws:run">{draw.status === "draft" && <Button loading={step.isPending} onClick={() => void take("open", t("Open {{name}}?", { name: draw.name }), t("Its commitment is published; prizes and rules stay as they are from then on."), t("Open"))}>{t("Open")}</Button>}</May>
          {draw.status === "draft" && <May needs="draws:write"><Button variant="default" onClick={edit}>{t("Edit")}</Button></May>}
          <May needs="draws:run">{draw.status === "open" && <Button loading={step.isPending} onClick={async () => (await confirm({ title: t("Close {{name}}?", { name: draw.name }), body: t("No more entries are taken."), yes: t("Close it") })) && step.mutate({ to: "close", body: { public_value: value } })}>{t("Close it")}</Button>}
          {draw.status === "closed" && <Button loading={step.isPending} onClick={() => void take("reveal", t("Reveal {{name}}?", { name: draw.name }), t("The seed is published and the winners get their prizes."), t("Reveal"))}>{t("Reveal")}</Button>}</May>
          {draw.status !== "archived" && <May needs="draws:write"><Button variant="default" loading={archive.isPending} onClick={async () => (await confirm({ title: t("Archive {{name}}?", { name: draw.name }), yes: t("Archive"), danger: true })) && archive.mutate(undefined)}>{t("Archive")}</Button></May>}
        </Group>
        {draw.status === "revealed" && <DataTable label={t("Prizes")} columns={[{ id: "prize", header: t("Prize"), cell: (one) => one.prize }, { id: "member", header: t("Member"), cell: (one) => (one.member ? <MemberLink id={one.member} /> : "–") }, { id: "entry", header: t("Entry"), end: true, cell: (one) => one.entry ?? "–" }, { id: "given", header: t("Given"), cell: (one) => (one.delivered ? t("yes") : t("not yet")) }]} rows={won.rows} rowKey={(one) => String(one.number)} error={won.error} more={won.more} />}
      </Stack>
    </Drawer>
  );
}
