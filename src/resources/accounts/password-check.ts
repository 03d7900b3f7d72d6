import type { Db } from '../../db/client.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import { createAccountRepository } from './account-repository.ts';
import type { Account } from './account-repository.ts';

/** Whose password this is, or null. Does the same work for an account that does not exist. */
export type CheckPassword = (email: string, password: string) => Promise<Account | null>;

export function createPasswordCheck({ db, hasher }: { db: Db; hasher: Hasher }): CheckPassword {
  const accounts = createAccountRepository(db);
  return async (email, password) => {
    const account = await accounts.findByEmail(email);
    const { matches, needsRehash } = await hasher.verifyPassword(account?.passwordHash, password);
    if (account === null || !matches) return null;
    if (!needsRehash) return account;
    const passwordHash = await hasher.hashPassword(password);
    await accounts.updatePasswordHash(account, passwordHash);
    return { ...account, passwordHash };
  };
}
