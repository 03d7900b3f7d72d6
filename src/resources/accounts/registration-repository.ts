import { and, eq, ne, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { registrations } from '../../db/tables/users.ts';

/** In place of the hash of a registration that became a user: nothing has it. */
const USED_UP = '';

/** Registrations that wait for their code. Emails are lower case. */
export function createRegistrationRepository(db: Db | Tx) {
  return {
    /** Keeps the password of the newest registration; tells whether it is the first one waiting for this email. */
    async upsert(email: string, passwordHash: string): Promise<{ isFirst: boolean }> {
      const [row] = await db
        .insert(registrations)
        .values({ email, passwordHash })
        .onConflictDoUpdate({ target: registrations.email, set: { passwordHash, updatedAt: sql`now()` } })
        // A row that this statement inserted was not updated by anybody yet.
        .returning({ isFirst: sql<boolean>`(xmax = 0)` });
      return { isFirst: row?.isFirst ?? false };
    },

    async isWaiting(email: string): Promise<boolean> {
      const rows = await db.select({ email: registrations.email }).from(registrations).where(isWaiting(email));
      return rows.length > 0;
    },

    /**
     * Takes the password of the registration that waits for its code, once. The row stays as a decoy and ages on: the
     * next registration of this email is answered as if nobody had entered the code.
     */
    async take(email: string): Promise<{ passwordHash: string } | null> {
      const [row] = await db
        .select({ passwordHash: registrations.passwordHash })
        .from(registrations)
        .where(isWaiting(email))
        .for('update');
      if (row === undefined) return null;
      await db.update(registrations).set({ passwordHash: USED_UP }).where(eq(registrations.email, email));
      return row;
    },
  };
}

function isWaiting(email: string) {
  return and(eq(registrations.email, email), ne(registrations.passwordHash, USED_UP));
}
