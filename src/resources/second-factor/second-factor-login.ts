import type { FastifyBaseLogger } from 'fastify';
import type { Caller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import { AppError } from '../../errors.ts';
import { createPendingLoginRepository } from '../../identity/pending-login-repository.ts';
import type { PendingLogin } from '../../identity/pending-login-repository.ts';
import type { OpenSession } from '../../identity/session-service.ts';
import { NOTICE_TTL_SECONDS, secondFactorMissedMail } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import { trustSource } from '../accounts/accepted-login.ts';
import { actorOf, nobody, ofAccount } from '../accounts/account-audit.ts';
import type { AuditedUser } from '../accounts/account-audit.ts';
import { accountLocked, countFailure } from '../accounts/failed-login.ts';
import { createLoginFailureRepository } from '../accounts/login-failure-repository.ts';
import type { LoginOrigin } from '../accounts/login-origin.ts';
import { digestTempToken } from '../accounts/pending-login.ts';
import { ofPasskey } from './passkey-audit.ts';
import { createPasskeyRepository } from './passkey-repository.ts';
import type { PasskeyAssertion, PasskeyRequestOptions } from './passkey-schemas.ts';
import type { SecondFactorCodes } from './second-factor-codes.ts';
import type { VerifiedAssertion, WebAuthn } from './webauthn.ts';

/** From where a login is finished, and what it gives. */
export interface LoginEnding<Opened> {
  origin: LoginOrigin;
  open: OpenSession<Opened>;
}

/** The second half of a login. Each refusal is the same: the token unknown, spent or run out, the proof wrong or used. */
export interface SecondFactorLogin {
  /** @throws AppError `invalid_second_factor`, `account_locked`, `overloaded` */
  verifyCode: <Opened>(
    caller: Caller,
    proof: { tempToken: string; code: string },
    ending: LoginEnding<Opened>,
  ) => Promise<Opened>;
  /** What a browser needs to ask for a passkey; in the place of what it was given before. @throws `invalid_second_factor` */
  makePasskeyOptions: (tempToken: string) => Promise<PasskeyRequestOptions>;
  /** @throws AppError `invalid_second_factor`, `account_locked` */
  verifyPasskey: <Opened>(
    caller: Caller,
    proof: { tempToken: string; credential: PasskeyAssertion },
    ending: LoginEnding<Opened>,
  ) => Promise<Opened>;
}

export interface SecondFactorLoginOptions {
  db: Db;
  changes: ChangeRunner;
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
  outbox: Outbox;
  codes: SecondFactorCodes;
  webAuthn: WebAuthn;
  publicUrl: string;
}

/** By what somebody has proven to be the user. */
type Method = 'totp' | 'recovery_code' | 'passkey';
/** Whether a proof is good; it is spent with the change. */
type Prove = (change: Change, user: AuditedUser) => Promise<Method | null>;

type Verdict<Opened> = { lockedSeconds: number } | { opened: Opened } | 'wrong';

interface Attempt<Opened> extends Pick<SecondFactorLoginOptions, 'outbox' | 'publicUrl'> {
  digest: string;
  source: string;
  caller: Caller;
  prove: Prove;
  open: OpenSession<Opened>;
}

export function createSecondFactorLogin(options: SecondFactorLoginOptions): SecondFactorLogin {
  const { db, codes, webAuthn, log } = options;
  const pendings = createPendingLoginRepository(db);

  /** Verifies an answer outside of the transaction; its challenge is used up whatever it is. */
  async function verify(digest: string, credential: PasskeyAssertion): Promise<(VerifiedAssertion & Used) | null> {
    const challenge = await pendings.takeChallenge(digest);
    const pending = challenge === null ? null : await pendings.find(digest);
    if (challenge === null || pending === null) return null;
    const { userId } = pending;
    const stored = await createPasskeyRepository(db, userId).findByCredentialId(credential.id);
    if (stored === null) return null;
    const verified = await webAuthn.verifyAssertion(credential, { challenge, userId, stored });
    if ('fault' in verified) {
      log.info({ actor: userId, reason: verified.fault }, 'an answer of a passkey was refused');
      return null;
    }
    return { ...verified, id: stored.id, name: stored.name, countBefore: stored.signCount };
  }

  return {
    verifyCode: (caller, { tempToken, code }, { origin, open }) =>
      logIn(options, caller, {
        digest: digestTempToken(tempToken),
        source: origin.source,
        open,
        prove: (change, user) => codes.spend(change, user, code),
      }),

    async makePasskeyOptions(tempToken) {
      const digest = digestTempToken(tempToken);
      const pending = await pendings.find(digest);
      if (pending === null) throw refused();
      const credentials = await createPasskeyRepository(db, pending.userId).listCredentials();
      // An empty list would let the browser offer any passkey it has for this site.
      if (credentials.length === 0) throw refused();
      const made = await webAuthn.makeRequestOptions(credentials);
      if (!(await pendings.setChallenge(digest, made.challenge))) throw refused();
      return made;
    },

    async verifyPasskey(caller, { tempToken, credential }, { origin, open }) {
      const digest = digestTempToken(tempToken);
      const used = await verify(digest, credential);
      const prove: Prove = async (change, user) =>
        used !== null && (await usePasskey(change, user, used)) ? 'passkey' : null;
      return logIn(options, caller, { digest, source: origin.source, prove, open });
    },
  };
}

async function logIn<Opened>(
  options: SecondFactorLoginOptions,
  caller: Caller,
  attempt: Pick<Attempt<Opened>, 'digest' | 'source' | 'prove' | 'open'>,
): Promise<Opened> {
  const apply = (change: Change) => judge(change, { ...options, ...attempt, caller });
  const verdict = await options.changes.run(caller, { apply });
  if (verdict === 'wrong') throw refused();
  if ('lockedSeconds' in verdict) throw accountLocked(verdict.lockedSeconds);
  return verdict.opened;
}

/** The passkey that gave an answer. */
interface Used {
  id: string;
  name: string;
  countBefore: number;
}

/** An authenticator that has not counted on may be one of two with the same key: neither is believed. */
async function usePasskey(change: Change, user: AuditedUser, used: VerifiedAssertion & Used): Promise<boolean> {
  const { id, name, countBefore, signCount } = used;
  if (await createPasskeyRepository(change.tx, user.id).use(id, signCount)) return true;
  const changes = { sign_count: { from: countBefore, to: signCount } };
  change.audit({ action: 'passkey.suspect', ...ofPasskey(user, { id, name }), actor: nobody, changes });
  return false;
}

/**
 * Decides about the second half of a login. Verdicts on one account come one after another, those on its password included,
 * and each sees what those before it counted. What proves nothing is counted in the same lockout as a wrong password.
 */
async function judge<Opened>(
  change: Change,
  { digest, source, caller, prove, open, ...mailing }: Attempt<Opened>,
): Promise<Verdict<Opened>> {
  const pendings = createPendingLoginRepository(change.tx);
  const failures = createLoginFailureRepository(change.tx);
  const pending = await pendings.find(digest);
  if (pending === null) return 'wrong';
  const attempt = { email: pending.email, source };
  const [, lockedSeconds] = await Promise.all([failures.takeTurn(attempt.email), failures.getLockLeft(attempt)]);
  if (lockedSeconds > 0) return { lockedSeconds };
  const triesLeft = await pendings.takeTry(digest);
  if (triesLeft === null) return 'wrong';
  const account = { id: pending.userId, email: pending.email };
  const method = await prove(change, account);
  if (method === null) {
    await countFailure(change, { attempt, account, actor: nobody, action: 'second_factor.fail', ...mailing });
    if (triesLeft === 0) await warnOwner(change, pending, mailing);
    return 'wrong';
  }
  await pendings.delete(digest);
  const changes = { method: { from: null, to: method } };
  change.audit({ action: 'second_factor.pass', ...ofAccount(account), actor: actorOf(account), changes });
  trustSource(change, { attempt, account });
  return { opened: await open(change, account, caller) };
}

async function warnOwner(
  change: Change,
  { email: to }: PendingLogin,
  { outbox, publicUrl: serviceUrl }: Pick<SecondFactorLoginOptions, 'outbox' | 'publicUrl'>,
): Promise<void> {
  await outbox.owe(change, secondFactorMissedMail({ to, serviceUrl }), { ttlSeconds: NOTICE_TTL_SECONDS });
}

function refused(): AppError {
  return new AppError('invalid_second_factor', {
    detail:
      'The second factor is wrong or used, or the login has ended: after five tries and after five minutes it begins anew.',
    reason: 'login failed at the second factor',
  });
}
