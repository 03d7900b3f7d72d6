import { makeMasterKey, makeServicePlace } from './service-process.ts';
import type { ServicePlace } from './service-process.ts';
import { plantKeys } from './signing-keys.ts';
import { startSmtpServer } from './smtp-server.ts';
import type { TestSmtpServer } from './smtp-server.ts';
import { createEmptyDatabase, createTestDatabase } from './test-database.ts';

/** What instances of one deployment share: a database, a master key and a mail server. */
export interface Deployment extends ServicePlace {
  databaseUrl: string;
  smtp: TestSmtpServer;
  /** The settings that say so. */
  env: { DATABASE_URL: string; LATCHKEY_MASTER_KEY: string; SMTP_URL: string };
}

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/**
 * Makes the ground for a deployment; all that runs there is ended, and it is removed, after the test. It is as after a
 * first start, which a database that is empty leaves to the test.
 */
export async function makeDeployment(t: Teardown, { isEmpty = false } = {}): Promise<Deployment> {
  const smtp = await startSmtpServer();
  t.teardown(() => smtp.stop());
  const { databaseUrl, drop } = await (isEmpty ? createEmptyDatabase() : createTestDatabase());
  t.teardown(drop);
  const place = await makeServicePlace(t);
  const env = { DATABASE_URL: databaseUrl, LATCHKEY_MASTER_KEY: makeMasterKey(), SMTP_URL: smtp.smtpUrl };
  if (!isEmpty) await plantKeys(env);
  return { ...place, databaseUrl, smtp, env };
}
