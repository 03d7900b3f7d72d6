import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { ConnectionError, UnsuitableServerError } from './failures.ts';
import { requireSession, SESSION_QUERY } from './session.ts';
import type { SessionRow } from './session.ts';
import type { ServicePool } from './service-pool.ts';

/** One lost connection says nothing about the server. */
const ATTEMPTS = 3;
const PAUSE_MS = 100;

/**
 * Makes the question whether the database can be worked with. It is asked on a connection that nothing else uses, so the
 * answer does not depend on how busy this process is. Questions at the same time share one answer.
 * @param budgetMs after which no further attempt begins
 * @returns rejects with the last of several failures
 */
export function createReadiness(pool: ServicePool, budgetMs: number): () => Promise<void> {
  let asking: Promise<void> | undefined;
  return () => {
    asking ??= ask(pool, performance.now() + budgetMs).finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

async function ask(pool: ServicePool, deadlineMs: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await askOnce(pool);
      return;
    } catch (err) {
      if (attempt === ATTEMPTS || performance.now() + PAUSE_MS >= deadlineMs) throw err;
      await delay(PAUSE_MS);
    }
  }
}

async function askOnce(pool: ServicePool): Promise<void> {
  const client = (await pool.connect()) as pg.PoolClient & Pick<pg.Client, 'host' | 'port'>;
  try {
    const { rows } = await client.query<SessionRow>(SESSION_QUERY);
    for (const row of rows) requireSession(row, client, pool.sessionKind);
    client.release();
  } catch (err) {
    client.release(true);
    throw err instanceof UnsuitableServerError ? err : new ConnectionError(err);
  }
}
