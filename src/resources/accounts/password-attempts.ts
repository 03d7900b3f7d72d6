import type { FastifyBaseLogger } from 'fastify';
import type { AuditActor } from '../../changes/audit-event.ts';
import type { Caller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import { createSecondFactorRepository } from '../../identity/second-factor-repository.ts';
import type { SecondFactors } from '../../identity/second-factor-repository.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import { nobody } from './account-audit.ts';
import { createAccountRepository } from './account-repository.ts';
import type { Account } from './account-repository.ts';
import { trustSource } from './accepted-login.ts';
import type { Credentials } from './credentials.ts';
import { accountLocked, countFailure } from './failed-login.ts';
import { createLoginFailureRepository } from './login-failure-repository.ts';
import type { LoginAttempt } from './login-failure-repository.ts';
import type { LoginOrigin } from './login-origin.ts';
import { beginLogin } from './login-beginning.ts';
import { checkPassword } from './password-check.ts';
import type { PasswordVerdict } from './password-check.ts';

/** A password that somebody gives, and what it is given for. */
export interface PasswordAttempt<Made> extends Credentials {
  origin: LoginOrigin;
  /** Whose attempt it is where it fails; default: nobody's. */
  actor?: AuditActor;
  /** Runs once the password is right, in the transaction that says so. */
  accept: (change: Change, account: Account, factors: SecondFactors) => Promise<Made>;
}

/**
 * The one way to compare a password with an account's: at login, and wherever it is asked for again. Failures are counted
 * and locked by the same rules everywhere, for an unknown email as well.
 * @returns null for a wrong password and an unknown email alike
 * @throws AppError `account_locked` after too many failures; `overloaded` before anything is read or written
 */
export type TryPassword = <Made>(caller: Caller, attempt: PasswordAttempt<Made>) => Promise<{ made: Made } | null>;

export interface PasswordAttemptsOptions {
  db: Db;
  changes: ChangeRunner;
  log: Pick<FastifyBaseLogger, 'warn'>;
  hasher: Hasher;
  outbox: Outbox;
  publicUrl: string;
}

/** How an attempt ends. `changed`: the password is no longer the one it was compared with. */
type Verdict<Made> = { lockedSeconds: number } | { made: Made } | 'wrong' | 'changed';

export function createTryPassword(options: PasswordAttemptsOptions): TryPassword {
  const { db, changes, log, hasher } = options;
  const accounts = createAccountRepository(db);

  /** Replaces a hash by one as new ones are. The password has been accepted and the attempt does not fail with it. */
  async function replaceHash(account: Account, freshHash: string): Promise<void> {
    try {
      await accounts.updatePasswordHash(account, freshHash);
    } catch (err) {
      log.warn({ err, actor: account.id }, 'a password could not be rehashed; it goes on working as it is');
    }
  }

  return async <Made>(caller: Caller, { email, password, origin, actor = nobody, accept }: PasswordAttempt<Made>) => {
    const attempt = { email: email.toLowerCase(), source: origin.source };
    hasher.requireRoom();
    for (;;) {
      const { lockedSeconds, ...known } = await beginLogin(db, attempt);
      if (lockedSeconds > 0) throw accountLocked(lockedSeconds);
      const check = await checkPassword(hasher, { ...known, password, closed: origin.closed });
      const verdict = await changes.run(caller, {
        apply: (change) => judge(change, { attempt, actor, check, accept, ...options }),
      });
      if (verdict === 'changed') continue;
      if (verdict === 'wrong') return null;
      if ('lockedSeconds' in verdict) throw accountLocked(verdict.lockedSeconds);
      if (check.isRight && check.freshHash !== undefined) await replaceHash(check.account, check.freshHash);
      return verdict;
    }
  };
}

interface Attempt<Made> extends Pick<PasswordAttemptsOptions, 'outbox' | 'publicUrl'> {
  attempt: LoginAttempt;
  actor: AuditActor;
  check: PasswordVerdict;
  accept: PasswordAttempt<Made>['accept'];
}

/**
 * Decides about an attempt whose password has been compared. Verdicts on one account come one after another, and each sees
 * what those before it counted: of any number of guesses at the same time as many are heard as of guesses one by one. Beyond
 * that a right password is answered as a wrong one, after the same statements. Only failures are written, so that logins
 * under way lock nobody out, whatever becomes of the process.
 */
async function judge<Made>(
  change: Change,
  { attempt, actor, check, accept, ...mailing }: Attempt<Made>,
): Promise<Verdict<Made>> {
  const { tx } = change;
  const failures = createLoginFailureRepository(tx);
  const [, lockedSeconds] = await Promise.all([failures.takeTurn(attempt.email), failures.getLockLeft(attempt)]);
  if (lockedSeconds > 0) return { lockedSeconds };
  if (!check.isRight) {
    await countFailure(change, { attempt, account: check.account, actor, action: 'login.fail', ...mailing });
    return 'wrong';
  }
  const { account } = check;
  const [isHeld, factors] = await Promise.all([
    // Else a reset between the comparison and here would end every session but this one.
    createAccountRepository(tx).holdPasswordHash(account),
    // Behind it: whoever changes them holds the user.
    createSecondFactorRepository(tx).find(account.id),
  ]);
  if (!isHeld) return 'changed';
  if (!factors.hasAuthenticator && !factors.hasPasskeys) trustSource(change, { attempt, account });
  return { made: await accept(change, account, factors) };
}
