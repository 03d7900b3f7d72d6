import type { Db } from '../db/client.ts';
import { WrongMasterKeyError } from '../master-key/master-key.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { vitalPlaces } from '../master-key/sealed-places.ts';
import { createSealedRepository } from '../master-key/sealed-repository.ts';
import type { SealedRow } from '../master-key/sealed-repository.ts';
import type { SigningAlgorithm } from '../rules/signing-algorithms.ts';
import { takeOverPeppers } from '../secrets/peppers.ts';
import { describeForeignKeys } from '../tokens/key-reports.ts';
import { inspectSigningKey } from '../tokens/signing-key.ts';
import { listSigningKeys } from '../tokens/signing-key-repository.ts';
import type { Verdict } from './doctor-rules.ts';

/**
 * Looks at all that is sealed for good, and gives the master key the stored peppers.
 * @throws WrongMasterKeyError, or PepperError when a pepper was changed
 */
export async function judgeStoredKeys(
  db: Pick<Db, 'select' | 'execute'>,
  masterKey: MasterKey,
  accessTokenAlgorithm: SigningAlgorithm,
): Promise<Verdict> {
  const rows: SealedRow[] = [];
  for (const place of vitalPlaces) rows.push(...(await createSealedRepository(db, place).list()));
  if (rows.some(({ sealed }) => masterKey.isForeign(sealed))) throw new WrongMasterKeyError();
  await takeOverPeppers(db, masterKey);
  const foreign = await listForeignKeys(db, masterKey);
  if (foreign !== undefined) return { status: 'fail', what: foreign };
  if (rows.some(({ sealed }) => !sealed.startsWith(masterKey.currentSeal))) {
    const what = 'some are under an old master key: run latchkey rotate-master-key before you take that key away';
    return { status: 'warn', what };
  }
  const active = (await listSigningKeys(db)).filter(({ isActive }) => isActive).map(({ algorithm }) => algorithm);
  if (!active.includes('RS256')) {
    return { status: 'warn', what: 'there is no signing key yet: the first start of the service makes it' };
  }
  if (!active.includes(accessTokenAlgorithm)) {
    const what = `no ${accessTokenAlgorithm} key signs yet: RS256 does until six minutes after a start has made one`;
    return { status: 'warn', what };
  }
  return { status: 'ok', what: `the master key opens all ${rows.length} stored ones` };
}

/** In words, the signing keys that somebody without the master key put there or changed; undefined when there are none. */
async function listForeignKeys(db: Pick<Db, 'execute'>, masterKey: MasterKey): Promise<string | undefined> {
  const foreign = [];
  for (const row of await listSigningKeys(db)) {
    const { fault } = await inspectSigningKey(masterKey, row);
    if (fault !== undefined) foreign.push({ kid: row.kid, fault });
  }
  if (foreign.length === 0) return undefined;
  const { kids, faults, count } = describeForeignKeys(foreign);
  return (
    `rows of signing_keys or access_token_keys were written or changed by somebody without the master key, ${count} in all ` +
    `(${faults.join(', ')}: ${kids.map((kid) => JSON.stringify(kid)).join(', ')}): the service does not use what they ` +
    'claim; find out who can write the database, then delete those rows or restore them from a backup'
  );
}
