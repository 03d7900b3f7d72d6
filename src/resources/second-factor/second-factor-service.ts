import type { UserCaller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import { AppError } from '../../errors.ts';
import { createSecondFactorRepository } from '../../identity/second-factor-repository.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import { makeOtpauthUrl, makeTotpSecret } from '../../rules/totp.ts';
import { actorOf, ofAccount } from '../accounts/account-audit.ts';
import type { AuditedUser } from '../accounts/account-audit.ts';
import { accountLocked, countFailure } from '../accounts/failed-login.ts';
import { createLoginFailureRepository } from '../accounts/login-failure-repository.ts';
import type { LoginOrigin } from '../accounts/login-origin.ts';
import type { TryPassword } from '../accounts/password-attempts.ts';
import { wrongPassword } from '../accounts/reauthentication.ts';
import { digestRecoveryCode, makeRecoveryCodes } from './recovery-codes.ts';
import { createRecoveryCodeRepository } from './recovery-code-repository.ts';
import type { SecondFactorCodes } from './second-factor-codes.ts';
import { createNotices } from './second-factor-notices.ts';
import { createTotpRepository } from './totp-repository.ts';

export interface TotpSetup {
  secret: string;
  otpauthUrl: string;
}

/** The authenticator app and the recovery codes of one's own. */
export interface SecondFactorService {
  /** Begins anew where one was not confirmed. @throws AppError `second_factor_exists` */
  createTotp: (caller: UserCaller) => Promise<TotpSetup>;
  /**
   * Makes the authenticator a second factor, and gives recovery codes in the place of those there were.
   * @throws AppError `invalid_code` for a wrong code and where nothing waits for one
   */
  confirmTotp: (caller: UserCaller, code: string) => Promise<string[]>;
  /** @throws AppError `not_found`, `wrong_password`, `invalid_code`, `account_locked`, `overloaded` */
  deleteTotp: (caller: UserCaller, proof: { password: string; code: string }, origin: LoginOrigin) => Promise<void>;
  /**
   * Takes a code of whoever has an authenticator.
   * @throws AppError `no_second_factor`, `invalid_request` without a code, `invalid_code`, `account_locked`, `overloaded`
   */
  regenerateRecoveryCodes: (caller: UserCaller, proof: RenewalProof) => Promise<string[]>;
}

export interface RenewalProof {
  code: string | undefined;
  /** Where it comes from, as failed logins are counted. */
  source: string;
}

export interface SecondFactorServiceOptions {
  db: Db;
  changes: ChangeRunner;
  masterKey: MasterKey;
  tryPassword: TryPassword;
  outbox: Outbox;
  codes: SecondFactorCodes;
  publicUrl: string;
}

export function createSecondFactorService(options: SecondFactorServiceOptions): SecondFactorService {
  const { db, changes, masterKey, tryPassword, codes, publicUrl } = options;
  const notices = createNotices(options);
  const issuer = new URL(publicUrl).host;

  /** False for a wrong code, which counts as a failed login. Follows `takeTurn` and `hold`. */
  async function prove(change: Change, { user, code, source }: Proof): Promise<boolean> {
    if ((await codes.spend(change, user, code)) !== null) return true;
    const failed = { attempt: { email: user.email, source }, account: user, actor: actorOf(user) };
    await countFailure(change, { ...failed, action: 'second_factor.fail', ...options });
    return false;
  }

  /** False for a wrong code. */
  async function remove(change: Change, proof: Proof): Promise<boolean> {
    const { user } = proof;
    await createSecondFactorRepository(change.tx).hold(user.id);
    if (!(await prove(change, proof))) return false;
    await createTotpRepository(change.tx).delete(user.id);
    await dropLonelyRecoveryCodes(change, user.id);
    change.audit({ action: 'totp.remove', ...ofAccount(user) });
    await notices.owe(change, user, { kind: 'authenticator removed' });
    return true;
  }

  /** Gives what is wrong with a code that was counted: what it throws would undo the counting. */
  async function proveRenewal(
    change: Change,
    { user, code, source }: RenewalProof & { user: AuditedUser },
  ): Promise<AppError | null> {
    if (code === undefined) throw codeMissing();
    const lockedSeconds = await createLoginFailureRepository(change.tx).getLockLeft({ email: user.email, source });
    if (lockedSeconds > 0) throw accountLocked(lockedSeconds);
    return (await prove(change, { user, code, source })) ? null : wrongCode();
  }

  return {
    async createTotp(caller) {
      const secret = makeTotpSecret();
      const sealedSecret = masterKey.seal('totp', secret);
      return changes.run(caller, {
        async apply({ tx }) {
          if (await createTotpRepository(tx).begin(caller.userId, sealedSecret)) {
            return { secret, otpauthUrl: makeOtpauthUrl({ secret, issuer, label: caller.email }) };
          }
          const detail = 'There is an authenticator app already: remove it first.';
          throw new AppError('second_factor_exists', { detail });
        },
      });
    },

    async confirmTotp(caller, code) {
      const user = userOf(caller);
      const recoveryCodes = makeRecoveryCodes();
      return changes.run(caller, {
        async apply(change) {
          await createSecondFactorRepository(change.tx).hold(user.id);
          const repository = createTotpRepository(change.tx);
          const stored = await repository.holdUnconfirmed(user.id);
          const step = stored === null ? undefined : codes.findStep(stored, code);
          if (step === undefined) throw wrongCode();
          await repository.confirm(user.id, step);
          await replaceRecoveryCodes(change, masterKey, { user, recoveryCodes });
          change.audit({ action: 'totp.add', ...ofAccount(user) });
          await notices.owe(change, user, { kind: 'authenticator added' });
          return recoveryCodes;
        },
      });
    },

    async deleteTotp(caller, { password, code }, origin) {
      const user = userOf(caller);
      if ((await createTotpRepository(db).findConfirmed(user.id)) === null) throw new AppError('not_found');
      const accepted = await tryPassword(caller, {
        ...{ email: user.email, password, origin, actor: actorOf(user) },
        accept: (change) => remove(change, { user, code, source: origin.source }),
      });
      if (accepted === null) throw wrongPassword('/password');
      if (!accepted.made) throw wrongCode();
    },

    async regenerateRecoveryCodes(caller, proof) {
      const user = userOf(caller);
      const recoveryCodes = makeRecoveryCodes();
      const made = await changes.run(caller, {
        async apply(change) {
          const factors = createSecondFactorRepository(change.tx);
          await createLoginFailureRepository(change.tx).takeTurn(user.email);
          await factors.hold(user.id);
          const { hasAuthenticator, hasPasskeys } = await factors.find(user.id);
          if (!hasAuthenticator && !hasPasskeys) {
            throw new AppError('no_second_factor', { detail: 'Set up an authenticator app or a passkey first.' });
          }
          const fault = hasAuthenticator ? await proveRenewal(change, { user, ...proof }) : null;
          if (fault !== null) return fault;
          await replaceRecoveryCodes(change, masterKey, { user, recoveryCodes });
          change.audit({ action: 'recovery_codes.renew', ...ofAccount(user) });
          await notices.owe(change, user, { kind: 'recovery codes renewed' });
          return recoveryCodes;
        },
      });
      if (made instanceof AppError) throw made;
      return made;
    },
  };
}

function wrongCode(): AppError {
  return new AppError('invalid_code', { detail: 'Enter the code that the app shows now; each works once.' });
}

function codeMissing(): AppError {
  return new AppError('invalid_request', {
    detail: 'Who has an authenticator app needs a code of it, or a recovery code, for new ones.',
    errors: [{ pointer: '/code', code: 'required', detail: 'is missing' }],
  });
}

interface Proof {
  user: AuditedUser;
  code: string;
  source: string;
}

function userOf({ userId, email }: UserCaller): AuditedUser {
  return { id: userId, email };
}

/** Stores new recovery codes of a user; those from before do not work any more. */
export async function replaceRecoveryCodes(
  { tx }: Change,
  masterKey: MasterKey,
  { user, recoveryCodes }: { user: AuditedUser; recoveryCodes: readonly string[] },
): Promise<void> {
  const digests = recoveryCodes.map((code) => digestRecoveryCode(masterKey, user.id, code));
  await createRecoveryCodeRepository(tx).replaceAll(user.id, digests);
}

/** With the last second factor its recovery codes go. Follows `hold`. */
export async function dropLonelyRecoveryCodes({ tx }: Change, userId: string): Promise<void> {
  const { hasAuthenticator, hasPasskeys } = await createSecondFactorRepository(tx).find(userId);
  if (!hasAuthenticator && !hasPasskeys) await createRecoveryCodeRepository(tx).replaceAll(userId, []);
}
