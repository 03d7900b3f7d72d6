import type { Caller } from '../../changes/caller.ts';
import { AppError } from '../../errors.ts';
import type { SessionService, TokenPair } from '../../identity/session-service.ts';
import type { Credentials } from './credentials.ts';
import type { LoginOrigin } from './login-origin.ts';
import type { TryPassword } from './password-attempts.ts';
import { askSecondFactor } from './pending-login.ts';
import type { SecondFactorAsked } from './pending-login.ts';

export interface LoginService {
  /**
   * Logs in, or asks whoever has a second factor for it.
   * @throws AppError `invalid_login` for a wrong password and an unknown email alike; `account_locked` after too many;
   *   `overloaded` before anything is read or written
   */
  login: (caller: Caller, credentials: Credentials, origin: LoginOrigin) => Promise<TokenPair | SecondFactorAsked>;
}

export interface LoginServiceOptions {
  tryPassword: TryPassword;
  sessions: SessionService;
}

export function createLoginService({ tryPassword, sessions }: LoginServiceOptions): LoginService {
  return {
    async login(caller, credentials, origin) {
      const accepted = await tryPassword(caller, {
        ...credentials,
        origin,
        accept: async (change, account, factors) =>
          factors.hasAuthenticator || factors.hasPasskeys
            ? askSecondFactor(change, account, factors)
            : sessions.open(change, account, caller),
      });
      if (accepted === null) throw invalidLogin();
      return accepted.made;
    },
  };
}

function invalidLogin(): AppError {
  return new AppError('invalid_login', { detail: 'The email or the password is wrong.', reason: 'login failed' });
}
