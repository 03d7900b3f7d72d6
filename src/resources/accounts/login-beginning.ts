import { eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import { nameStatement } from '../../db/named-query.ts';
import { users } from '../../db/tables/users.ts';
import { passwordCosts } from './account-repository.ts';
import type { Account } from './account-repository.ts';
import { lockLeft } from './login-failure-repository.ts';
import type { LoginAttempt } from './login-failure-repository.ts';

/** All that is read before a password is compared. */
export interface LoginBeginning {
  /** For which the account does not listen to the source; 0 when it does. */
  lockedSeconds: number;
  /** Null where there is none. */
  account: Account | null;
  /** As `listPasswordCosts` gives them. */
  costsInUse: readonly string[];
}

type BeginningCells = [
  left: number | null,
  costs: string[],
  id: string | null,
  email: string | null,
  passwordHash: string | null,
];

const find = nameStatement<BeginningCells>('begin_login', (db) =>
  db
    .select({
      left: lockLeft,
      costs: passwordCosts,
      id: users.id,
      email: users.email,
      passwordHash: users.passwordHash,
    })
    .from(sql`(select) as asked`)
    .leftJoin(users, eq(users.email, sql.placeholder('email'))),
);

/** Reads it in one statement, which is the same whether there is such an account or not. */
export async function beginLogin(db: Db, attempt: LoginAttempt): Promise<LoginBeginning> {
  const [cells] = await find(db, { ...attempt });
  const [left = null, costsInUse = [], id = null, email = null, passwordHash = null] = cells ?? [];
  const isThere = id !== null && email !== null && passwordHash !== null;
  return { lockedSeconds: Math.max(0, left ?? 0), account: isThere ? { id, email, passwordHash } : null, costsInUse };
}
