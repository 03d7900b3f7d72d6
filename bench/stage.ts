import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/embedded/embedded-postgres.ts';
import { migrateDatabase } from '../src/db/migrate.ts';
import type { Load } from './measure.ts';
import { killAll, startServer, stop, Worker } from './processes.ts';
import type { Server } from './processes.ts';
import { seedBetterAuth, seedMore, seedOidcProvider, seedService } from './seed.ts';
import type { Amounts, Machine, Machines } from './seed.ts';

/** How long and how often things are measured. */
export interface Plan {
  rounds: number;
  roundSeconds: number;
  warmUpSeconds: number;
  soakSeconds: number;
  connections: number;
  amounts: Amounts;
  /** Clients that a process has checked before its memory is looked at. */
  remembered: number;
}

/** The person whose organization the management routes are measured on. */
export interface Owner {
  token: string;
  organizationId: string;
}

/** Where the cases run: one Postgres with a database for each contender, and the load generators. */
export interface Stage {
  plan: Plan;
  dir: string;
  admin: pg.Client;
  masterKey: Buffer;
  load: Load;
  /** A second one, for what disturbs the first one's measurements. */
  storm: Load;
  machines: Machines;
  owner: Owner;
  /** The address of one of the databases. */
  urlOf: (database: string) => string;
  /** Starts the service on one of the databases. */
  /** Settings come on top of those that every case has. */
  startService: (database?: string, settings?: Record<string, string>) => Promise<Server>;
  startPeer: (name: 'bare-fastify' | 'better-auth' | 'oidc-provider', env?: Record<string, string>) => Promise<Server>;
  /** Makes a database, empty. @returns its address */
  createDatabase: (name: string) => Promise<string>;
  /** Further clients of the service's database; made at the first call. */
  remembered: () => Promise<Machine[]>;
  /** better-auth's database with its keys and a session; made at the first call. */
  betterAuth: () => Promise<{ keys: string[]; cookie: string }>;
  oidcProvider: () => Promise<Omit<Machine, 'hash'>[]>;
  close: () => Promise<void>;
}

export const PUBLIC_URL = 'http://localhost:3000';
export const SERVICE_DATABASE = 'latchkey';
const PASSWORD = 'Correct-Horse-7';
const CODE_DEADLINE_MS = 20_000;

/** @param say where progress goes */
export async function openStage(plan: Plan, say: (text: string) => void): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  await chmod(dir, 0o755);
  const steps: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true, maxRetries: 10 })];
  let closing: Promise<void> | undefined;
  const close = async () => {
    killAll();
    for (const step of steps.reverse()) await step().catch(() => undefined);
  };
  const closeOnce = () => (closing ??= close());
  const interrupt = () => {
    void closeOnce().finally(() => {
      process.exit(130);
    });
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const log = { info: () => undefined, error: say };
    const postgres = await startEmbeddedPostgres({ dataDir: join(dir, 'postgres'), log });
    steps.push(() => postgres.stop());
    const admin = new pg.Client({ connectionString: otherDatabase(postgres.databaseUrl, 'postgres') });
    // An interrupted run takes the server away under its connections.
    admin.on('error', () => undefined);
    await admin.connect();
    steps.push(() => admin.end());
    return await furnish({ plan, dir, admin, databaseUrl: postgres.databaseUrl, close: closeOnce }, say);
  } catch (err) {
    await closeOnce();
    throw err;
  }
}

interface Ground {
  plan: Plan;
  dir: string;
  admin: pg.Client;
  databaseUrl: string;
  close: () => Promise<void>;
}

async function furnish(ground: Ground, say: (text: string) => void): Promise<Stage> {
  const { plan, dir, admin, databaseUrl } = ground;
  const masterKey = randomBytes(32);
  const urlOf = (database: string) => otherDatabase(databaseUrl, database);
  const entry = join(import.meta.dirname, '..', 'dist', 'server.js');
  const authSecret = randomBytes(32).toString('base64');

  const startService: Stage['startService'] = (database = SERVICE_DATABASE, settings = {}) =>
    startServer(entry, {
      name: 'latchkey',
      dir,
      env: {
        DATABASE_URL: urlOf(database),
        LATCHKEY_MASTER_KEY: masterKey.toString('base64'),
        LATCHKEY_DATA_DIR: join(dir, 'data'),
        PUBLIC_URL,
        RATE_LIMIT_ENABLED: 'false',
        LOG_LEVEL: 'info',
        ...settings,
      },
    });
  const startPeer: Stage['startPeer'] = (name, env = {}) =>
    startServer(join(import.meta.dirname, 'peers', `${name}.js`), {
      name,
      dir,
      env: { NODE_ENV: 'production', DATABASE_URL: urlOf(name), AUTH_SECRET: authSecret, ...env },
    });
  const createDatabase = async (name: string) => {
    await admin.query(`create database "${name}"`);
    return urlOf(name);
  };

  say(`seeding ${plan.amounts.total} clients`);
  await migrateDatabase(databaseUrl);
  const machines = await seedService(databaseUrl, masterKey, plan.amounts);
  // On an empty database the first key of an algorithm signs at once.
  const service = await startService(SERVICE_DATABASE, { ACCESS_TOKEN_ALGORITHM: 'ES256' });
  const owner = await registerOwner(service, join(dir, 'data', 'outbox'));
  await stop(service);

  return {
    ...ground,
    masterKey,
    machines,
    owner,
    load: new Worker('load.js'),
    storm: new Worker('load.js'),
    urlOf,
    startService,
    startPeer,
    createDatabase,
    remembered: once(() => seedMore(databaseUrl, masterKey, plan.remembered)),
    betterAuth: once(async () => {
      say('seeding better-auth');
      const url = await createDatabase('better-auth');
      const server = await startPeer('better-auth');
      const cookie = await signUp(server);
      const keys = await seedBetterAuth(url, plan.amounts);
      await stop(server);
      return { keys, cookie };
    }),
    oidcProvider: once(async () => {
      say('seeding oidc-provider');
      return seedOidcProvider(await createDatabase('oidc-provider'), plan.amounts);
    }),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make();
    return made;
  };
}

/** Sends JSON and reads JSON. */
export async function send<T>(url: string, init: { headers?: Record<string, string>; body?: object } = {}): Promise<T> {
  const { headers, body } = init;
  const response = await fetch(url, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}

/** Signs somebody up, with the code that a mail in the outbox has. */
export async function registerOwner({ origin }: Server, outbox: string): Promise<Owner> {
  const api = `${origin}/auth/v2/programmatic`;
  const email = 'owner@example.com';
  await send(`${api}/register/`, { body: { email, password: PASSWORD } });
  const answer = await send<{ access_token: string; organization: { uuid: string } }>(`${api}/verify-email/`, {
    body: { email, code: await readCode(outbox) },
  });
  return { token: answer.access_token, organizationId: answer.organization.uuid };
}

async function readCode(outbox: string): Promise<string> {
  const deadline = Date.now() + CODE_DEADLINE_MS;
  while (Date.now() < deadline) {
    const [name] = (await readdir(outbox).catch(() => [])).filter((file) => file.endsWith('.eml'));
    const text = name === undefined ? '' : await readFile(join(outbox, name), 'utf8');
    const code = /^([A-Z0-9]{6})\r?$/m.exec(text)?.[1];
    if (code !== undefined) return code;
    await wait(50);
  }
  throw new Error('no mail with a code came');
}

/** @returns the cookie of the new user's session */
async function signUp({ origin }: Server): Promise<string> {
  const response = await fetch(`${origin}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ email: 'owner@example.com', password: PASSWORD, name: 'Owner' }),
  });
  if (!response.ok) throw new Error(`better-auth's sign-up answered ${response.status}: ${await response.text()}`);
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

/** The URL of another database on the same server. */
function otherDatabase(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
