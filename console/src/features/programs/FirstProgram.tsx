import { Button, Center, Paper, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { searching } from "@/components/searching";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { codeOf } from "@/features/rulesets/model";
import { send } from "@/lib/api";
import { sessionQuery, useSession } from "@/lib/session";

const CURRENCIES = ["EUR", "USD", "GBP", "CNY", "JPY", "CHF", "AUD", "CAD", "SEK", "PLN", "INR", "BRL"];

/** Make a program: the first one, or another beside it. */
export default function FirstProgram() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const first = useSession().programs.length === 0;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const [form, setForm] = useState({ name: "", currency: "EUR", zone, region: (navigator.language.split("-")[1] ?? "DE").toUpperCase() });
  const code = codeOf(form.name);
  const making = useChange(() => send("POST", "/api/v1/programs", { code, ...form, name: form.name.trim() }), {
    then: async () => {
      await queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
      await navigate({ to: "/$program", params: { program: code } });
    },
  });
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper className="surface" p="xl" maw={440} w="100%">
        <Title order={1}>{first ? t("Your first program") : t("New program")}</Title>
        <Text c="dimmed" size="sm" mb="md">{t("A program has members, points, rules and tiers of its own. Further ones can stand beside it.")}</Text>
        <form onSubmit={(event: FormEvent) => { event.preventDefault(); making.mutate(undefined); }}>
          <Stack>
            <TextInput label={t("Name")} required value={form.name} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
            <Select label={t("Currency")} description={t("Fixed once the program is made")} {...searching} data={CURRENCIES} value={form.currency} onChange={(currency) => currency && setForm({ ...form, currency })} />
            <Select label={t("Time zone")} {...searching} data={Intl.supportedValuesOf("timeZone")} value={form.zone} onChange={(next) => next && setForm({ ...form, zone: next })} />
            <TextInput label={t("Country of telephone numbers without a code")} maxLength={2} value={form.region} onChange={(event) => setForm({ ...form, region: event.currentTarget.value.toUpperCase() })} />
            <Refusal error={making.error} />
            <Button type="submit" loading={making.isPending} disabled={!form.name.trim()}>{t("Make the program")}</Button>
            {!first && <Button variant="default" onClick={() => window.history.back()}>{t("Cancel")}</Button>}
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
