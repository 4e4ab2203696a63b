import { get, rememberToken, send } from "@/lib/api";
import type { Session } from "@/lib/session";

const PATH = "/api/v1/session";

/** What the API begins a ceremony with: a challenge to send back, and what the browser is called with. */
interface Ceremony {
  challenge: string;
  publicKey: Record<string, unknown>;
}

export interface Passkey {
  id: number;
  name: string;
  created_at: string;
  last_used_at: string | null;
}

/** Whether this browser knows passkeys; only where the page came over https or from this machine. */
export function knowsPasskeys(): boolean {
  return typeof PublicKeyCredential !== "undefined" && "parseCreationOptionsFromJSON" in PublicKeyCredential;
}

export const listPasskeys = () => get<Passkey[]>(`${PATH}/passkeys`);

/** Let a device make a passkey, and give the API its public key. */
export async function addPasskey(name: string): Promise<Passkey[]> {
  const { challenge, publicKey } = await send<Ceremony>("POST", `${PATH}/passkeys/begin`);
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey as unknown as PublicKeyCredentialCreationOptionsJSON);
  const credential = await navigator.credentials.create({ publicKey: options });
  return send<Passkey[]>("POST", `${PATH}/passkeys`, { challenge, credential: answered(credential), name });
}

/** Sign in by a passkey that a device of the person has. */
export async function signInByPasskey(): Promise<Session> {
  const { challenge, publicKey } = await send<Ceremony>("POST", `${PATH}/passkey/begin`);
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey as unknown as PublicKeyCredentialRequestOptionsJSON);
  const credential = await navigator.credentials.get({ publicKey: options });
  const session = await send<Session>("POST", `${PATH}/passkey`, { challenge, credential: answered(credential) });
  rememberToken(session.csrf);
  return session;
}

function answered(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new Error("The device made no passkey.");
  return credential.toJSON();
}

/** Whether somebody closed the browser's dialogue; that is no failure to speak of. */
export function wasCancelled(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");
}
