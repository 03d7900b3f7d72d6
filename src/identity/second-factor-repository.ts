import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Db, Tx } from '../db/client.ts';
import { nameStatement } from '../db/named-query.ts';
import { passkeys, totpFactors } from '../db/tables/second-factors.ts';
import { users } from '../db/tables/users.ts';

/** What a user can prove to be the same person with, besides the password. */
export interface SecondFactors {
  hasAuthenticator: boolean;
  hasPasskeys: boolean;
}

const find = nameStatement<[hasAuthenticator: boolean, hasPasskeys: boolean]>('find_second_factors', (db) => {
  const isUsers = (column: AnyPgColumn) => eq(column, sql.placeholder('userId'));
  const one = { one: sql`1` };
  const authenticator = db
    .select(one)
    .from(totpFactors)
    .where(and(isUsers(totpFactors.userId), isNotNull(totpFactors.confirmedAt)));
  const passkey = db.select(one).from(passkeys).where(isUsers(passkeys.userId));
  const found = sql`(select exists (${authenticator}) as authenticator, exists (${passkey}) as passkey) as found`;
  return db.select({ authenticator: sql`authenticator`, passkey: sql`passkey` }).from(found);
});

/** Which second factors a user has. For lists of users there is `hasSecondFactor` of the tables. */
export function createSecondFactorRepository(db: Db | Tx) {
  return {
    async find(userId: string): Promise<SecondFactors> {
      const [[hasAuthenticator, hasPasskeys] = [false, false]] = await find(db, { userId });
      return { hasAuthenticator, hasPasskeys };
    },

    /** Nobody else adds or takes away a second factor of the user until the transaction ends, and no login is under way. */
    async hold(userId: string): Promise<void> {
      await db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update');
    },
  };
}
