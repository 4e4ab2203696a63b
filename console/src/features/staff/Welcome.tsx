import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useLocation, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { Problem } from "@/lib/problem";
import { signInOnce } from "@/lib/session";
import { Entrance } from "./Entrance";
import { waysQuery, wrongAt } from "./model";
import { useEnter } from "./SignIn";

/** Where a one-time link leads: the person says who they are and chooses a password. */
export default function Welcome() {
  const { t } = useTranslation();
  const { token = "" } = useSearch({ strict: false }) as { token?: string };
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  // The very first person says by which address she signs in; others were invited under theirs.
  const first = useQuery(waysQuery).data?.first_start ?? false;
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const again = useLocation().pathname.endsWith("/reset");
  const enter = useEnter();
  const entering = useChange(() => signInOnce(token, name.trim(), password, code.trim(), first ? email.trim() : undefined), { then: enter });
  const second = entering.error instanceof Problem && /factor|code/.test(entering.error.code);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    entering.mutate(undefined);
  };
  if (!token) {
    return (
      <Entrance title={t("This link is not whole")} about={t("Copy all of it, or ask for a new one: “regulars staff link” prints it.")}>
        <Button component="a" href="/console/sign-in" variant="default" fullWidth>{t("To the sign-in")}</Button>
      </Entrance>
    );
  }
  return (
    <Entrance title={again ? t("A new password") : t("Welcome")} about={t("This link works once. Choose how you will sign in from now on.")}>
      <form onSubmit={submit}>
        <Stack>
          {!again && <TextInput label={t("Your name")} autoComplete="name" value={name} onChange={(event) => setName(event.currentTarget.value)} error={wrongAt(entering.error, "name")} required />}
          {first && <TextInput label={t("E-mail")} description={t("You sign in with it from now on.")} type="email" autoComplete="username" value={email} onChange={(event) => setEmail(event.currentTarget.value)} error={wrongAt(entering.error, "email")} required />}
          <PasswordInput label={t("New password")} description={t("At least 12 characters; a few words are good.")} autoComplete="new-password" minLength={12} required value={password} error={wrongAt(entering.error, "password")} onChange={(event) => setPassword(event.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": t("Show the password"), tabIndex: 0 }} />
          {(second || code) && <TextInput label={t("Code of your authenticator")} inputMode="numeric" autoComplete="one-time-code" value={code} error={wrongAt(entering.error, "code")} onChange={(event) => setCode(event.currentTarget.value)} autoFocus />}
          <Refusal error={entering.error} />
          <Button type="submit" loading={entering.isPending} fullWidth>{t("Begin")}</Button>
          <Text size="xs" c="dimmed">{t("You can add a passkey or an authenticator later.")}</Text>
        </Stack>
      </form>
    </Entrance>
  );
}
