import type { Db } from '../../db/client.ts';
import { AppError } from '../../errors.ts';
import { passwordChangedMail, passwordResetMail } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import { createAccountRepository } from './account-repository.ts';
import type { Account, CodeKey } from './account-repository.ts';
import { codeLimits, invalidCode } from './account-service.ts';
import type { Credentials } from './account-service.ts';
import { createLoginFailureRepository } from './login-failure-repository.ts';
import type { LoginAttempt } from './login-failure-repository.ts';
import { CODE_COOLDOWN_SECONDS, CODE_TTL_SECONDS, digestsOf, makeCode, makeDecoyDigest } from './one-time-codes.ts';
import { createSessionRepository } from '../../identity/session-repository.ts';
import type { SessionService, TokenPair } from '../../identity/session-service.ts';

/** A notice is worth sending late, not forever. */
const NOTICE_TTL_SECONDS = 86_400;

export interface LoginService {
  /**
   * @param source where the attempt comes from: failures count per account and source
   * @throws AppError `invalid_login` for a wrong password and an unknown email alike; `account_locked` after too many
   */
  login: (credentials: Credentials, source: string) => Promise<TokenPair>;
  /** Mails a code to an account that exists, at most one a minute; the answer is the same for all. */
  forgotPassword: (email: string) => Promise<void>;
  /** Ends every session of the user. @throws AppError `invalid_code` */
  resetPassword: (reset: Credentials & { code: string }, source: string) => Promise<void>;
}

export interface LoginServiceOptions {
  db: Db;
  masterKey: MasterKey;
  hasher: Hasher;
  outbox: Outbox;
  sessions: SessionService;
  publicUrl: string;
}

export function createLoginService(options: LoginServiceOptions): LoginService {
  const { db, masterKey, hasher, outbox, sessions, publicUrl: serviceUrl } = options;
  const accounts = createAccountRepository(db);
  const failures = createLoginFailureRepository(db);

  /** Whose password this is, or null. Does the same work for an account that does not exist. */
  async function checkPassword(email: string, password: string): Promise<Account | null> {
    const account = await accounts.findByEmail(email);
    const { matches, needsRehash } = await hasher.verifyPassword(account?.passwordHash, password);
    if (account === null || !matches) return null;
    if (!needsRehash) return account;
    const passwordHash = await hasher.hashPassword(password);
    await accounts.updatePasswordHash(account, passwordHash);
    return { ...account, passwordHash };
  }

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

    async forgotPassword(to) {
      const key = resetKey(to);
      const { code, digest } = makeCode(masterKey, key);
      await db.transaction(async (tx) => {
        const repository = createAccountRepository(tx);
        const account = await repository.findByEmail(key.email);
        const stored = account === null ? makeDecoyDigest() : digest;
        const cooldownSeconds = CODE_COOLDOWN_SECONDS;
        if (!(await repository.replaceCode({ ...key, digest: stored, cooldownSeconds, limits: codeLimits }))) return;
        const mail = passwordResetMail({ to: account?.email ?? to, serviceUrl, code, minutes: CODE_TTL_SECONDS / 60 });
        await outbox.enqueue(tx, account === null ? null : mail, { ttlSeconds: CODE_TTL_SECONDS });
      });
      outbox.wake();
    },

    async resetPassword({ email, code, password }, source) {
      const key = resetKey(email);
      const digests = digestsOf(masterKey, key, code);
      if (!(await accounts.takeTry(key, digests))) throw invalidCode();
      const passwordHash = await hasher.hashPassword(password);
      await db.transaction(async (tx) => {
        const repository = createAccountRepository(tx);
        const isSpent = await repository.spendCode(key, digests);
        const account = isSpent ? await repository.findByEmail(key.email) : null;
        if (account === null) throw invalidCode();
        await repository.setPasswordHash(account.id, passwordHash);
        await createSessionRepository(tx).endAllOfUser(account.id);
        await createLoginFailureRepository(tx).clear({ email: key.email, source });
        await outbox.enqueue(tx, passwordChangedMail({ to: account.email, serviceUrl }), {
          ttlSeconds: NOTICE_TTL_SECONDS,
        });
      });
      outbox.wake();
    },
  };
}

function resetKey(email: string): CodeKey {
  return { email: email.toLowerCase(), purpose: 'reset_password' };
}
