import { DrizzleQueryError } from 'drizzle-orm';
import type { MemberCaller } from '../../changes/caller.ts';
import type { Db, Tx } from '../../db/client.ts';
import { judgeDatabaseFailure } from '../../db/failures.ts';
import { AppError } from '../../errors.ts';
import { createApiClientRepository } from './api-client-repository.ts';
import type { ClientToMake, CreationPolicy, Creations } from './api-client-repository.ts';
import type { ApiClient } from './api-client.ts';

/** Clients in one statement, which holds their organization. */
const TOGETHER_MAX = 32;
/** Characters of theirs in one statement: more are not put together. */
const CHARACTERS_MAX = 256 * 1024;
/** Of the places of those who wait, what one caller may take. */
const SHARE_MAX = 1 / 4;

export interface ClientCreationsOptions {
  db: Db;
  /** How many clients an organization may have; 0 sets no bound. */
  quota: number;
  /** How many clients of all callers may wait, a quarter of them one caller's; further ones are refused. Default 2,000. */
  waitingMax?: number;
  /** Who has waited longer, in milliseconds, is refused when his turn comes. Default 5,000. */
  waitMaxMs?: number;
}

/** What became of one client that was to be made. */
export interface Creation extends Omit<Creations, 'made'> {
  /** Null where it was not made. */
  client: ApiClient | null;
}

/** Makes clients for one caller under one policy, in one statement. */
type Insert = (clients: readonly ClientToMake[]) => Promise<Creations>;

interface Wanted {
  caller: Pick<MemberCaller, 'organizationId' | 'userId' | 'sessionId' | 'least'>;
  /** The policy that the client was judged by. */
  policy: CreationPolicy;
  one: ClientToMake;
}

interface Waiting {
  one: ClientToMake;
  since: number;
  resolve: (creation: Creation) => void;
  reject: (err: unknown) => void;
}

/**
 * Makes API clients. What one caller asks for while a statement of his is under way goes into the next one: statements that
 * make clients in one organization wait for each other to the end of their commit, so that each one more costs all of them.
 * Every statement begins after the requests that it is for, and looks at access, quota and policy by itself.
 */
export class ClientCreations {
  readonly #db: Db;
  readonly #quota: number;
  readonly #waitingMax: number;
  readonly #waitMaxMs: number;
  /** What waits for the statement that is under way, for each who has one. */
  readonly #queues = new Map<string, Waiting[]>();
  #waiting = 0;

  constructor({ db, quota, waitingMax = 2_000, waitMaxMs = 5_000 }: ClientCreationsOptions) {
    this.#db = db;
    this.#quota = quota;
    this.#waitingMax = waitingMax;
    this.#waitMaxMs = waitMaxMs;
  }

  /**
   * Makes a client where its maker may, its organization has room and the policy is the one that it was judged by.
   * @param db a transaction makes it by itself
   * @throws AppError `not_found` when the organization or the membership is gone, `overloaded` where too many wait
   */
  async make(db: Db | Tx, { caller, policy, one }: Wanted): Promise<Creation> {
    const { organizationId, userId, sessionId, least } = caller;
    const clients = createApiClientRepository(db, organizationId);
    const insert: Insert = (some) => clients.insertIfAllowed(some, { quota: this.#quota, policy, caller });
    if (db !== this.#db) return creationOf(await insert([one]), 0);
    const { maxSecretLifetimeDays, expiryRequiredFor, allowedIpsRequiredFor } = policy;
    const judgedBy = [maxSecretLifetimeDays, expiryRequiredFor, allowedIpsRequiredFor];
    const key = JSON.stringify([organizationId, userId, sessionId, least, judgedBy]);
    const queue = this.#queues.get(key);
    const isFull = this.#waiting >= this.#waitingMax || (queue?.length ?? 0) >= this.#waitingMax * SHARE_MAX;
    // Whoever has no statement under way waits for nothing here.
    if (queue !== undefined && isFull) {
      throw new AppError('overloaded', { retryAfterSeconds: 1, reason: 'too many clients wait to be made' });
    }
    return new Promise((resolve, reject) => {
      const waiting = { one, since: performance.now(), resolve, reject };
      this.#waiting += 1;
      if (queue === undefined) void this.#work(key, insert, [waiting]);
      else queue.push(waiting);
    });
  }

  /** Never rejects: whoever waits is told. */
  async #work(key: string, insert: Insert, queue: Waiting[]): Promise<void> {
    this.#queues.set(key, queue);
    while (queue.length > 0) {
      const beyond = await makeTogether(this.#take(queue), insert);
      this.#waiting += beyond.length;
      queue.unshift(...beyond);
    }
    this.#queues.delete(key);
  }

  /** The first ones that may go together, without those that have waited too long. */
  #take(queue: Waiting[]): Waiting[] {
    const batch: Waiting[] = [];
    let characters = 0;
    const now = performance.now();
    while (batch.length < TOGETHER_MAX) {
      const [next] = queue;
      if (next === undefined) break;
      characters += next.one.json.length;
      if (batch.length > 0 && characters > CHARACTERS_MAX) break;
      queue.shift();
      this.#waiting -= 1;
      if (now - next.since <= this.#waitMaxMs) batch.push(next);
      else
        next.reject(
          new AppError('overloaded', { retryAfterSeconds: 1, reason: 'a client waited too long to be made' }),
        );
    }
    return batch;
  }
}

/** @returns those beyond the room that is known, which may be less than there is: as long as some are made */
async function makeTogether(batch: readonly Waiting[], insert: Insert): Promise<readonly Waiting[]> {
  if (batch.length === 0) return batch;
  try {
    const creations = await insert(batch.map(({ one }) => one));
    const amount = creations.made.length === 0 ? batch.length : creations.made.length;
    for (const [index, { resolve }] of batch.slice(0, amount).entries()) resolve(creationOf(creations, index));
    return batch.slice(amount);
  } catch (err) {
    if (batch.length === 1 || !isFaultOfValues(err)) {
      for (const { reject } of batch) reject(err);
    } else {
      // One of them is to blame, and which one is seen when each is made by itself.
      for (const waiting of batch) await makeTogether([waiting], insert);
    }
    return [];
  }
}

function creationOf({ made, ...verdict }: Creations, index: number): Creation {
  return { client: made[index] ?? null, ...verdict };
}

function isFaultOfValues(err: unknown): boolean {
  return err instanceof DrizzleQueryError && judgeDatabaseFailure(err) === undefined;
}
