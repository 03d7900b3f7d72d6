// Remakes the pictures of the console in docs/console/, of the built service with a company that could be one.
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { findRunningPostgres } from '../src/embedded/embedded-postgres.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { until } from '../test/support/embedded-service.ts';
import { call, makeServicePlace } from '../test/support/service-process.ts';
import { company, shotsOf } from './console-company.ts';
import type { Shot } from './console-company.ts';

const EMAIL = 'ada@acme.example';
const PASSWORD = 'Correct-Horse-7';
const pictures = join(import.meta.dirname, '..', 'docs', 'console');

const endings: (() => Promise<void>)[] = [];
try {
  await main();
} finally {
  for (const end of endings.reverse()) await end();
}

async function main(): Promise<void> {
  const t = { teardown: (end: () => Promise<void>) => endings.push(end) };
  const place = await makeServicePlace(t);
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  await place.launch({ PORT: String(port), PUBLIC_URL: origin }).listening();
  const { token, organizationId } = await register(origin, join(place.dataDir, 'outbox'));
  const databaseUrl = await findRunningPostgres(place.dataDir);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const clientIds = await company(
    { organizationId, email: EMAIL },
    {
      send: async (what, body) =>
        (await call<Record<string, string>>(origin, what, { token, ...(body && { body }) })).body,
      sql: (statement, values) => client.query(statement, values),
    },
  );
  await client.end();
  await mkdir(pictures, { recursive: true });
  const browser = await launchBrowser(t);
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ viewport: { width: 1180, height: 740 }, colorScheme });
    const page = await context.newPage();
    await logIn(page, origin);
    for (const shot of shotsOf(organizationId, clientIds)) {
      await take(page, origin, shot);
      await page.screenshot({ path: join(pictures, `${shot.name}-${colorScheme}.png`), animations: 'disabled' });
    }
    await context.close();
  }
}

async function take(page: Page, origin: string, { path, act }: Shot): Promise<void> {
  await page.goto(`${origin}/console${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  await act?.(page);
}

async function logIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/console/`);
  await page.getByLabel('Email').fill(EMAIL);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation').first().waitFor();
}

/** Registers with the code that lies in the outbox. */
async function register(origin: string, outbox: string): Promise<{ token: string; organizationId: string }> {
  const account = { email: EMAIL, password: PASSWORD };
  await call(origin, '/auth/v2/programmatic/register/', { body: account });
  const mails = () => readdir(outbox).catch(() => []);
  await until(async () => (await mails()).length > 0);
  const mail = await readFile(join(outbox, (await mails())[0]!), 'utf8');
  const code = /^([A-Z0-9]{6})\r?$/m.exec(mail)![1]!;
  const { body } = await call<{ access_token: string; organization: { uuid: string } }>(
    origin,
    '/auth/v2/programmatic/verify-email/',
    { body: { email: EMAIL, code } },
  );
  return { token: body.access_token, organizationId: body.organization.uuid };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
