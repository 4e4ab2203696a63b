import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconFingerprint, IconLogin2 } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "@/components/Refusal";
import { useChange } from "@/components/useChange";
import { Problem } from "@/lib/problem";
import { type Session, sessionQuery, signIn, signInToDemo } from "@/lib/session";
import { Entrance } from "./Entrance";
import { Forgotten } from "./Forgotten";
import { waysQuery } from "./model";
import { knowsPasskeys, signInByPasskey, wasCancelled } from "./webauthn";

/** Where a session begins: e-mail and password, a second factor when it is asked for, or one click in the demo. */
export default function SignIn() {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const enter = useEnter();
  const entering = useChange(() => signIn(email, password, code), { then: enter });
  const ways = useQuery(waysQuery).data;
  const { refused: why } = useSearch({ strict: false }) as { refused?: string };
  const turned = why && { provider_refused: t("The provider did not confirm who you are, or nobody here has your e-mail address. Ask whoever invites people here."), provider_unreachable: t("The provider does not answer as OpenID Connect asks; try again or tell your administrator."), unknown_provider: t("This provider is not in use any more; sign in another way."), challenge_spent: t("This took too long or was answered before; begin again.") }[why as "provider_refused"];
  const byKey = useChange(signInByPasskey, { then: enter });
  const demo = useChange(signInToDemo, { then: enter });
  const refused = entering.error instanceof Problem ? entering.error : null;
  const second = refused !== null && /code|factor|totp/.test(refused.code);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    entering.mutate(undefined);
  };
  return (
    <Entrance title={t("Sign in")} about={t("The console of your loyalty program.")}>
      <form onSubmit={submit}>
        <Stack>
          {turned && !entering.error && <Alert color="red" variant="light" role="alert" icon={<IconAlertTriangle aria-hidden />} title={t("That did not work")}>{turned}</Alert>}
          <TextInput label={t("E-mail")} type="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.currentTarget.value)} data-autofocus />
          <PasswordInput label={t("Password")} autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": t("Show the password"), tabIndex: 0 }} />
          {(second || code) && <TextInput label={t("Code of your authenticator")} inputMode="numeric" autoComplete="one-time-code" value={code} onChange={(event) => setCode(event.currentTarget.value)} autoFocus />}
          <Refusal error={entering.error} />
          <Button type="submit" loading={entering.isPending} fullWidth>{t("Sign in")}</Button>
        </Stack>
      </form>
      <Forgotten email={email} />
      <Divider my="lg" label={t("or")} />
      <Stack gap="xs">
        {ways?.providers.map((one) => <Button key={one.code} component="a" href={`/api/v1/session/oidc/${encodeURIComponent(one.code)}`} variant="default" fullWidth leftSection={<IconLogin2 size={16} />}>{t("Sign in with {{name}}", { name: one.name })}</Button>)}
        {knowsPasskeys() && <Button variant="default" fullWidth leftSection={<IconFingerprint size={16} />} loading={byKey.isPending} onClick={() => byKey.mutate(undefined)}>{t("Sign in with a passkey")}</Button>}
        {!wasCancelled(byKey.error) && <Refusal error={byKey.error} />}
        {ways?.demo !== false && <Button variant="default" fullWidth loading={demo.isPending} onClick={() => demo.mutate(undefined)}>{t("Look around in the demo")}</Button>}
        <Refusal error={demo.error} />
      </Stack>
    </Entrance>
  );
}

/** Return what follows a session's beginning: on to where the person wanted to go. */
export function useEnter(): (session: Session) => void {
  const queries = useQueryClient();
  const router = useRouter();
  const { next } = useSearch({ strict: false }) as { next?: string };
  return (session) => {
    queries.setQueryData(sessionQuery.queryKey, session);
    const wanted = next?.startsWith("/") && !next.startsWith("//") ? next.replace(/^\/console/, "") : "/";
    void router.navigate({ to: wanted || "/" });
  };
}
