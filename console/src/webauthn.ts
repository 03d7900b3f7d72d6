import type {
  PasskeyAssertion,
  PasskeyAttestation,
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from '../../client/schema.ts';
import { text } from './text/index.ts';

/** Over HTTPS and on this machine, in browsers that know the forms of JSON (WebAuthn Level 3). */
export function canUsePasskeys(): boolean {
  return typeof PublicKeyCredential !== 'undefined' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
}

/** @throws Error whose message is for the person */
export async function createPasskey(options: PasskeyCreationOptions): Promise<PasskeyAttestation> {
  const json = options as unknown as PublicKeyCredentialCreationOptionsJSON;
  return ceremony(() =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json) }),
  ) as Promise<PasskeyAttestation>;
}

/** @throws Error whose message is for the person */
export async function getPasskey(options: PasskeyRequestOptions): Promise<PasskeyAssertion> {
  const json = options as unknown as PublicKeyCredentialRequestOptionsJSON;
  return ceremony(() =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json) }),
  ) as Promise<PasskeyAssertion>;
}

async function ceremony(begin: () => Promise<Credential | null>): Promise<unknown> {
  if (!canUsePasskeys()) throw new Error(text.entry.passkeys.unsupported);
  // One error for “no”, “too late” and “none here”: browsers do not tell pages which (§14.5.1).
  const credential = await begin().catch(() => null);
  if (!(credential instanceof PublicKeyCredential)) throw new Error(text.entry.passkeys.cancelled);
  return credential.toJSON();
}
