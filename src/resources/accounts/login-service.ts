import type { Db } from '../../db/client.ts';
import { AppError } from '../../errors.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import { createAccountRepository } from './account-repository.ts';
import type { Credentials } from './account-service.ts';
import { createLoginFailureRepository } from './login-failure-repository.ts';
import type { LoginAttempt } from './login-failure-repository.ts';
import { createPasswordCheck } from './password-check.ts';
import type { SessionService, TokenPair } from '../../identity/session-service.ts';

export interface LoginService {
  /**
   * @param source where the attempt comes from: failures count per account and source
   * @throws AppError `invalid_login` for a wrong password and an unknown email alike; `account_locked` after too many
   */
  login: (credentials: Credentials, source: string) => Promise<TokenPair>;
}

export interface LoginServiceOptions {
  db: Db;
  hasher: Hasher;
  sessions: SessionService;
}

export function createLoginService(options: LoginServiceOptions): LoginService {
  const { db, hasher, sessions } = options;
  const checkPassword = createPasswordCheck({ db, hasher });
  const failures = createLoginFailureRepository(db);

  /** Tokens for who knows the password, else null. */
  async function openSession(attempt: LoginAttempt, password: string): Promise<TokenPair | null> {
    for (;;) {
      const account = await checkPassword(attempt.email, password);
      if (account === null) return null;
      const pair = await db.transaction(async (tx) => {
        // Else a reset between the check and here would end every session but this one.
        if (!(await createAccountRepository(tx).holdPasswordHash(account))) return null;
        await createLoginFailureRepository(tx).clear(attempt);
        return sessions.open(tx, account.id);
      });
      if (pair !== null) return pair;
    }
  }

  return {
    async login({ email, password }, source) {
      const attempt = { email: email.toLowerCase(), source };
      if (!(await failures.begin(attempt))) {
        throw new AppError('account_locked', {
          detail: 'Too many failed logins for this account from this address; try again later.',
          retryAfterSeconds: await failures.getLockLeft(attempt),
        });
      }
      const pair = await openSession(attempt, password).catch(async (err: unknown) => {
        // No verdict was reached: the attempt must not count against the account.
        await failures.withdraw(attempt);
        throw err;
      });
      if (pair !== null) return pair;
      throw new AppError('invalid_login', { detail: 'The email or the password is wrong.', reason: 'login failed' });
    },
  };
}
