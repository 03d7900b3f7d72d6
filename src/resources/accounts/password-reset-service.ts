import type { Caller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import { NOTICE_TTL_SECONDS, passwordWasResetMail, passwordResetMail } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import { createSecondFactorRepository } from '../../identity/second-factor-repository.ts';
import { createSessionRepository } from '../../identity/session-repository.ts';
import { trustSource } from './accepted-login.ts';
import { actorOf, ofAccount } from './account-audit.ts';
import { createAccountRepository } from './account-repository.ts';
import type { Account } from './account-repository.ts';
import { requireApart } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { createLoginFailureRepository } from './login-failure-repository.ts';
import type { LoginAttempt } from './login-failure-repository.ts';
import { mailCode } from './code-mailing.ts';
import { createOneTimeCodeRepository } from './one-time-code-repository.ts';
import type { CodeKey } from './one-time-code-repository.ts';
import { CODE_COOLDOWN_SECONDS, CODE_TTL_SECONDS, digestsOf, invalidCode, makeCode } from './one-time-codes.ts';

export interface PasswordReset extends Credentials {
  code: string;
  /** Where it comes from, as failed logins are counted. */
  source: string;
}

/** What happens when a password is forgotten. */
export interface PasswordResetService {
  /** Mails a code to an account that exists, at most one a minute; the answer is the same for all. */
  ask: (caller: Caller, email: string) => Promise<void>;
  /**
   * Ends every session of the user and, where there is no second factor, what failed logins have locked.
   * @throws AppError `invalid_code`
   */
  reset: (caller: Caller, reset: PasswordReset) => Promise<void>;
}

export interface PasswordResetServiceOptions {
  db: Db;
  changes: ChangeRunner;
  masterKey: MasterKey;
  hasher: Hasher;
  outbox: Outbox;
  publicUrl: string;
}

export function createPasswordResetService(options: PasswordResetServiceOptions): PasswordResetService {
  const { db, changes, masterKey, hasher, outbox, publicUrl: serviceUrl } = options;
  const codes = createOneTimeCodeRepository(db);

  return {
    async ask(caller, to) {
      const key = resetKey(to);
      const { code, digest } = makeCode(masterKey, key);
      await changes.run(caller, {
        async apply(change) {
          const account = await createAccountRepository(change.tx).findByEmail(key.email);
          const message =
            account === null
              ? null
              : passwordResetMail({ to: account.email, serviceUrl, code, minutes: CODE_TTL_SECONDS / 60 });
          const cooldownSeconds = CODE_COOLDOWN_SECONDS;
          await mailCode(change, outbox, { key, digest: account === null ? null : digest, message, cooldownSeconds });
        },
      });
    },

    async reset(caller, { email, code, password, source }) {
      requireApart({ email, password });
      const key = resetKey(email);
      const digests = digestsOf(masterKey, key, code);
      // A rush of logins must not cost a code one of its tries.
      hasher.requireRoom();
      if (!(await codes.takeTry(key, digests))) throw invalidCode();
      await changes.run(caller, {
        prepare: () => hasher.hashPassword(password),
        async apply(change, passwordHash) {
          const { tx, audit } = change;
          const accounts = createAccountRepository(tx);
          const isSpent = await createOneTimeCodeRepository(tx).spend(key, digests);
          const account = isSpent ? await accounts.findByEmail(key.email) : null;
          if (account === null) throw invalidCode();
          await accounts.setPasswordHash(account.id, passwordHash);
          const ended = await createSessionRepository(tx).endAllOfUser(account.id);
          const changes = { sessions: { from: ended, to: 0 } };
          audit({ action: 'password.reset', ...ofAccount(account), actor: actorOf(account), changes });
          await openAccount(change, { email: key.email, source }, account);
          const message = passwordWasResetMail({ to: account.email, serviceUrl });
          await outbox.owe(change, message, { ttlSeconds: NOTICE_TTL_SECONDS });
        },
      });
    },
  };
}

/**
 * Lifts what failed logins have locked. Who has a second factor is not proven by a mailbox alone: else who has taken that
 * over could guess codes and begin again before each lock. Follows a write on the user, which holds the second factors.
 */
async function openAccount(change: Change, attempt: LoginAttempt, account: Account): Promise<void> {
  const { hasAuthenticator, hasPasskeys } = await createSecondFactorRepository(change.tx).find(account.id);
  if (hasAuthenticator || hasPasskeys) return;
  trustSource(change, { attempt, account });
  // Behind the failures of the source, as they are counted.
  change.atEnd(() => createLoginFailureRepository(change.tx).clearAccount(attempt.email));
}

function resetKey(email: string): CodeKey {
  return { email: email.toLowerCase(), purpose: 'reset_password' };
}
