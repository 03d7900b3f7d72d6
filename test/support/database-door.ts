import type { TestApp } from './build-app.ts';
import { findTestServer, runAsAdmin } from './test-server.ts';

/** Ends every connection to a test's database and lets none in: to the service, the database is away. */
export async function closeDatabase(test: TestApp): Promise<void> {
  const server = await findTestServer();
  const name = nameOf(test);
  await runAsAdmin(server, `alter database ${name} with allow_connections false`);
  await runAsAdmin(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
}

/** Lets connections in again. */
export async function openDatabase(test: TestApp): Promise<void> {
  await runAsAdmin(await findTestServer(), `alter database ${nameOf(test)} with allow_connections true`);
}

function nameOf({ databaseUrl }: TestApp): string {
  return new URL(databaseUrl).pathname.slice(1);
}
