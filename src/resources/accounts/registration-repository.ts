import { and, eq, ne, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { registrations } from '../../db/tables/users.ts';
import type { Leftovers } from '../../db/leftovers.ts';

/** A registration is kept for a day, and longer while a code for it is out: with that it can still be confirmed. */
export const registrationLeftovers: Leftovers = {
  table: registrations,
  areOver: sql`updated_at < now() - interval '24 hours' and not exists (
    select from one_time_codes as codes
    where codes.email = registrations.email and codes.purpose = 'verify_email' and codes.expires_at > now())`,
};

/** In place of the hash of a registration that became a user: nothing has it. */
const USED_UP = '';

export interface Registration {
  /** Of the first password it came with. */
  passwordHash: string;
  /** Whether it came with another password as well. */
  isContested: boolean;
}

/** A registration as the first one of its email, or with what its comparison with the one that waits has shown. */
export type RegistrationAttempt =
  | { email: string; comparedWith: null; passwordHash: string }
  | { email: string; comparedWith: string; isSamePassword: boolean };

/** Registrations that wait for their code. Emails are lower case. */
export function createRegistrationRepository(db: Db | Tx) {
  const columns = { passwordHash: registrations.passwordHash, isContested: registrations.isContested };
  return {
    async find(email: string): Promise<Registration | null> {
      const [row] = await db.select(columns).from(registrations).where(isWaiting(email));
      return row ?? null;
    },

    /**
     * Keeps the first password, and from then on only whether every other one was the same: with two different ones the
     * registration is contested for as long as it waits. Null, with nothing kept, when what waits is not what the attempt
     * says.
     */
    async keep(attempt: RegistrationAttempt): Promise<Registration | null> {
      const { email } = attempt;
      const rows =
        attempt.comparedWith === null
          ? await db
              .insert(registrations)
              .values({ email, passwordHash: attempt.passwordHash })
              .onConflictDoUpdate({
                target: registrations.email,
                set: { passwordHash: attempt.passwordHash, isContested: false, updatedAt: sql`now()` },
                setWhere: eq(registrations.passwordHash, USED_UP),
              })
              .returning(columns)
          : await db
              .update(registrations)
              .set({
                isContested: sql`${registrations.isContested} or ${!attempt.isSamePassword}`,
                updatedAt: sql`now()`,
              })
              .where(and(eq(registrations.email, email), eq(registrations.passwordHash, attempt.comparedWith)))
              .returning(columns);
      return rows[0] ?? null;
    },

    /**
     * Takes the registration that waits for its code, once. The row stays as a decoy and ages on: the next registration
     * of this email is answered as if nobody had entered the code.
     */
    async take(email: string): Promise<Registration | null> {
      const [row] = await db.select(columns).from(registrations).where(isWaiting(email)).for('update');
      if (row === undefined) return null;
      await db.update(registrations).set({ passwordHash: USED_UP }).where(eq(registrations.email, email));
      return row;
    },
  };
}

function isWaiting(email: string) {
  return and(eq(registrations.email, email), ne(registrations.passwordHash, USED_UP));
}
