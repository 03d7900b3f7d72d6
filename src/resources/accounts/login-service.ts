import type { Caller } from '../../changes/caller.ts';
import { AppError } from '../../errors.ts';
import type { OpenSession } from '../../identity/session-service.ts';
import type { Credentials } from './credentials.ts';
import type { LoginOrigin } from './login-origin.ts';
import type { TryPassword } from './password-attempts.ts';
import { askSecondFactor } from './pending-login.ts';
import type { SecondFactorAsked } from './pending-login.ts';

/** Who wants to log in, and from where. */
export interface Login extends Credentials {
  origin: LoginOrigin;
}

export interface LoginService {
  /**
   * Logs in, or asks whoever has a second factor for it.
   * @param open what a login that is accepted gives, in the transaction that accepts it
   * @throws AppError `invalid_login` for a wrong password and an unknown email alike; `account_locked` after too many;
   *   `overloaded` before anything is read or written
   */
  login: <Opened>(caller: Caller, login: Login, open: OpenSession<Opened>) => Promise<Opened | SecondFactorAsked>;
}

export interface LoginServiceOptions {
  tryPassword: TryPassword;
}

export function createLoginService({ tryPassword }: LoginServiceOptions): LoginService {
  return {
    async login(caller, login, open) {
      const accepted = await tryPassword(caller, {
        ...login,
        accept: async (change, account, factors) =>
          factors.hasAuthenticator || factors.hasPasskeys
            ? askSecondFactor(change, account, factors)
            : open(change, account, caller),
      });
      if (accepted === null) throw invalidLogin();
      return accepted.made;
    },
  };
}

function invalidLogin(): AppError {
  return new AppError('invalid_login', { detail: 'The email or the password is wrong.', reason: 'login failed' });
}
