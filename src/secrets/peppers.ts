import type { Db } from '../db/client.ts';
import { UnsealError, WrongMasterKeyError } from '../master-key/master-key.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { OperatorError } from '../operator-error.ts';
import { createPepperRepository, listPeppers } from './pepper-repository.ts';

/** Thrown when a stored pepper is not what this deployment has stored. */
export class PepperError extends OperatorError {
  override name = 'PepperError';
}

/**
 * Gives the master key the peppers of keys that are not configured any more. Writes nothing.
 * @throws WrongMasterKeyError when a stored pepper was sealed under a master key that is not configured
 * @throws PepperError when one was changed since
 */
export async function takeOverPeppers(db: Pick<Db, 'select'>, masterKey: MasterKey): Promise<void> {
  for (const { version, sealedPepper } of await listPeppers(db)) {
    masterKey.keepPepper({ version, pepper: openPepper(masterKey, sealedPepper) });
  }
}

/**
 * Stores the peppers of the configured keys, for the master key that will follow, and takes over what is there then. Any
 * number of processes may do so.
 */
export async function storePeppers(db: Db, masterKey: MasterKey): Promise<void> {
  const rows = masterKey.peppers.map(({ version, pepper }) => ({
    version,
    sealedPepper: masterKey.seal('pepper', pepper.toString('base64url')),
  }));
  await createPepperRepository(db).insertMissing(rows);
  await takeOverPeppers(db, masterKey);
}

/**
 * Opens a stored pepper.
 * @throws WrongMasterKeyError when it was sealed under a master key that is not configured
 * @throws PepperError when it was changed since
 */
export function openPepper(masterKey: MasterKey, sealed: string): Buffer {
  if (masterKey.isForeign(sealed)) throw new WrongMasterKeyError();
  try {
    return Buffer.from(masterKey.unseal('pepper', sealed), 'base64url');
  } catch (cause) {
    if (!(cause instanceof UnsealError)) throw cause;
    throw new PepperError('A row of peppers was changed by somebody without the master key: restore it from a backup', {
      cause,
    });
  }
}
