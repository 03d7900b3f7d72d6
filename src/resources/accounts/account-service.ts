import type { Caller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import { AppError, isUniqueViolation } from '../../errors.ts';
import type { OpenSession } from '../../identity/session-service.ts';
import { alreadyRegisteredMail, verificationMail } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import type { CatalogueEntry } from '../../rules/permission-catalogue.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import type { MintedSecret, SecretStore } from '../../secrets/store.ts';
import { createAccountRepository, USERS_EMAIL_KEY } from './account-repository.ts';
import { mailCode } from './code-mailing.ts';
import { requireApart } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { createLoginSourceRepository } from './login-source-repository.ts';
import { insertAccount } from './new-account.ts';
import type { AccountMade } from './new-account.ts';
import { createOneTimeCodeRepository } from './one-time-code-repository.ts';
import type { CodeKey } from './one-time-code-repository.ts';
import { CODE_COOLDOWN_SECONDS, CODE_TTL_SECONDS, digestsOf, invalidCode, makeCode } from './one-time-codes.ts';
import { createRegistrationRepository } from './registration-repository.ts';
import type { Registration, RegistrationAttempt } from './registration-repository.ts';

interface EmailProof {
  email: string;
  code: string;
  /** From where the first session is opened, as for a login. */
  source: string;
}

/** What a new user begins with. */
export interface FirstSteps<Opened> {
  made: Omit<AccountMade, 'userId'>;
  opened: Opened;
}

/** Registration: nobody becomes a user before proving the email. */
export interface AccountService {
  /**
   * Mails a code, or tells the owner of the email that it has an account. Two registrations with different passwords make
   * the one that waits contested: its code makes an account that nobody's password opens.
   */
  register: (caller: Caller, credentials: Credentials) => Promise<void>;
  /** @throws AppError `rate_limited` within a minute of the last code, known email or not */
  resendCode: (caller: Caller, email: string) => Promise<void>;
  /**
   * Makes the user, an organization and its first application.
   * @param open opens the user's first session
   * @throws AppError `invalid_code` for a wrong, spent or expired code and for an unknown email
   */
  verifyEmail: <Opened>(caller: Caller, proof: EmailProof, open: OpenSession<Opened>) => Promise<FirstSteps<Opened>>;
}

export interface AccountServiceOptions {
  db: Db;
  changes: ChangeRunner;
  masterKey: MasterKey;
  hasher: Hasher;
  store: SecretStore;
  outbox: Outbox;
  permissions: readonly CatalogueEntry[];
  publicUrl: string;
}

export function createAccountService(options: AccountServiceOptions): AccountService {
  const { db, changes, masterKey, hasher, store, outbox, publicUrl: serviceUrl } = options;
  const codes = createOneTimeCodeRepository(db);
  const registrations = createRegistrationRepository(db);
  const accounts = createAccountRepository(db);

  /** Compares the password with that of the registration that waits; where none does, the same work makes its hash. */
  async function compareWithWaiting(email: string, password: string): Promise<RegistrationAttempt> {
    const waiting = await registrations.find(email);
    const costsInUse = await accounts.listPasswordCosts();
    const { matches, fresh } = await hasher.checkPassword(waiting?.passwordHash, password, { costsInUse });
    if (waiting !== null) return { email, comparedWith: waiting.passwordHash, isSamePassword: matches };
    if (fresh === undefined) throw new Error('a check without a stored hash makes one');
    return { email, comparedWith: null, passwordHash: fresh };
  }

  return {
    async register(caller, { email: to, password }) {
      requireApart({ email: to, password });
      hasher.requireRoom();
      const key = verificationKey(to);
      const { code, digest } = makeCode(masterKey, key);
      const apply = async (change: Change, attempt: RegistrationAttempt): Promise<Registration | null> => {
        const registration = await createRegistrationRepository(change.tx).keep(attempt);
        if (registration === null) return null;
        const isTaken = (await createAccountRepository(change.tx).findByEmail(key.email)) !== null;
        const message = isTaken
          ? alreadyRegisteredMail({ to, serviceUrl })
          : verificationMail({ to, serviceUrl, code, minutes: CODE_TTL_SECONDS / 60, ...registration });
        await mailCode(change, outbox, { key, digest: isTaken ? null : digest, message, cooldownSeconds: 0 });
        return registration;
      };
      for (;;) {
        const kept = await changes.run(caller, { prepare: () => compareWithWaiting(key.email, password), apply });
        if (kept !== null) return;
        // Another registration came or went since the comparison, which so says nothing: compare again.
      }
    },

    async resendCode(caller, to) {
      const key = verificationKey(to);
      const { code, digest } = makeCode(masterKey, key);
      const isAsked = await changes.run(caller, {
        async apply(change) {
          const registration = await createRegistrationRepository(change.tx).find(key.email);
          const isTaken = (await createAccountRepository(change.tx).findByEmail(key.email)) !== null;
          const message =
            registration === null || isTaken
              ? null
              : verificationMail({ to, serviceUrl, code, minutes: CODE_TTL_SECONDS / 60, ...registration });
          const cooldownSeconds = CODE_COOLDOWN_SECONDS;
          return mailCode(change, outbox, { key, digest: message === null ? null : digest, message, cooldownSeconds });
        },
      });
      if (isAsked) return;
      throw new AppError('rate_limited', {
        detail: 'A code was asked for less than a minute ago.',
        retryAfterSeconds: await codes.getCooldownLeft(key, CODE_COOLDOWN_SECONDS),
      });
    },

    async verifyEmail(caller, { email, code, source }, open) {
      const key = verificationKey(email);
      const digests = digestsOf(masterKey, key, code);
      if (!(await codes.takeTry(key, digests))) throw invalidCode();
      try {
        return await changes.run(caller, {
          prepare: () => store.mint('live'),
          apply: (change, secret) => openAccount(change, { caller, key, digests, secret, source, open, ...options }),
        });
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

interface Opening<Opened> extends Pick<AccountServiceOptions, 'hasher' | 'permissions'> {
  caller: Caller;
  key: CodeKey;
  digests: string[];
  secret: MintedSecret;
  source: string;
  open: OpenSession<Opened>;
}

async function openAccount<Opened>(change: Change, opening: Opening<Opened>): Promise<FirstSteps<Opened>> {
  const { caller, key, digests, secret, source, open, hasher, permissions } = opening;
  const { email } = key;
  const { tx } = change;
  // The registration first, as `register` does: the same order of locks cannot end in a deadlock.
  const registration = await createRegistrationRepository(tx).take(email);
  if (registration === null || !(await createOneTimeCodeRepository(tx).spend(key, digests))) throw invalidCode();
  const passwordHash = registration.isContested ? hasher.makeUnknownPassword() : registration.passwordHash;
  const { userId, ...made } = await insertAccount(change, {
    email,
    passwordHash,
    secret,
    permissions,
    isOwnDoing: true,
  });
  await createLoginSourceRepository(tx).upsert(userId, source);
  return { made, opened: await open(change, { id: userId, email }, caller) };
}
