import type { Db } from '../db/client.ts';
import { UnsealError, WRONG_MASTER_KEY } from '../master-key/master-key.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { createPepperRepository } from './pepper-repository.ts';
import { OperatorError } from '../operator-error.ts';

/** Thrown when a stored pepper cannot be opened with the configured master keys. */
export class PepperError extends OperatorError {
  override name = 'PepperError';
}

/**
 * Gives the master key the peppers of keys that are not configured any more. Writes nothing.
 * @throws PepperError when a stored pepper was sealed under another master key
 */
export async function takeOverPeppers(db: Db, masterKey: MasterKey): Promise<void> {
  for (const { version, sealedPepper } of await createPepperRepository(db).list()) {
    masterKey.keepPepper({ version, pepper: openPepper(masterKey, sealedPepper) });
  }
}

/** Stores the peppers of the configured keys, for the master key that will follow. Any number of processes may do so. */
export async function storePeppers(db: Db, masterKey: MasterKey): Promise<void> {
  const rows = masterKey.peppers.map(({ version, pepper }) => ({
    version,
    sealedPepper: masterKey.seal('pepper', pepper.toString('base64url')),
  }));
  await createPepperRepository(db).insertMissing(rows);
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
