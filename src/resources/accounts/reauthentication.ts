import type { FastifyReply, FastifyRequest } from 'fastify';
import type { UserCaller } from '../../changes/caller.ts';
import { AppError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { createSessionRepository } from '../../identity/session-repository.ts';
import { actorOf, ofAccount } from './account-audit.ts';
import { loginOriginOf } from './login-origin.ts';
import type { LoginOrigin } from './login-origin.ts';
import type { TryPassword } from './password-attempts.ts';

/** For so long a password that was given counts. */
export const PROVEN_SECONDS_MAX = 15 * 60;

/** What a route that calls {@link Reauthentication} can answer with besides, for its `config.problems`. */
export const reauthenticationProblems = [
  'reauthentication_required',
  'wrong_password',
  'account_locked',
] as const satisfies ErrorCode[];

/** The `password` of a request, if it was sent. */
export interface GivenPassword {
  password: string | undefined;
  origin: LoginOrigin;
}

/** Of a route whose body has the optional member `password` ({@link GivenPassword} in `http/schemas.ts`). */
export function givenPasswordOf(request: FastifyRequest, reply: FastifyReply): GivenPassword {
  const { password } = (request.body ?? {}) as { password?: string };
  return { password, origin: loginOriginOf(request, reply) };
}

/**
 * Stands in front of what somebody must not do who only found an open session: deleting an organization, changing owners or
 * policy, removing a second factor, ending other sessions. It hashes, so it is called before the change's transaction:
 * `await reauthentication.require(userOf(request), givenPasswordOf(request, reply))`.
 */
export interface Reauthentication {
  /**
   * Passes within 15 minutes of a login, and with the account's password, which begins the 15 minutes of the session anew. A
   * password that is sent is always looked at, and counts in the lockout as at login. Who logs in at another issuer passes
   * within 15 minutes of that, as its token says.
   * @throws AppError `reauthentication_required`, `wrong_password`, `account_locked`, `overloaded`
   */
  require: (caller: UserCaller, given: GivenPassword) => Promise<void>;
  /**
   * As `require`, where only the change finds out whether it needs that: false instead of `reauthentication_required`, which
   * the change then throws itself ({@link reauthenticationRequired}).
   */
  check: (caller: UserCaller, given: GivenPassword) => Promise<boolean>;
}

export interface ReauthenticationOptions {
  tryPassword: TryPassword;
  /** False where people log in elsewhere alone: then no password is looked at. */
  arePasswordsTaken: boolean;
}

export function createReauthentication(options: ReauthenticationOptions): Reauthentication {
  const { tryPassword, arePasswordsTaken } = options;

  async function check(caller: UserCaller, { password, origin }: GivenPassword): Promise<boolean> {
    const { userId, email, sessionId, provenSecondsAgo } = caller;
    const isRecent = provenSecondsAgo <= PROVEN_SECONDS_MAX;
    if (password === undefined || sessionId === null || !arePasswordsTaken) return isRecent;
    const actor = actorOf({ id: userId, email });
    const accepted = await tryPassword(caller, {
      ...{ email, password, origin, actor },
      async accept({ tx, audit }) {
        await createSessionRepository(tx).reauthenticate(sessionId);
        const target = { type: 'session', id: sessionId, name: null } as const;
        audit({ action: 'session.reauthenticate', ...ofAccount({ id: userId, email }), target, actor });
      },
    });
    if (accepted === null) throw wrongPassword('/password');
    return true;
  }

  return {
    check,
    async require(caller, given) {
      if (!(await check(caller, given))) throw reauthenticationRequired(caller);
    },
  };
}

/** @param caller whose login is too long ago */
export function reauthenticationRequired({ sessionId }: UserCaller): AppError {
  if (sessionId === null) {
    const detail = 'Log in again where your token comes from: this needs a login within the last 15 minutes.';
    return new AppError('reauthentication_required', { detail });
  }
  return new AppError('reauthentication_required', {
    detail: 'Send your password as well: this needs one that was given within the last 15 minutes.',
    errors: [{ pointer: '/password', code: 'required', detail: 'is missing' }],
  });
}

/** @param pointer to the member that held it */
export function wrongPassword(pointer: string): AppError {
  return new AppError('wrong_password', {
    detail: 'It was counted as a failed login.',
    errors: [{ pointer, code: 'not_allowed', detail: 'is not the password of this account' }],
  });
}
