import type { Db } from '../../db/client.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import { createAccountRepository } from './account-repository.ts';
import type { Account } from './account-repository.ts';

/** An account whose password was given. */
export interface PasswordMatch {
  account: Account;
  /** The hash should be replaced, once the login has been accepted. */
  needsRehash: boolean;
}

/** Whose password this is, or null. Does the same work for an account that does not exist, and writes nothing. */
export type CheckPassword = (email: string, password: string, closed?: AbortSignal) => Promise<PasswordMatch | null>;

export function createPasswordCheck({ db, hasher }: { db: Db; hasher: Hasher }): CheckPassword {
  const accounts = createAccountRepository(db);
  return async (email, password, closed) => {
    const account = await accounts.findByEmail(email);
    const { matches, needsRehash } = await hasher.verifyPassword(account?.passwordHash, password, closed);
    return account === null || !matches ? null : { account, needsRehash };
  };
}
