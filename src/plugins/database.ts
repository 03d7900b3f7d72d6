import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type pg from 'pg';
import { createDb, createPool } from '../db/client.ts';
import type { Db, PoolSettings } from '../db/client.ts';
import { waitAtMost } from '../wait-at-most.ts';

declare module 'fastify' {
  interface FastifyInstance {
    db: Db;
    /** The pool behind it, to be looked at and not to be used. */
    databasePool: Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount' | 'options'>;
  }
}

/** For queries that nobody waits for any more. A database that is stuck answers none of them. */
const END_TIMEOUT_MS = 1_000;

/** Owns the pool. Registered first, so that it is closed last. */
export const database = fp<PoolSettings>(
  async (app: FastifyInstance, settings) => {
    const pool = createPool(settings);
    // An idle connection that Postgres ends is replaced at the next query; without a listener it would end the process.
    pool.on('error', (err) => {
      app.log.warn({ err }, 'an idle database connection was lost');
    });
    app.decorate('db', createDb(pool));
    app.decorate('databasePool', pool);
    app.addHook('onClose', async () => waitAtMost(END_TIMEOUT_MS, pool.end()));
  },
  { name: 'database' },
);
