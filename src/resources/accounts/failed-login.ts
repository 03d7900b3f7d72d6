import { v7 as uuidv7 } from 'uuid';
import type { AuditAction } from '../../changes/audit-actions.ts';
import type { Change } from '../../changes/change-runner.ts';
import { AppError } from '../../errors.ts';
import { loginsLimitedMail, NOTICE_TTL_SECONDS } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { AuditActor } from '../../changes/audit-event.ts';
import { ofAccount } from './account-audit.ts';
import type { AuditedUser } from './account-audit.ts';
import { createAccountRepository } from './account-repository.ts';
import { ACCOUNT_FAILURES_MAX, createLoginFailureRepository } from './login-failure-repository.ts';
import type { CountedFailure, LoginAttempt } from './login-failure-repository.ts';

/** What it takes to tell somebody of failed logins. */
export interface FailureMailing {
  outbox: Outbox;
  publicUrl: string;
}

/** A password or a second factor that was wrong. */
export interface FailedLogin extends FailureMailing {
  attempt: LoginAttempt;
  /** Null where there is no account. */
  account: AuditedUser | null;
  actor: AuditActor;
  action: Extract<AuditAction, 'login.fail' | 'second_factor.fail'>;
}

/**
 * Counts a failure against the account and the source it came from, and locks as `login/` says. Follows `takeTurn` in the
 * same transaction. An email that has no account leaves no event, after the same work.
 */
export async function countFailure(change: Change, failed: FailedLogin): Promise<void> {
  const { attempt, account, actor, action, ...mailing } = failed;
  const counted = await createLoginFailureRepository(change.tx).count(attempt);
  auditFailure(change, { account, actor, action }, counted);
  if (counted.ofAccount === ACCOUNT_FAILURES_MAX) await tellOwner(change, attempt.email, mailing);
}

function auditFailure(
  { audit }: Change,
  { account, actor, action }: Pick<FailedLogin, 'account' | 'actor' | 'action'>,
  counted: CountedFailure,
): void {
  const options = { isKept: account !== null };
  const event = { ...ofAccount(account ?? { id: uuidv7(), email: '' }), actor };
  audit({ action, ...event }, options);
  const { lockedUntil, ofAccount: failures } = counted;
  if (lockedUntil !== null) {
    audit({ action: 'login.lock', ...event, changes: { locked_until: { from: null, to: lockedUntil } } }, options);
  }
  if (failures === ACCOUNT_FAILURES_MAX) {
    audit({ action: 'login.lock', ...event, changes: { failures: { from: null, to: failures } } }, options);
  }
}

/** Owes a mail to who has this account, and nothing in its place to nobody: no difference shows. */
async function tellOwner(change: Change, email: string, { outbox, publicUrl: serviceUrl }: FailureMailing) {
  const account = await createAccountRepository(change.tx).findByEmail(email);
  const mail = account === null ? null : loginsLimitedMail({ to: account.email, serviceUrl });
  await outbox.owe(change, mail, { ttlSeconds: NOTICE_TTL_SECONDS });
}

/** For an account that does not listen to this source. */
export function accountLocked(retryAfterSeconds: number): AppError {
  const detail = 'Too many failed logins for this account; try again later.';
  return new AppError('account_locked', { detail, retryAfterSeconds });
}
