import { createHash } from 'node:crypto';
import type { SecretCredential } from '../http/presented.ts';
import { digestBrought } from '../master-key/twofold-seal.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { isClientId } from '../rules/client-ids.ts';
import { beginsAsOurs } from './secret-format.ts';

/** Hexadecimal digits of the SHA-256 of a secret by which it is found: 128 bits, which nobody hits by chance. */
export const LOOKUP_DIGITS = 32;
/** Characters of a presented secret that is looked for. */
const LENGTH_MIN = 8;
const LENGTH_MAX = 512;

/** By what an imported secret is found: its client, or the stored lookup. */
export type ImportedKey = `client ${string}` | `lookup ${string}`;

/**
 * What imported secrets are found and recognised by. What is stored of that tells nothing to whoever reads the table.
 * @param prefix of the secrets of this deployment
 */
export function createImportedKeys(masterKey: MasterKey, prefix: string) {
  const digest = (use: string, text: string) =>
    digestBrought(masterKey, { secret: text, context: [use] }).toString('base64url');
  const lookupOf = (sha256Prefix: string) => digest('imported-secret-lookup', sha256Prefix.toLowerCase());

  /** None that begins as a secret does: one that was sent in the wrong place is not looked for. */
  const isClient = (clientId: string) => isClientId(clientId) && !beginsAsOurs(prefix, clientId);

  return {
    /** Whether an API client can be imported under it. */
    isClient,

    /** @param sha256Prefix the first {@link LOOKUP_DIGITS} hexadecimal digits of the SHA-256 of the whole secret */
    lookupOf,

    /** @param imported the secret as it was imported */
    digestOf: (imported: string) => digest('imported-secret', imported),

    /** By what a presented secret is looked for that is none of ours; undefined where it can be none at all. */
    keyOf({ secret, clientId }: SecretCredential): ImportedKey | undefined {
      if (secret.length < LENGTH_MIN || secret.length > LENGTH_MAX || secret.includes('\0')) return undefined;
      if (beginsAsOurs(prefix, secret)) return undefined;
      if (clientId !== undefined) return isClient(clientId) ? `client ${clientId}` : undefined;
      const sha256 = createHash('sha256').update(secret, 'utf8').digest('hex');
      return `lookup ${lookupOf(sha256.slice(0, LOOKUP_DIGITS))}`;
    },
  };
}

export type ImportedKeys = ReturnType<typeof createImportedKeys>;
