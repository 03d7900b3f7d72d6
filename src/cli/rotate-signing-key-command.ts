import { createSigningKeyRepository } from '../tokens/signing-key-repository.ts';
import type { NewestKey } from '../tokens/signing-key-repository.ts';
import { createKeyReports } from '../tokens/key-reports.ts';
import { JWKS_MAX_AGE_SECONDS, KeyRing, REFRESH_INTERVAL_MS } from '../tokens/key-ring.ts';
import { CommandError } from './command-line.ts';
import type { JsonOption, Outcome, Shell } from './command-line.ts';
import { withSession } from './command-session.ts';

/** What its options gave. */
export interface RotateSigningKeyOptions extends JsonOption {
  now?: boolean;
}

/** Makes the key that signs from now on. */
export async function rotateSigningKey(shell: Shell, options: RotateSigningKeyOptions): Promise<Outcome> {
  return withSession(shell, async ({ db, masterKey, log }) => {
    const repository = createSigningKeyRepository(db);
    const ring = new KeyRing({ repository, masterKey, now: Date.now, ...createKeyReports(log) });
    // Makes the first key on a database without one.
    await ring.start();
    ring.stop();
    const isReplaced = options.now === true;
    const kid = isReplaced ? await ring.replaceAll() : await ring.rotate();
    if (kid === null) {
      throw new CommandError('Another process made a new signing key at the same moment, so this one made none');
    }
    const newest = await repository.listNewest();
    const keys = newest.map(({ signsFrom, ...key }) => ({ ...key, signs_from: signsFrom }));
    const signsFrom = newest.find((key) => key.kid === kid)?.signsFrom ?? null;
    return {
      text: isReplaced ? describeReplacement(newest) : describeRotation(newest),
      document: { kid, signs_from: signsFrom, are_old_tokens_refused: isReplaced, keys },
    };
  });
}

function describeRotation(keys: readonly NewestKey[]): string {
  return [
    ...keys.map(
      ({ kid, algorithm, signsFrom }) => `The new ${algorithm} key ${kid} is published and signs from ${signsFrom} on.`,
    ),
    'Until then the old one signs; its tokens stay good until they run out.',
  ].join('\n');
}

function describeReplacement(keys: readonly NewestKey[]): string {
  return [
    ...keys.map(({ kid, algorithm }) => `The new ${algorithm} key ${kid} signs.`),
    `Tokens of the old keys are refused within ${REFRESH_INTERVAL_MS / 1000} s in every process.`,
    'People refresh or log in again, machines ask for a new token. Whoever checks signatures with a kept JWK set goes on',
    `with the old key for up to ${JWKS_MAX_AGE_SECONDS} s and refuses the new one meanwhile.`,
  ].join('\n');
}
