import { sql } from 'drizzle-orm';
import type { Db, Tx } from './client.ts';

/** For lists, whose cost the caller's filter decides: less than a statement may take otherwise. */
const LIST_TIMEOUT_MS = 3_000;

/**
 * Reads a list within a time of its own, so that a few callers with costly filters do not hold the connections that all
 * share. What takes longer fails as Postgres's `57014`, which is answered 503.
 */
export function readList<Row>(db: Db, read: (tx: Tx) => Promise<Row[]>, timeoutMs = LIST_TIMEOUT_MS): Promise<Row[]> {
  return db.transaction(
    async (tx) => {
      // Not a setting of the session, which a pooler would hand to somebody else.
      await tx.execute(sql`select set_config('statement_timeout', ${`${timeoutMs}ms`}, true)`);
      return read(tx);
    },
    { accessMode: 'read only' },
  );
}
