import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { createDb, createPool } from '../db/client.ts';
import type { Db, PoolSettings } from '../db/client.ts';

declare module 'fastify' {
  interface FastifyInstance {
    db: Db;
  }
}

/** Owns the pool. Registered first, so that it is closed last. */
export const database = fp<PoolSettings>(
  async (app: FastifyInstance, settings) => {
    const pool = createPool(settings);
    // An idle connection that Postgres ends is replaced at the next query; without a listener it would end the process.
    pool.on('error', (err) => {
      app.log.warn({ err }, 'an idle database connection was lost');
    });
    app.decorate('db', createDb(pool));
    app.addHook('onClose', async () => pool.end());
  },
  { name: 'database' },
);
