import type { Db, Tx } from '../db/client.ts';
import { AppError } from '../errors.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import type { Caller } from './caller.ts';
import { createIdempotencyRepository } from './idempotency-repository.ts';
import type { Kept } from './idempotency-repository.ts';
import { AnsweredBefore } from './retry.ts';
import type { Retry } from './retry.ts';
import { createSealedAnswers } from './sealed-answer.ts';
import type { KeyOwner, SealedAnswers } from './sealed-answer.ts';

/** What one user may have kept at a time: a day of a script that makes all API clients of an organization. */
const KEPT_MAX = 10_000;
const KEPT_BYTES_MAX = 64 * 1024 * 1024;
/** Longer than a change takes. */
const RETRY_AFTER_SECONDS = 1;

/** A change whose request may be sent again. */
export interface RepeatableChange {
  /** @throws AnsweredBefore when it was made; AppError as `SealedAnswers.open` does */
  requireNew: (db: Db | Tx) => Promise<void>;
  /**
   * Makes the change and keeps its answer, in one transaction; of a change that made an AppError, nothing. Whoever makes the same one meanwhile is turned away instead
   * of waiting: waiting would hold a connection.
   * @throws AppError `request_in_progress`, `rate_limited` when the user has kept too much; AnsweredBefore
   */
  make: <Made>(tx: Tx, apply: () => Promise<Made>) => Promise<Made>;
}

/** Has a change made once for each key of a caller. */
export interface Idempotency {
  /** Null for a caller without a key. */
  of: (caller: Caller) => RepeatableChange | null;
}

export function createIdempotency(masterKey: MasterKey): Idempotency {
  const answers = createSealedAnswers(masterKey);
  return {
    of({ userId, organizationId, retry }) {
      if (retry === undefined) return null;
      if (userId === null) throw new Error('a request without a user may not be sent again');
      return createRepeatable(answers, { userId, organizationId }, retry);
    },
  };
}

function createRepeatable(answers: SealedAnswers, owner: KeyOwner, retry: Retry): RepeatableChange {
  const digest = answers.digest(owner, retry);

  async function requireNew(db: Db | Tx): Promise<void> {
    const sealed = await createIdempotencyRepository(db, owner.userId).find(digest);
    if (sealed !== null) throw new AnsweredBefore(answers.open(owner, retry, sealed));
  }

  return {
    requireNew,

    async make(tx, apply) {
      const repository = createIdempotencyRepository(tx, owner.userId);
      requireRoom(requireClaimed(await repository.claim(digest, KEPT_MAX)));
      // Nobody else can make it now, and somebody may have before.
      await requireNew(tx);
      const made = await apply();
      if (made instanceof AppError) return made;
      const isKept = await repository.insert(digest, answers.seal(owner, retry, retry.toAnswer(made)));
      if (!isKept) throw new Error('an answer was kept without the claim on its key');
      return made;
    },
  };
}

function requireClaimed(kept: Kept | null): Kept {
  if (kept !== null) return kept;
  throw new AppError('request_in_progress', {
    detail: 'Send it again in a moment, with the same Idempotency-Key.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

function requireRoom({ count, bytes, secondsLeft }: Kept): void {
  if (count < KEPT_MAX && bytes < KEPT_BYTES_MAX) return;
  throw new AppError('rate_limited', {
    detail: 'Too many requests with an Idempotency-Key in a day; send this one later, or without.',
    retryAfterSeconds: secondsLeft,
  });
}
