import type { Role } from '../db/tables/organizations.ts';

/** What a caller sent so that it may send its request again: under one key a change is made once. */
export interface Retry {
  /** `Idempotency-Key`. */
  key: string;
  /** Digest of all that makes two requests the same. */
  requestDigest: string;
  /** The caller's role in the organization in the path; null where there is none. */
  role: Role | null;
  /** The answer that is sent for what the change made. */
  toAnswer: (made: unknown) => KeptAnswer;
}

/** An answer as it is sent, and sent again. */
export interface KeptAnswer {
  status: number;
  /** `ETag`, where the answer has one. */
  etag: string | null;
  /** JSON, as it goes out. */
  body: string;
}

/** Thrown in the place of making a change that was made before under the same key: its answer is to be sent again. */
export class AnsweredBefore extends Error {
  override name = 'AnsweredBefore';
  /** Out of the reach of whatever prints errors: it may hold a secret. */
  readonly #answer: KeptAnswer;

  constructor(answer: KeptAnswer) {
    super('the request was answered before');
    this.#answer = answer;
  }

  get answer(): KeptAnswer {
    return this.#answer;
  }
}
