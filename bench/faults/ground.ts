import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { startDatabaseProxy } from '../../test/support/database-proxy.ts';
import type { DatabaseProxy } from '../../test/support/database-proxy.ts';
import { query } from '../../test/support/embedded-service.ts';
import { runPgbouncer, withoutPgbouncer } from '../../test/support/pgbouncer.ts';
import type { Pgbouncer } from '../../test/support/pgbouncer.ts';
import { findFreePort } from '../../test/support/free-port.ts';
import { startPostgresServer } from '../../test/support/postgres-server.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { call, makeServicePlace } from '../../test/support/service-process.ts';
import type { LogLine, Service } from '../../test/support/service-process.ts';
import { signUp } from '../../test/support/service-user.ts';
import type { ServiceUser } from '../../test/support/service-user.ts';
import { startSmtpServer } from '../../test/support/smtp-server.ts';

/** One process of the service, at one address for as long as the run lasts. */
export interface Instance {
  name: string;
  origin: string;
  /** What the process that runs now has logged. */
  logs: () => readonly LogLine[];
  /** `kill -9`, and started again as soon as it is gone. */
  replace: () => Promise<void>;
  /** Stops it in its tracks, as a suspended virtual machine is, until {@link resume}. */
  suspend: () => void;
  resume: () => void;
}

/** What the load and the audit need to know of what the service stands on. */
export interface Scene {
  instances: readonly Instance[];
  user: ServiceUser;
  /** One statement to Postgres itself, past all that stands between. */
  ask: (statement: string) => Promise<Record<string, unknown>[]>;
}

/** All that the faults of one server happen to. */
export interface Ground extends Scene {
  postgres: PostgresServer;
  /** Between Postgres and all that uses it. */
  proxy: DatabaseProxy;
  /** Between the proxy and the second process; undefined where it is not installed. */
  pgbouncer: Pgbouncer | undefined;
}

/** Runs in the end, in the opposite order of their arrival, whatever has happened. */
export class Teardowns {
  readonly #handlers: (() => Promise<unknown>)[] = [];
  #running: Promise<void> | undefined;

  teardown(handler: () => Promise<unknown>): void {
    this.#handlers.push(handler);
  }

  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  async #runAll(): Promise<void> {
    for (const handler of this.#handlers.reverse()) {
      await handler().catch((err: unknown) => {
        console.error(`while ending: ${String(err)}`);
      });
    }
  }
}

/** Starts Postgres, the proxy, PgBouncer and two processes of the service, and signs a user up. */
export async function openGround(t: Teardowns): Promise<Ground> {
  const postgres = await startPostgresServer(t);
  const proxy = await startDatabaseProxy(t, postgres.databaseUrl);
  const { start, smtp } = await prepareInstances(t);
  const first = await start('direct', { DATABASE_URL: proxy.databaseUrl });
  const pgbouncer = withoutPgbouncer === false ? await runPgbouncer(t, proxy) : undefined;
  const second = await start(
    'pooled',
    pgbouncer === undefined
      ? { DATABASE_URL: proxy.databaseUrl }
      : { DATABASE_URL: pgbouncer.databaseUrl, DATABASE_PREPARED_STATEMENTS: 'false' },
  );
  return {
    postgres,
    proxy,
    pgbouncer,
    instances: [first, second],
    user: await signUp(first.origin, smtp),
    ask: (statement) => query(postgres.databaseUrl, statement),
  };
}

interface Teardown {
  teardown(handler: () => Promise<unknown>): unknown;
}

/** Makes what processes of the service need, and starts them one by one. */
export async function prepareInstances(t: Teardown) {
  const smtp = await startSmtpServer();
  t.teardown(() => smtp.stop());
  const place = await makeServicePlace(t);
  const shared = {
    LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64'),
    PUBLIC_URL: 'http://localhost:3000',
    SMTP_URL: smtp.smtpUrl,
    LATCHKEY_QUOTAS: JSON.stringify({ api_clients: 0 }),
  };
  const start = async (name: string, env: Record<string, string>): Promise<Instance> => {
    const port = await findFreePort();
    const launch = () => place.launch({ ...shared, ...env, PORT: String(port) });
    let service: Service = launch();
    const origin = await service.listening();
    return {
      name,
      origin,
      logs: () => service.logs,
      async replace() {
        service.kill('SIGKILL');
        await service.ended();
        service = launch();
        await service.listening();
      },
      suspend() {
        service.kill('SIGSTOP');
      },
      resume() {
        service.kill('SIGCONT');
      },
    };
  };
  return { start, smtp };
}

const POLL_MS = 100;

/** Waits until an instance is ready and answers a check. @returns whether it did within the time */
export async function isBack({ origin }: Instance, apiKey: string, deadlineMs: number): Promise<boolean> {
  const deadline = Date.now() + deadlineMs;
  while (Date.now() < deadline) {
    const statuses = await Promise.all([
      call(origin, '/readyz').then(
        ({ status }) => status,
        () => 0,
      ),
      call(origin, '/auth/v2/verify/', { apiKey }).then(
        ({ status }) => status,
        () => 0,
      ),
    ]);
    if (statuses.every((status) => status === 200)) return true;
    await wait(POLL_MS);
  }
  return false;
}
