import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { nameStatement } from '../../db/named-query.ts';
import { passwordCostOf, users } from '../../db/tables/users.ts';
import { createPendingLoginRepository } from '../../identity/pending-login-repository.ts';

export const USERS_EMAIL_KEY = 'users__email_key';

/** More than anybody sets in the life of a deployment. */
const COSTS_MAX = 8;

export interface Account {
  id: string;
  email: string;
  passwordHash: string;
}

const cost = passwordCostOf(users.passwordHash);

/**
 * The argon2 costs that stored hashes have, each once, as an array. The index is probed once for each cost, not for each
 * account.
 */
export const passwordCosts = sql<string[]>`array(
  select cost from (
    with recursive costs as (
      (select ${cost} as cost from ${users} where ${cost} > '' order by 1 limit 1)
      union all
      select (select ${cost} from ${users} where ${cost} > costs.cost order by 1 limit 1)
      from costs where costs.cost is not null
    )
    select cost from costs
  ) as costs_in_use where cost is not null limit ${sql.raw(`${COSTS_MAX}`)}
)`;

const findCosts = nameStatement<[costs: string[]]>('find_password_costs', (db) =>
  db.select({ costs: sql`costs` }).from(sql`(select ${passwordCosts} as costs) as found`),
);

const holdPasswordHash = nameStatement('hold_password_hash', (db) =>
  db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, sql.placeholder('id')), eq(users.passwordHash, sql.placeholder('passwordHash'))))
    .for('share'),
);

export type AccountRepository = ReturnType<typeof createAccountRepository>;

/** Emails are lower case wherever they are a key. */
export function createAccountRepository(db: Db | Tx) {
  return {
    async findByEmail(email: string): Promise<Account | null> {
      const [row] = await db
        .select({ id: users.id, email: users.email, passwordHash: users.passwordHash })
        .from(users)
        .where(eq(users.email, email));
      return row ?? null;
    },

    async findById(id: string): Promise<{ id: string; email: string; createdAt: Date } | null> {
      const [row] = await db
        .select({ id: users.id, email: users.email, createdAt: users.createdAt })
        .from(users)
        .where(eq(users.id, id));
      return row ?? null;
    },

    /** The argon2 costs that stored hashes have, each once. */
    async listPasswordCosts(): Promise<string[]> {
      const [[costs] = [[]]] = await findCosts(db, {});
      return costs;
    },

    async insert(account: Account): Promise<void> {
      await db.insert(users).values(account);
    },

    /** Replaces a password hash, if it still is the one that was read. */
    async updatePasswordHash(account: Account, passwordHash: string): Promise<void> {
      await db
        .update(users)
        .set({ passwordHash, updatedAt: sql`now()` })
        .where(and(eq(users.id, account.id), eq(users.passwordHash, account.passwordHash)));
    },

    /** Whether the password hash still is the one that was read; if so, it stays so until the transaction ends. */
    async holdPasswordHash({ id, passwordHash }: Account): Promise<boolean> {
      return (await holdPasswordHash(db, { id, passwordHash })).length > 0;
    },

    /** Whoever has begun to log in with the password of before begins anew. */
    async setPasswordHash(userId: string, passwordHash: string): Promise<void> {
      await db
        .update(users)
        .set({ passwordHash, updatedAt: sql`now()` })
        .where(eq(users.id, userId));
      // Behind the update: it has waited for logins under way, and this sees what they left.
      await createPendingLoginRepository(db).deleteAllOfUser(userId);
    },
  };
}
