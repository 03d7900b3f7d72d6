import type { Hasher } from '../../secrets/hasher.ts';
import type { Account } from './account-repository.ts';
import type { LoginBeginning } from './login-beginning.ts';

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

/** What a password is compared with, and who waits for it. */
export interface PasswordQuestion extends Pick<LoginBeginning, 'account' | 'costsInUse'> {
  password: string;
  /** Aborts when nobody waits for the answer any more. */
  closed: AbortSignal | undefined;
}

/** Whether a password is the account's. Does the same work for an account that does not exist, and writes nothing. */
export async function checkPassword(hasher: Hasher, question: PasswordQuestion): Promise<PasswordVerdict> {
  const { account, costsInUse, password, closed } = question;
  const { matches, fresh } = await hasher.checkPassword(account?.passwordHash, password, { costsInUse, closed });
  if (account === null || !matches) return { isRight: false, account };
  return { isRight: true, account, freshHash: fresh };
}
