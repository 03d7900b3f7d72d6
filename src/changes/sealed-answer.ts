import { roles } from '../db/tables/organizations.ts';
import type { Role } from '../db/tables/organizations.ts';
import { AppError } from '../errors.ts';
import { UnsealError } from '../master-key/master-key.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { digestBrought, openTwofold, sealTwofold } from '../master-key/twofold-seal.ts';
import type { BroughtSecret } from '../master-key/twofold-seal.ts';
import type { KeptAnswer, Retry } from './retry.ts';

/** Whose key it is: what another user sends, or the same one in another organization, is another key. */
export interface KeyOwner {
  userId: string;
  organizationId: string | null;
}

/** What is sealed. */
interface Content {
  requestDigest: string;
  role: Role | null;
  answer: KeptAnswer;
}

export type SealedAnswers = ReturnType<typeof createSealedAnswers>;

/** Seals answers under the key of their callers and the master key. */
export function createSealedAnswers(masterKey: MasterKey) {
  const broughtBy = ({ userId, organizationId }: KeyOwner, { key }: Retry): BroughtSecret => ({
    secret: key,
    context: ['idempotency-key', userId, organizationId ?? ''],
  });

  return {
    /** By which an answer is found; from it alone nobody learns the key. */
    digest: (owner: KeyOwner, retry: Retry): Buffer => digestBrought(masterKey, broughtBy(owner, retry)),

    seal(owner: KeyOwner, retry: Retry, answer: KeptAnswer): string {
      const { requestDigest, role } = retry;
      return sealTwofold(masterKey, broughtBy(owner, retry), JSON.stringify({ requestDigest, role, answer }));
    },

    /**
     * Opens an answer for who sends its request again.
     * @throws AppError `idempotency_key_reused` for another request; `insufficient_role` for a caller whose role has become
     * a lower one since; `overloaded` when it was sealed under a master key that this process does not know
     */
    open(owner: KeyOwner, retry: Retry, sealed: string): KeptAnswer {
      const content = read(masterKey, broughtBy(owner, retry), sealed);
      requireSameRole(content.role, retry.role);
      if (content.requestDigest !== retry.requestDigest) {
        throw new AppError('idempotency_key_reused', { detail: 'Send a new Idempotency-Key with another request.' });
      }
      return content.answer;
    },
  };
}

function read(masterKey: MasterKey, brought: BroughtSecret, sealed: string): Content {
  try {
    return JSON.parse(openTwofold(masterKey, brought, sealed)) as Content;
  } catch (cause) {
    if (!(cause instanceof UnsealError)) throw cause;
    throw new AppError('overloaded', { cause, reason: 'a kept answer cannot be opened' });
  }
}

/** What was answered to an admin may be what a developer must not see. */
function requireSameRole(then: Role | null, now: Role | null): void {
  if (then === null || (now !== null && roles.indexOf(now) <= roles.indexOf(then))) return;
  const detail = `The request was answered when you had the role ${then}: hearing it again needs that or a higher one.`;
  throw new AppError('insufficient_role', { detail });
}
