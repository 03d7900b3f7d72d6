import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import pg from 'pg';
import type { Test } from 'tap';
import { buildApp } from '../../src/app.ts';
import type { AppConfig, Overrides } from '../../src/app.ts';
import { readConfig } from '../../src/settings/config.ts';
import { plantKeysAt, plantSigningKeys } from './signing-keys.ts';
import { startSmtpServer } from './smtp-server.ts';
import type { ReceivedMail, TestSmtpServer } from './smtp-server.ts';
import { Lines } from './lines.ts';
import { createTestDatabase } from './test-database.ts';

/** The service on a database of its own, with a real mail server, ended with the test. */
export interface TestApp {
  app: FastifyInstance;
  config: AppConfig;
  databaseUrl: string;
  smtp: TestSmtpServer;
  /** Every line logged so far. */
  logs: string[];
  /** Asks the database directly, for what no route shows. */
  query: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** Sends a request into the app. A body that is an object goes as JSON. */
  request: (method: Method, url: string, options?: RequestOptions) => Promise<LightMyRequestResponse>;
  /** The code of the newest mail to an address, once `count` mails to it have arrived. */
  readCode: (email: string, count?: number) => Promise<string>;
}

type Method = NonNullable<InjectOptions['method']>;

export interface RequestOptions {
  /** An admin token. */
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** The address the request comes from. */
  from?: string;
}

export interface BuildOptions extends Overrides {
  /** Environment variables on top of the tests' own. */
  env?: Record<string, string>;
  /** A database that is there, without signing keys unless they are planted. */
  databaseUrl?: string;
  /** Where that database is reached to plant them, past what stands before it. */
  plantAt?: string;
  /** Builds another process of this one's deployment: on its database, with its master keys and its mail server. */
  beside?: TestApp;
}

type Teardown = Pick<Test, 'teardown'>;

const DEADLINE_MS = 60_000;

/** A machine that is busy with other tests answers late, which is not what a test of something else is about. */
const AMPLE_READ_BUDGET_MS = 30_000;

/** As small as a page can be, so that no test depends on what was built. */
const PAGE_OF_TESTS = join(import.meta.dirname, 'page');

/** Below what a deployment may set: most tests are about what follows from a password, not about its hash. */
const CHEAP_PASSWORD = { memoryKib: 8, passes: 1, parallelism: 1 };

/** Makes the settings of a test: defaults, with request limits off, cheap passwords and a key of its own. */
export function testConfig(databaseUrl: string, env: Record<string, string> = {}): AppConfig {
  const config = readConfig({
    LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64'),
    RATE_LIMIT_ENABLED: 'false',
    LOG_LEVEL: 'trace',
    ...env,
    DATABASE_URL: databaseUrl,
  });
  if (config.masterKeys === undefined) throw new Error('the test settings hold a master key');
  const passwordCost = env.LATCHKEY_PASSWORD_COST === undefined ? CHEAP_PASSWORD : config.passwordCost;
  return { ...config, passwordCost, databaseUrl, masterKeys: config.masterKeys };
}

/** Builds the service for a test file or subtest. */
export async function build(t: Teardown, options: BuildOptions = {}): Promise<TestApp> {
  const { env = {}, beside, plantAt, ...rest } = options;
  const { databaseUrl = beside?.databaseUrl ?? (await makeDatabase(t)), ...overrides } = rest;
  // Either process may send a mail that either owes, so both send to the same server.
  const smtp = beside?.smtp ?? (await startSmtpServer());
  const config = testConfig(databaseUrl, { SMTP_URL: smtp.smtpUrl, ...(beside && masterKeyOf(beside)), ...env });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  // Dropping the database ends idle connections.
  pool.on('error', () => undefined);
  t.teardown(async () => pool.end());
  if (beside === undefined && options.databaseUrl === undefined) await plantSigningKeys(pool, config);
  if (plantAt !== undefined) await plantKeysAt(plantAt, config);
  const logs: string[] = [];
  const app = await buildApp(config, {
    logStream: collect(logs),
    readBudgetMs: AMPLE_READ_BUDGET_MS,
    consoleDir: PAGE_OF_TESTS,
    ...overrides,
  });
  t.teardown(async () => {
    await app.close();
    if (beside === undefined) await smtp.stop();
  });

  return {
    app,
    config,
    databaseUrl,
    smtp,
    logs,
    query: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
      (await pool.query<Row>(text, values)).rows,
    request: (method, url, { token, body, headers = {}, from } = {}) =>
      app.inject({
        method,
        url,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body instanceof Lines && { 'content-type': 'application/x-ndjson' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: body instanceof Lines ? body.text : (body as string | object) }),
        ...(from === undefined ? {} : { remoteAddress: from }),
      }),
    readCode: async (email, count = 1) => readCode(smtp, email, count),
  };
}

function masterKeyOf({ config }: TestApp) {
  return { LATCHKEY_MASTER_KEY: config.masterKeys.map((key) => key.toString('base64')).join() };
}

async function makeDatabase(t: Teardown): Promise<string> {
  const database = await createTestDatabase();
  // tap runs teardowns last in, first out: the app that uses the database has been closed by then.
  t.teardown(async () => database.drop());
  return database.databaseUrl;
}

function collect(lines: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
}

async function readCode(smtp: TestSmtpServer, email: string, count: number): Promise<string> {
  const mails = await waitFor(() => {
    const found = smtp.received.filter(({ recipients }) => recipients.includes(email));
    return found.length >= count ? found : undefined;
  });
  // Mails that are sent at the same time may overtake each other; their ids are in the order in which they were owed.
  const idOf = ({ content }: ReceivedMail) => content.messageId ?? '';
  const newest = mails.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1)).at(-1);
  const code = /^[A-Z0-9]{6}$/m.exec(newest?.content.text?.replaceAll('\r', '') ?? '')?.[0];
  if (code === undefined) throw new Error(`the newest mail to ${email} holds no code`);
  return code;
}

/** Waits until a condition gives a value. */
export async function waitFor<T>(condition: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
