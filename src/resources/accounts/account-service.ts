import type { CatalogueEntry } from '../../rules/permission-catalogue.ts';
import type { Db, Tx } from '../../db/client.ts';
import { AppError, isUniqueViolation } from '../../errors.ts';
import { alreadyRegisteredMail, verificationMail } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import type { MintedSecret, SecretStore } from '../../secrets/store.ts';
import { createAccountRepository, USERS_EMAIL_KEY } from './account-repository.ts';
import { createOneTimeCodeRepository } from './one-time-code-repository.ts';
import type { CodeKey } from './one-time-code-repository.ts';
import { createRegistrationRepository } from './registration-repository.ts';
import { insertAccount } from './new-account.ts';
import {
  CODE_COOLDOWN_SECONDS,
  CODE_TTL_SECONDS,
  codeLimits,
  digestsOf,
  invalidCode,
  makeCode,
  makeDecoyDigest,
} from './one-time-codes.ts';
import type { FirstAccess } from './account-schemas.ts';
import type { SessionService } from '../../identity/session-service.ts';

export interface Credentials {
  email: string;
  password: string;
}

/** Registration: nobody becomes a user before proving the email. */
export interface AccountService {
  /** Mails a code, whether or not the email has an account; tells only whether this registration is the first waiting. */
  register: (credentials: Credentials) => Promise<{ isFirst: boolean }>;
  /** @throws AppError `rate_limited` within a minute of the last code, known email or not */
  resendCode: (email: string) => Promise<void>;
  /**
   * Makes the user, an organization and its first application.
   * @throws AppError `invalid_code` for a wrong, spent or expired code and for an unknown email
   */
  verifyEmail: (proof: { email: string; code: string }) => Promise<FirstAccess>;
}

export interface AccountServiceOptions {
  db: Db;
  masterKey: MasterKey;
  hasher: Hasher;
  store: SecretStore;
  outbox: Outbox;
  sessions: SessionService;
  permissions: readonly CatalogueEntry[];
  publicUrl: string;
}

export function createAccountService(options: AccountServiceOptions): AccountService {
  const { db, masterKey, hasher, store, outbox, publicUrl: serviceUrl } = options;
  const codes = createOneTimeCodeRepository(db);

  return {
    async register({ email: to, password }) {
      const key = verificationKey(to);
      const passwordHash = await hasher.hashPassword(password);
      const { code, digest } = makeCode(masterKey, key);
      const result = await db.transaction(async (tx) => {
        const registration = await createRegistrationRepository(tx).upsert(key.email, passwordHash);
        const isTaken = (await createAccountRepository(tx).findByEmail(key.email)) !== null;
        const stored = isTaken ? makeDecoyDigest() : digest;
        await createOneTimeCodeRepository(tx).replace({
          ...key,
          digest: stored,
          cooldownSeconds: 0,
          limits: codeLimits,
        });
        const mail = isTaken
          ? alreadyRegisteredMail({ to, serviceUrl })
          : verificationMail({ to, serviceUrl, code, minutes: CODE_TTL_SECONDS / 60 });
        await outbox.enqueue(tx, mail, { ttlSeconds: CODE_TTL_SECONDS });
        return registration;
      });
      outbox.wake();
      return result;
    },

    async resendCode(to) {
      const key = verificationKey(to);
      const { code, digest } = makeCode(masterKey, key);
      const isSent = await db.transaction(async (tx) => {
        const isWaiting = await createRegistrationRepository(tx).isWaiting(key.email);
        const isTaken = (await createAccountRepository(tx).findByEmail(key.email)) !== null;
        const isAwaited = isWaiting && !isTaken;
        const stored = isAwaited ? digest : makeDecoyDigest();
        const newest = { ...key, digest: stored, cooldownSeconds: CODE_COOLDOWN_SECONDS, limits: codeLimits };
        if (!(await createOneTimeCodeRepository(tx).replace(newest))) return false;
        const mail = verificationMail({ to, serviceUrl, code, minutes: CODE_TTL_SECONDS / 60 });
        await outbox.enqueue(tx, isAwaited ? mail : null, { ttlSeconds: CODE_TTL_SECONDS });
        return true;
      });
      outbox.wake();
      if (isSent) return;
      throw new AppError('rate_limited', {
        detail: 'A code was asked for less than a minute ago.',
        retryAfterSeconds: await codes.getCooldownLeft(key, CODE_COOLDOWN_SECONDS),
      });
    },

    async verifyEmail({ email, code }) {
      const key = verificationKey(email);
      const digests = digestsOf(masterKey, key, code);
      if (!(await codes.takeTry(key, digests))) throw invalidCode();
      const secret = await store.mint('live');
      try {
        return await db.transaction((tx) => openAccount(tx, { key, digests, secret, ...options }));
      } catch (err) {
        if (isUniqueViolation(err, USERS_EMAIL_KEY)) throw invalidCode();
        throw err;
      }
    },
  };
}

function verificationKey(email: string): CodeKey {
  return { email: email.toLowerCase(), purpose: 'verify_email' };
}

interface Opening {
  key: CodeKey;
  digests: string[];
  secret: MintedSecret;
  sessions: SessionService;
  permissions: readonly CatalogueEntry[];
}

async function openAccount(tx: Tx, { key, digests, secret, sessions, permissions }: Opening): Promise<FirstAccess> {
  const { email } = key;
  // The registration first, as `register` does: the same order of locks cannot end in a deadlock.
  const registration = await createRegistrationRepository(tx).take(email);
  if (registration === null || !(await createOneTimeCodeRepository(tx).spend(key, digests))) throw invalidCode();
  const { passwordHash } = registration;
  const { userId, ...made } = await insertAccount(tx, { email, passwordHash, secret, permissions });
  return { ...(await sessions.open(tx, userId)), ...made };
}
