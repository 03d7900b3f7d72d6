import { makeMasterKey, makeServicePlace } from './service-process.ts';
import type { ServicePlace } from './service-process.ts';
import { startSmtpServer } from './smtp-server.ts';
import type { TestSmtpServer } from './smtp-server.ts';
import { createEmptyDatabase } from './test-database.ts';

/** What instances of one deployment share: an empty database, a master key and a mail server. */
export interface Deployment extends ServicePlace {
  databaseUrl: string;
  smtp: TestSmtpServer;
  /** The settings that say so. */
  env: { DATABASE_URL: string; LATCHKEY_MASTER_KEY: string; SMTP_URL: string };
}

/** Makes the ground for a deployment; all that runs there is ended, and it is removed, after the test. */
export async function makeDeployment(t: { teardown(handler: () => Promise<void>): unknown }): Promise<Deployment> {
  const smtp = await startSmtpServer();
  t.teardown(() => smtp.stop());
  const { databaseUrl, drop } = await createEmptyDatabase();
  t.teardown(drop);
  const place = await makeServicePlace(t);
  const env = { DATABASE_URL: databaseUrl, LATCHKEY_MASTER_KEY: makeMasterKey(), SMTP_URL: smtp.smtpUrl };
  return { ...place, databaseUrl, smtp, env };
}
