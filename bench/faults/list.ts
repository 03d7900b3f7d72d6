import pg from 'pg';
import type { Ground } from './ground.ts';

/** Waits for a share of the time that a fault lasts. */
export type Hold = (share?: number) => Promise<void>;

/** Has something done under load, once the service is back. */
export type Later = (mend: () => Promise<void>) => void;

/** Something that breaks, and by its end is mended as far as the service needs it. */
export interface Fault<On = Ground> {
  name: string;
  /** Ends the service itself, so that connections to it may break. */
  isKilling?: true;
  needsPgbouncer?: true;
  happen: (ground: On, hold: Hold, later: Later) => Promise<void>;
}

/** How often in a fault its blow falls, where it is one of many. */
const BLOWS = 8;
const FILLERS_AT_ONCE = 20;
const FILLER = 'filler';

export const faults: readonly Fault[] = [
  {
    name: 'idle backends terminated',
    happen: (ground, hold) => strike(hold, () => ground.ask(`${terminate} and state = 'idle'`)),
  },
  {
    name: 'all backends terminated',
    happen: (ground, hold) => strike(hold, () => ground.ask(terminate)),
  },
  { name: 'Postgres restarted, `-m fast`', happen: (ground, hold) => restartPostgres(ground, 'SIGINT', hold) },
  { name: 'Postgres restarted, `-m immediate`', happen: (ground, hold) => restartPostgres(ground, 'SIGQUIT', hold) },
  {
    name: 'Postgres stopped in its tracks',
    async happen({ postgres }, hold) {
      await postgres.freeze();
      try {
        await hold();
      } finally {
        postgres.thaw();
      }
    },
  },
  {
    name: 'connections refused',
    async happen({ proxy }, hold) {
      await proxy.cut();
      await hold();
      await proxy.mend();
    },
  },
  {
    name: 'connections cut in the middle of traffic',
    happen: ({ proxy }, hold) =>
      strike(hold, async () => {
        await proxy.cut();
        await proxy.mend();
      }),
  },
  {
    name: 'connections silent',
    async happen({ proxy }, hold) {
      proxy.hush();
      await hold();
      proxy.unhush();
    },
  },
  {
    name: 'commits unanswered, then cut',
    async happen({ proxy }, hold) {
      proxy.hushCommits();
      await hold();
      await proxy.cut();
      proxy.unhush();
      await proxy.mend();
    },
  },
  {
    name: 'PgBouncer restarted',
    needsPgbouncer: true,
    async happen({ pgbouncer }, hold) {
      await pgbouncer?.restart();
      await hold();
    },
  },
  {
    name: 'service killed (`kill -9`), one after the other',
    isKilling: true,
    async happen({ instances }, hold) {
      for (const instance of instances) {
        await instance.replace();
        await hold(1 / instances.length);
      }
    },
  },
  { name: 'tables locked', happen: (ground, hold) => withClient(ground, (client) => lockTables(client, hold)) },
  { name: '`max_connections` used up', happen: (ground, hold) => useUpConnections(ground, hold) },
];

const terminate = `select pg_terminate_backend(pid) from pg_stat_activity
  where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> '${FILLER}'`;

async function strike(hold: Hold, blow: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < BLOWS; i++) {
    await blow();
    await hold(1 / BLOWS);
  }
}

async function restartPostgres({ postgres }: Ground, signal: 'SIGINT' | 'SIGQUIT', hold: Hold): Promise<void> {
  await postgres.stop(signal);
  await hold(1 / 2);
  await postgres.start();
  await hold(1 / 2);
}

async function lockTables(client: pg.Client, hold: Hold): Promise<void> {
  await client.query('begin');
  await client.query('lock table api_clients, secrets, users in access exclusive mode');
  await hold();
  await client.query('rollback');
}

async function withClient(ground: Ground, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = makeClient(ground);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Takes every connection that is left, and then those of the service as it loses them. */
async function useUpConnections(ground: Ground, hold: Hold): Promise<void> {
  const fillers: pg.Client[] = [];
  try {
    await fill(ground, fillers);
    for (let i = 0; i < BLOWS; i++) {
      await fillers[0]!.query(terminate);
      await fill(ground, fillers);
      await hold(1 / BLOWS);
    }
  } finally {
    await Promise.all(fillers.map((client) => client.end()));
  }
}

async function fill(ground: Ground, fillers: pg.Client[]): Promise<void> {
  let isFull = false;
  while (!isFull) {
    const connecting = Array.from({ length: FILLERS_AT_ONCE }, async () => {
      const client = makeClient(ground);
      await client.connect();
      fillers.push(client);
    });
    isFull = (await Promise.allSettled(connecting)).some(({ status }) => status === 'rejected');
  }
}

function makeClient({ postgres }: Ground): pg.Client {
  const client = new pg.Client({ connectionString: postgres.databaseUrl, application_name: FILLER });
  // A connection that ends with the server is no failure of the run.
  client.on('error', () => undefined);
  return client;
}
