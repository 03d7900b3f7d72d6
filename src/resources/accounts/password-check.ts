import type { Db } from '../../db/client.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import { createAccountRepository } from './account-repository.ts';
import type { Account } from './account-repository.ts';

/** An account whose password was given. */
export interface PasswordMatch {
  isRight: true;
  account: Account;
  /** To be stored in place of the hash, once the login has been accepted; undefined where that is as new ones are. */
  freshHash: string | undefined;
}

/** Another password than the account's; null where there is no account. */
export interface PasswordMismatch {
  isRight: false;
  account: Account | null;
}

export type PasswordVerdict = PasswordMatch | PasswordMismatch;

/** Whose password this is. Does the same work for an account that does not exist, and writes nothing. */
export type CheckPassword = (email: string, password: string, closed?: AbortSignal) => Promise<PasswordVerdict>;

export function createPasswordCheck({ db, hasher }: { db: Db; hasher: Hasher }): CheckPassword {
  const accounts = createAccountRepository(db);
  return async (email, password, closed) => {
    const account = await accounts.findByEmail(email);
    const costsInUse = await accounts.listPasswordCosts();
    const { matches, fresh } = await hasher.checkPassword(account?.passwordHash, password, { costsInUse, closed });
    if (account === null || !matches) return { isRight: false, account };
    return { isRight: true, account, freshHash: fresh };
  };
}
