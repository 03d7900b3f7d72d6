import { readConfig } from '../settings/config.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { MasterKey } from '../master-key/master-key.ts';
import { requireMasterKey } from '../master-key/key-check.ts';
import type { Outcome, Shell } from './command-line.ts';
import { createLog, withDatabase } from './command-session.ts';

/** Brings the database to the schema of this release. */
export async function migrate({ env, unread, signal, stderr }: Shell): Promise<Outcome> {
  // Nothing is sealed or hashed here, so the master key is only needed to notice a wrong one.
  const config = readConfig(env, { unread, isMasterKeyRequired: false });
  const { masterKeys } = config;
  const { applied } = await withDatabase(
    { config, log: await createLog(config.logLevel, stderr), signal },
    async (databaseUrl) => {
      if (masterKeys !== undefined) await requireMasterKey(databaseUrl, new MasterKey(masterKeys));
      return migrateDatabase(databaseUrl);
    },
  );
  return {
    text: applied === 0 ? 'The schema is up to date' : `The schema is up to date: ${applied} migrations applied`,
    document: { applied },
  };
}
