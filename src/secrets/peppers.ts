import type { Db } from '../db/client.ts';
import { UnsealError, WRONG_MASTER_KEY } from '../master-key.ts';
import type { MasterKey } from '../master-key.ts';
import { createPepperRepository } from './pepper-repository.ts';

/** Thrown when a stored pepper cannot be opened with the configured master keys. */
export class PepperError extends Error {
  override name = 'PepperError';
}

/**
 * Gives the master key the peppers of keys that are not configured any more, and stores those of the configured ones, so
 * that the next master key can take them over. Any number of processes may do so at once.
 * @throws PepperError when a stored pepper was sealed under another master key; nothing has been written then
 */
export async function shareStoredPeppers(db: Db, masterKey: MasterKey): Promise<void> {
  const repository = createPepperRepository(db);
  const stored = await repository.list();
  for (const { version, sealedPepper } of stored) {
    masterKey.keepPepper({ version, pepper: openPepper(masterKey, sealedPepper) });
  }
  const missing = masterKey.peppers.filter(({ version }) => !stored.some((row) => row.version === version));
  if (missing.length === 0) return;
  await repository.insertMissing(
    missing.map(({ version, pepper }) => ({ version, sealedPepper: sealPepper(masterKey, pepper) })),
  );
}

function sealPepper(masterKey: MasterKey, pepper: Buffer): string {
  return masterKey.seal('pepper', pepper.toString('base64url'));
}

/**
 * Opens a stored pepper.
 * @throws PepperError when it was sealed under a master key that is not configured
 */
export function openPepper(masterKey: MasterKey, sealed: string): Buffer {
  try {
    return Buffer.from(masterKey.unseal('pepper', sealed), 'base64url');
  } catch (cause) {
    if (!(cause instanceof UnsealError)) throw cause;
    throw new PepperError(WRONG_MASTER_KEY, { cause });
  }
}
