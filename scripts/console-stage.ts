// What the console is pictured with: the built service, a company that could be one, and companies at both ends.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { findRunningPostgres } from '../src/embedded/embedded-postgres.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { until } from '../test/support/embedded-service.ts';
import { codeOf } from '../test/support/second-factor.ts';
import { call, makeServicePlace } from '../test/support/service-process.ts';
import { company } from './console-company.ts';
import { findFreePort } from '../test/support/free-port.ts';

export const PASSWORD = 'Correct-Horse-7';

type Send = (what: string, body?: object) => Promise<Record<string, string>>;

/** Somebody who can log in. */
export interface Person {
  email: string;
  organizationId: string;
  /** Sends a request to the API. */
  send: Send;
}

export interface Stage {
  origin: string;
  browser: Browser;
  ada: Person;
  /** The `client_id` of each API client of Ada’s organization, by name. */
  clientIds: Map<string, string>;
  register: (email: string) => Promise<Person>;
  /** The newest mail to an address, once one has come. */
  readMail: (email: string) => Promise<string>;
  sql: (statement: string, values?: unknown[]) => Promise<unknown>;
  /** A window in which somebody is logged in, or nobody. */
  open: (person: Person | null, options?: BrowserContextOptions) => Promise<Page>;
}

interface Teardown {
  teardown: (end: () => Promise<void>) => void;
}

/** Starts it all; `t` is told how to end it. */
export async function setStage(t: Teardown): Promise<Stage> {
  const place = await makeServicePlace(t);
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  await place.launch({ PORT: String(port), PUBLIC_URL: origin }).listening();
  const client = new pg.Client({ connectionString: await findRunningPostgres(place.dataDir) });
  await client.connect();
  t.teardown(() => client.end());
  const sql: Stage['sql'] = (statement, values = []) => client.query(statement, values);
  const readMail = (email: string) => readOutbox(join(place.dataDir, 'outbox'), email);
  const register = (email: string) => registerAs(email, origin, readMail);
  const ada = await register('ada@acme.example');
  const clientIds = await company(ada, { send: ada.send, sql });
  const browser = await launchBrowser(t);
  return {
    ...{ origin, browser, ada, clientIds, register, readMail, sql },
    async open(person, options = {}) {
      const page = await (await browser.newContext({ reducedMotion: 'reduce', ...options })).newPage();
      if (person !== null) await logIn(page, origin, person);
      return page;
    },
  };
}

/** Sets up an authenticator app. */
export async function addAuthenticator({ send }: Person): Promise<void> {
  const { secret = '' } = await send('POST /auth/v2/account/2fa/totp/', {});
  await send('POST /auth/v2/account/2fa/totp/confirm/', { code: codeOf(secret) });
}

async function logIn(page: Page, origin: string, { email }: Person): Promise<void> {
  await page.goto(`${origin}/console/login`);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('banner').waitFor();
}

async function registerAs(email: string, origin: string, readMail: Stage['readMail']): Promise<Person> {
  await call(origin, '/auth/v2/programmatic/register/', { body: { email, password: PASSWORD } });
  const code = codeIn(await readMail(email));
  const { body } = await call<{ access_token: string; organization: { uuid: string } }>(
    origin,
    '/auth/v2/programmatic/verify-email/',
    { body: { email, code } },
  );
  return {
    email,
    organizationId: body.organization.uuid,
    async send(what, sent) {
      const { status, body: answer } = await call<Record<string, string>>(origin, what, {
        token: body.access_token,
        ...(sent && { body: sent }),
      });
      if (status >= 400) throw new Error(`${what}: ${JSON.stringify(answer)}`);
      return answer;
    },
  };
}

/** The code of a mail. */
export function codeIn(mail: string): string {
  return /^([A-Z0-9]{6})\r?$/m.exec(mail)?.[1] ?? '';
}

async function readOutbox(outbox: string, email: string): Promise<string> {
  const find = async (): Promise<string | undefined> => {
    const names = (await readdir(outbox).catch(() => [])).filter((name) => name.endsWith('.eml')).toSorted();
    const mails = await Promise.all(names.map((name) => readFile(join(outbox, name), 'utf8')));
    return mails.findLast((mail) => new RegExp(`^To:\\s+${email}`, 'm').test(mail));
  };
  await until(async () => (await find()) !== undefined);
  return (await find()) ?? '';
}
