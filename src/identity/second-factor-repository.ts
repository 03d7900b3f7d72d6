import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { passkeys, totpFactors } from '../db/tables/second-factors.ts';
import { users } from '../db/tables/users.ts';

/** What a user can prove to be the same person with, besides the password. */
export interface SecondFactors {
  hasAuthenticator: boolean;
  hasPasskeys: boolean;
}

/** Which second factors a user has. For lists of users there is `hasSecondFactor` of the tables. */
export function createSecondFactorRepository(db: Db | Tx) {
  return {
    async find(userId: string): Promise<SecondFactors> {
      const authenticator = db
        .select({ one: sql`1` })
        .from(totpFactors)
        .where(and(eq(totpFactors.userId, userId), isNotNull(totpFactors.confirmedAt)));
      const passkey = db
        .select({ one: sql`1` })
        .from(passkeys)
        .where(eq(passkeys.userId, userId));
      const { rows } = await db.execute<{ hasAuthenticator: boolean; hasPasskeys: boolean }>(
        sql`select exists (${authenticator}) as "hasAuthenticator", exists (${passkey}) as "hasPasskeys"`,
      );
      return rows[0] ?? { hasAuthenticator: false, hasPasskeys: false };
    },

    /** Nobody else adds or takes away a second factor of the user until the transaction ends, and no login is under way. */
    async hold(userId: string): Promise<void> {
      await db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update');
    },
  };
}
