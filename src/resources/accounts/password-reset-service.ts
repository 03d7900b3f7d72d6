import type { Db } from '../../db/client.ts';
import { passwordChangedMail, passwordResetMail } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import { createSessionRepository } from '../../identity/session-repository.ts';
import { createAccountRepository } from './account-repository.ts';
import type { Credentials } from './account-service.ts';
import { createLoginFailureRepository } from './login-failure-repository.ts';
import type { LoginOrigin } from './login-origin.ts';
import { createLoginSourceRepository } from './login-source-repository.ts';
import { createOneTimeCodeRepository } from './one-time-code-repository.ts';
import type { CodeKey } from './one-time-code-repository.ts';
import {
  CODE_COOLDOWN_SECONDS,
  CODE_TTL_SECONDS,
  codeLimits,
  digestsOf,
  invalidCode,
  makeCode,
  makeDecoyDigest,
} from './one-time-codes.ts';

/** A notice is worth sending late, not forever. */
const NOTICE_TTL_SECONDS = 86_400;

/** What happens when a password is forgotten. */
export interface PasswordResetService {
  /** Mails a code to an account that exists, at most one a minute; the answer is the same for all. */
  ask: (email: string) => Promise<void>;
  /** Ends every session of the user, and what failed logins have locked. @throws AppError `invalid_code` */
  reset: (reset: Credentials & { code: string }, origin: LoginOrigin) => Promise<void>;
}

export interface PasswordResetServiceOptions {
  db: Db;
  masterKey: MasterKey;
  hasher: Hasher;
  outbox: Outbox;
  publicUrl: string;
}

export function createPasswordResetService(options: PasswordResetServiceOptions): PasswordResetService {
  const { db, masterKey, hasher, outbox, publicUrl: serviceUrl } = options;
  const codes = createOneTimeCodeRepository(db);

  return {
    async ask(to) {
      const key = resetKey(to);
      const { code, digest } = makeCode(masterKey, key);
      await db.transaction(async (tx) => {
        const account = await createAccountRepository(tx).findByEmail(key.email);
        const stored = account === null ? makeDecoyDigest() : digest;
        const newest = { ...key, digest: stored, cooldownSeconds: CODE_COOLDOWN_SECONDS, limits: codeLimits };
        if (!(await createOneTimeCodeRepository(tx).replace(newest))) return;
        const mail = passwordResetMail({ to: account?.email ?? to, serviceUrl, code, minutes: CODE_TTL_SECONDS / 60 });
        await outbox.enqueue(tx, account === null ? null : mail, { ttlSeconds: CODE_TTL_SECONDS });
      });
      outbox.wake();
    },

    async reset({ email, code, password }, { source }) {
      const key = resetKey(email);
      const digests = digestsOf(masterKey, key, code);
      // A rush of logins must not cost a code one of its tries.
      hasher.requireRoom();
      if (!(await codes.takeTry(key, digests))) throw invalidCode();
      const passwordHash = await hasher.hashPassword(password);
      await db.transaction(async (tx) => {
        const accounts = createAccountRepository(tx);
        const isSpent = await createOneTimeCodeRepository(tx).spend(key, digests);
        const account = isSpent ? await accounts.findByEmail(key.email) : null;
        if (account === null) throw invalidCode();
        await accounts.setPasswordHash(account.id, passwordHash);
        await createSessionRepository(tx).endAllOfUser(account.id);
        const failures = createLoginFailureRepository(tx);
        await failures.clear({ email: key.email, source });
        await failures.clearAccount(key.email);
        await createLoginSourceRepository(tx).upsert(account.id, source);
        await outbox.enqueue(tx, passwordChangedMail({ to: account.email, serviceUrl }), {
          ttlSeconds: NOTICE_TTL_SECONDS,
        });
      });
      outbox.wake();
    },
  };
}

function resetKey(email: string): CodeKey {
  return { email: email.toLowerCase(), purpose: 'reset_password' };
}
