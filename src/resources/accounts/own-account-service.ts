import type { UserCaller } from '../../changes/caller.ts';
import type { ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import { AppError, requireFound } from '../../errors.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { createOwnSessionRepository } from '../../identity/own-session-repository.ts';
import type { OwnSession } from '../../identity/own-session-repository.ts';
import { createSecondFactorRepository } from '../../identity/second-factor-repository.ts';
import type { SecondFactors } from '../../identity/second-factor-repository.ts';
import { NOTICE_TTL_SECONDS, passwordChangedMail } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import { actorOf, ofAccount } from './account-audit.ts';
import { createAccountRepository } from './account-repository.ts';
import { requireApart } from './credentials.ts';
import type { LoginOrigin } from './login-origin.ts';
import type { TryPassword } from './password-attempts.ts';
import { reauthenticationRequired, wrongPassword } from './reauthentication.ts';

export interface NewOwnPassword {
  currentPassword: string;
  password: string;
  origin: LoginOrigin;
}

/** What people do with their own accounts. */
export interface OwnAccountService {
  get: (caller: UserCaller) => Promise<{ id: string; email: string; createdAt: Date } & SecondFactors>;
  /**
   * Ends every other session, and mails.
   * @throws AppError `invalid_request` for a password that says too much of its email; `wrong_password`, `account_locked`
   */
  changePassword: (caller: UserCaller, change: NewOwnPassword) => Promise<void>;
  listSessions: (caller: UserCaller, page: PageRequest) => Promise<OwnSession[]>;
  /**
   * The caller's own, too, and that without more.
   * @param end `isProven`: whether the password was given lately
   * @throws AppError `not_found`, `reauthentication_required`
   */
  endSession: (caller: UserCaller, end: { sessionId: string; isProven: boolean }) => Promise<void>;
  /** All but the caller's. */
  endOtherSessions: (caller: UserCaller) => Promise<void>;
}

export interface OwnAccountServiceOptions {
  db: Db;
  changes: ChangeRunner;
  hasher: Hasher;
  outbox: Outbox;
  tryPassword: TryPassword;
  publicUrl: string;
  consoleSessionIdleSeconds: number;
}

export function createOwnAccountService(options: OwnAccountServiceOptions): OwnAccountService {
  const {
    db,
    changes,
    hasher,
    outbox,
    tryPassword,
    publicUrl: serviceUrl,
    consoleSessionIdleSeconds: idleSeconds,
  } = options;
  return {
    async get({ userId }) {
      const account = requireFound(await createAccountRepository(db).findById(userId));
      return { ...account, ...(await createSecondFactorRepository(db).find(userId)) };
    },

    async changePassword(caller, { currentPassword, password, origin }) {
      const { userId, email, sessionId } = caller;
      requireApart({ email, password });
      const passwordHash = await hasher.hashPassword(password);
      const actor = actorOf({ id: userId, email });
      const accepted = await tryPassword(caller, {
        ...{ email, password: currentPassword, origin, actor },
        async accept(change, account) {
          const { tx, audit } = change;
          await createAccountRepository(tx).setPasswordHash(account.id, passwordHash);
          const ended = await createOwnSessionRepository(tx, account.id, idleSeconds).endOthers(sessionId);
          const kept = sessionId === null ? 0 : 1;
          const sessions = { from: ended + kept, to: kept };
          audit({ action: 'password.change', ...ofAccount(account), actor, changes: { sessions } });
          const message = passwordChangedMail({ to: account.email, serviceUrl });
          await outbox.owe(change, message, { ttlSeconds: NOTICE_TTL_SECONDS });
        },
      });
      if (accepted === null) throw wrongPassword('/current_password');
    },

    listSessions: ({ userId }, page) => createOwnSessionRepository(db, userId, idleSeconds).list(page),

    endSession: (caller, { sessionId, isProven }) =>
      changes.run(caller, {
        async apply({ tx, audit }) {
          const isEnded = await createOwnSessionRepository(tx, caller.userId, idleSeconds).end(sessionId);
          if (!isEnded) throw new AppError('not_found');
          // Else all of them could be ended one by one, which together takes the password.
          if (!isProven && sessionId !== caller.sessionId) throw reauthenticationRequired(caller);
          const target = { type: 'session', id: sessionId, name: null } as const;
          audit({ action: 'session.end', ...ofCaller(caller), target });
        },
      }),

    endOtherSessions: (caller) =>
      changes.run(caller, {
        async apply({ tx, audit }) {
          const ended = await createOwnSessionRepository(tx, caller.userId, idleSeconds).endOthers(caller.sessionId);
          const kept = caller.sessionId === null ? 0 : 1;
          audit({
            action: 'session.end',
            ...ofCaller(caller),
            changes: { sessions: { from: ended + kept, to: kept } },
          });
        },
      }),
  };
}

function ofCaller({ userId, email }: UserCaller) {
  return ofAccount({ id: userId, email });
}
