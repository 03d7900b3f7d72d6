import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type pg from 'pg';
import { CircuitBreaker } from '../db/circuit-breaker.ts';
import { createDb, createPool, READ_BUDGET_MS, readTimes, REPLICA_BUDGET_MS } from '../db/client.ts';
import type { Db, PoolSettings } from '../db/client.ts';
import { Hosts } from '../db/hosts.ts';
import { createReadiness } from '../db/readiness.ts';
import type { ReaderPromises } from '../db/reader-promises.ts';
import type { ServicePool } from '../db/service-pool.ts';
import type { Replica } from '../secrets/near-states.ts';
import { STATE_CONNECTIONS } from '../secrets/state-reader.ts';
import { describeDatabaseUrl } from '../settings/database-url.ts';
import { waitAtMost } from '../wait-at-most.ts';

declare module 'fastify' {
  interface FastifyInstance {
    db: Db;
    /** The pool behind it, to be looked at and not to be used. */
    databasePool: Pick<ServicePool, 'totalCount' | 'idleCount' | 'waitingCount' | 'options' | 'abandonedCount'>;
    /** For what every check of a credential waits for: short reads, on connections that nothing else uses. */
    checksDb: Db;
    /** The same on a replica; null where none is set. */
    replica: Replica | null;
    /** Those that what is committed has to wait for. */
    replicaReaders: ReaderPromises;
    /** Opened when `checksDb` has been silent. */
    checksBreaker: CircuitBreaker;
    /** Rejects when the database is away or takes no writes. */
    requireDatabase: () => Promise<void>;
  }
}

/** For queries that nobody waits for any more. A database that is stuck answers none of them. */
const END_TIMEOUT_MS = 1_000;

/** Beside `poolMax`, as the setting's description says: those of checks, and one that tells whether the database is well. */
export const OWN_CONNECTIONS = STATE_CONNECTIONS + 1;

export interface DatabaseOptions extends PoolSettings {
  /** How long a read that checks wait for may take, in milliseconds. Default: {@link READ_BUDGET_MS}. */
  readBudgetMs?: number | undefined;
  /** Where a replica is. */
  databaseReadUrl?: string | undefined;
}

/** Owns the connections. Registered first, so that they are closed last. */
export const database = fp<DatabaseOptions>(
  async (app: FastifyInstance, { readBudgetMs = READ_BUDGET_MS, databaseReadUrl, ...given }) => {
    const settings = { ...given, hosts: new Hosts(given.databaseUrl) };
    const work = createPool(settings);
    const quick = { ...settings, times: readTimes(readBudgetMs) };
    const checks = createPool({ ...quick, poolMax: STATE_CONNECTIONS, isKeptOpen: true });
    const probe = createPool({ ...quick, poolMax: 1 });
    const replica = databaseReadUrl === undefined ? null : openReplica(settings, databaseReadUrl);
    const pools = [work, checks, probe, ...(replica === null ? [] : [replica.db.$client])];
    for (const pool of pools) {
      // An idle connection that Postgres ends is replaced at the next query; without a listener it would end the process.
      pool.on('error', (err) => {
        app.log.warn({ err }, 'an idle database connection was lost');
      });
    }
    work.limitAbandoned((pids) => findRunning(probe, pids));
    app.decorate('db', createDb(work));
    app.decorate('databasePool', work);
    app.decorate('checksDb', createDb(checks));
    app.decorate('replica', replica);
    app.decorate('replicaReaders', work.readers);
    app.decorate('checksBreaker', new CircuitBreaker());
    app.decorate('requireDatabase', createReadiness(probe, readBudgetMs));
    app.addHook('onClose', async () => {
      await Promise.all(pools.map((pool) => waitAtMost(END_TIMEOUT_MS, pool.end())));
    });
  },
  { name: 'database' },
);

function openReplica(settings: PoolSettings, databaseReadUrl: string): Replica {
  const hosts = new Hosts(databaseReadUrl, 'read');
  const times = readTimes(REPLICA_BUDGET_MS);
  const pool = createPool({ ...settings, hosts, times, poolMax: STATE_CONNECTIONS, isKeptOpen: true });
  return { db: createDb(pool), name: describeDatabaseUrl(databaseReadUrl, 'read') };
}

async function findRunning(pool: pg.Pool, pids: number[]): Promise<number[]> {
  const { rows } = await pool.query<{ pid: number }>('select pid from pg_stat_activity where pid = any($1)', [pids]);
  return rows.map(({ pid }) => pid);
}
