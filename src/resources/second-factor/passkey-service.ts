import { v7 as uuidv7 } from 'uuid';
import type { FastifyBaseLogger } from 'fastify';
import type { UserCaller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import { AppError, isUniqueViolation } from '../../errors.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { createSecondFactorRepository } from '../../identity/second-factor-repository.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import { ofPasskey } from './passkey-audit.ts';
import { createPasskeyRepository, PASSKEYS_CREDENTIAL_ID_KEY } from './passkey-repository.ts';
import type { Passkey, PasskeyCredential } from './passkey-repository.ts';
import type { PasskeyAttestation, PasskeyCreationOptions } from './passkey-schemas.ts';
import { makeRecoveryCodes } from './recovery-codes.ts';
import { createNotices } from './second-factor-notices.ts';
import { dropLonelyRecoveryCodes, replaceRecoveryCodes } from './second-factor-service.ts';
import { CHALLENGE_TTL_SECONDS } from './webauthn.ts';
import type { WebAuthn } from './webauthn.ts';

/** More than a person has devices. */
export const PASSKEYS_MAX = 20;

export interface PasskeyMade {
  passkey: Passkey;
  /** Where it is the first second factor; else null. */
  recoveryCodes: string[] | null;
}

/** The passkeys of one's own. */
export interface PasskeyService {
  list: (caller: UserCaller, page: PageRequest) => Promise<Passkey[]>;
  /** What a browser needs to make one; in the place of what it was given before. @throws AppError `quota_reached` */
  makeOptions: (caller: UserCaller) => Promise<PasskeyCreationOptions>;
  /** @throws AppError `invalid_passkey` for what answers no challenge of this user, `quota_reached` */
  create: (caller: UserCaller, input: { name: string; credential: PasskeyAttestation }) => Promise<PasskeyMade>;
  /** @throws AppError `not_found` */
  requireOwn: (caller: UserCaller, id: string) => Promise<void>;
  /** @throws AppError `not_found` */
  delete: (caller: UserCaller, id: string) => Promise<void>;
}

export interface PasskeyServiceOptions {
  db: Db;
  changes: ChangeRunner;
  log: Pick<FastifyBaseLogger, 'info'>;
  masterKey: MasterKey;
  outbox: Outbox;
  webAuthn: WebAuthn;
  publicUrl: string;
}

export function createPasskeyService(options: PasskeyServiceOptions): PasskeyService {
  const { db, changes, masterKey, webAuthn } = options;
  const notices = createNotices(options);

  /** The challenge is used up whatever the answer is. */
  async function verify({ userId }: UserCaller, credential: PasskeyAttestation): Promise<PasskeyCredential> {
    const challenge = await createPasskeyRepository(db, userId).takeChallenge();
    if (challenge === null) throw invalidPasskey('no challenge waits for an answer');
    const verified = await webAuthn.verifyAttestation(credential, challenge);
    if ('fault' in verified) throw invalidPasskey(verified.fault);
    return verified;
  }

  async function insert(change: Change, caller: UserCaller, made: PasskeyCredential & { name: string }) {
    const user = { id: caller.userId, email: caller.email };
    const factors = createSecondFactorRepository(change.tx);
    await factors.hold(user.id);
    const passkeys = createPasskeyRepository(change.tx, user.id);
    requireRoom(await passkeys.count());
    const { hasAuthenticator, hasPasskeys } = await factors.find(user.id);
    const passkey = await passkeys.insert({ ...made, id: uuidv7() });
    const recoveryCodes = hasAuthenticator || hasPasskeys ? null : makeRecoveryCodes();
    if (recoveryCodes !== null) await replaceRecoveryCodes(change, masterKey, { user, recoveryCodes });
    change.audit({ action: 'passkey.add', ...ofPasskey(user, passkey) });
    await notices.owe(change, user, { kind: 'passkey added', name: passkey.name });
    return { passkey, recoveryCodes };
  }

  return {
    list: ({ userId }, page) => createPasskeyRepository(db, userId).list(page),

    async makeOptions({ userId, email }) {
      const repository = createPasskeyRepository(db, userId);
      const existing = await repository.listCredentials();
      requireRoom(existing.length);
      const made = await webAuthn.makeCreationOptions({ id: userId, email }, existing);
      await repository.setChallenge(made.challenge, CHALLENGE_TTL_SECONDS);
      return made;
    },

    async create(caller, { name, credential }) {
      try {
        return await changes.run(caller, {
          prepare: () => verify(caller, credential),
          apply: (change, verified) => insert(change, caller, { ...verified, name }),
        });
      } catch (err) {
        if (isUniqueViolation(err, PASSKEYS_CREDENTIAL_ID_KEY)) throw invalidPasskey('it is registered already');
        throw err;
      }
    },

    async requireOwn({ userId }, id) {
      if (!(await createPasskeyRepository(db, userId).exists(id))) throw new AppError('not_found');
    },

    async delete(caller, id) {
      const user = { id: caller.userId, email: caller.email };
      await changes.run(caller, {
        async apply(change) {
          await createSecondFactorRepository(change.tx).hold(user.id);
          const name = await createPasskeyRepository(change.tx, user.id).delete(id);
          if (name === null) throw new AppError('not_found');
          await dropLonelyRecoveryCodes(change, user.id);
          change.audit({ action: 'passkey.remove', ...ofPasskey(user, { id, name }) });
          await notices.owe(change, user, { kind: 'passkey removed', name });
        },
      });
    },
  };
}

function requireRoom(count: number): void {
  if (count < PASSKEYS_MAX) return;
  throw new AppError('quota_reached', { detail: `The limit is ${PASSKEYS_MAX} passkeys of one user.` });
}

/** One answer for all that is wrong with an authenticator's answer; what it was is for the log. */
function invalidPasskey(reason: string): AppError {
  const detail = 'Ask for new options, and have the authenticator make the passkey again.';
  return new AppError('invalid_passkey', { detail, reason });
}
