import { isNull, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { accessTokenKeys } from '../db/tables/access-token-keys.ts';
import { thisMoment } from '../db/tables/columns.ts';
import { signingKeys } from '../db/tables/signing-keys.ts';
import { runTransaction } from '../db/transaction.ts';
import { isUniqueViolation } from '../errors.ts';
import type { Leftovers } from '../db/leftovers.ts';
import { signingAlgorithms } from '../rules/signing-algorithms.ts';
import type { SigningAlgorithm } from '../rules/signing-algorithms.ts';

/** A day more than the longest life a token may be given: nothing that such a key signed is alive. */
const areOver = sql`retired_at < now() - interval '8 days'`;
export const signingKeyLeftovers: Leftovers = { table: signingKeys, areOver };
export const accessTokenKeyLeftovers: Leftovers = { table: accessTokenKeys, areOver };

export const SIGNING_KEYS_CURRENT_KEY = 'signing_keys__current_key';
export const ACCESS_TOKEN_KEYS_ALGORITHM_KEY = 'access_token_keys__algorithm_key';

/** The members of a public key that its thumbprint is made of (RFC 7638 §3.2, RFC 8037 §2). */
export interface PublicJwk {
  kty: string;
  n?: string;
  e?: string;
  crv?: string;
  x?: string;
  y?: string;
}

export interface NewSigningKey {
  /** The RFC 7638 thumbprint of the public key. */
  kid: string;
  algorithm: SigningAlgorithm;
  publicJwk: PublicJwk;
  sealedPrivateKey: string;
}

/** What a row says: whoever can write the database may have written it. */
export interface SigningKeyRow {
  kid: string;
  algorithm: SigningAlgorithm;
  /** Stored of RS256 keys, for releases that do not derive it from the private key; else null. */
  publicJwk: unknown;
  sealedPrivateKey: string;
}

export interface StoredSigningKey extends SigningKeyRow {
  /** Whether it may sign by now; of several of an algorithm, the newest does. */
  isActive: boolean;
  /** The database's time of the reading, milliseconds since the epoch. */
  readMs: number;
}

/** The newest key of an algorithm, which signs or will. */
export interface NewestKey {
  kid: string;
  algorithm: string;
  /** RFC 3339. */
  signsFrom: string;
}

/**
 * Every row of an algorithm that this release knows, the newest first. Whether one is active is asked of the clock, not of
 * now(), the moment at which the statement came: it may see what was stored after that.
 */
export async function listSigningKeys(db: Pick<Db, 'execute'>): Promise<StoredSigningKey[]> {
  const { rows } = await db.execute<StoredSigningKey & Record<string, unknown>>(sql`
    select kid, algorithm, public_jwk as "publicJwk", sealed_private_key as "sealedPrivateKey",
      activates_at <= clock_timestamp() as "isActive", extract(epoch from now())::float8 * 1000 as "readMs"
    from (
      select kid, 'RS256' as algorithm, public_jwk, sealed_private_key, activates_at from ${signingKeys}
      union all
      select kid, algorithm, null, sealed_private_key, activates_at from ${accessTokenKeys}
      where algorithm = any(${sql.param([...signingAlgorithms])})
    ) as keys
    order by activates_at desc`);
  return rows;
}

export type SigningKeyRepository = ReturnType<typeof createSigningKeyRepository>;

export function createSigningKeyRepository(db: Db) {
  return {
    list: () => listSigningKeys(db),

    /** Stores a key as the newest of its algorithm unless there is one already: of many starters, one wins. */
    async insertFirst(key: NewSigningKey, activationDelaySeconds = 0): Promise<void> {
      await insert(db, key, activationDelaySeconds).onConflictDoNothing();
    },

    /** Stores the successors of the newest keys. False when others have been stored at the same time. */
    async insertNext(keys: readonly NewSigningKey[], activationDelaySeconds: number): Promise<boolean> {
      return storeAsNewest(db, keys, {
        activationDelaySeconds,
        async before(tx) {
          const retirement = { retiredAt: sql`now()` };
          await tx.update(signingKeys).set(retirement).where(isNull(signingKeys.retiredAt));
          await tx.update(accessTokenKeys).set(retirement).where(isNull(accessTokenKeys.retiredAt));
        },
      });
    },

    /** Stores keys in the place of all others. False when others have been stored at the same time. */
    async insertOnly(keys: readonly NewSigningKey[]): Promise<boolean> {
      return storeAsNewest(db, keys, {
        activationDelaySeconds: 0,
        async before(tx) {
          await tx.delete(signingKeys);
          await tx.delete(accessTokenKeys);
        },
      });
    },

    /** The newest key of each algorithm, RS256 first. */
    async listNewest(): Promise<NewestKey[]> {
      const { rows } = await db.execute<{ kid: string; algorithm: string; ms: number }>(sql`
        select kid, 'RS256' as algorithm, extract(epoch from activates_at)::float8 * 1000 as ms
        from ${signingKeys} where retired_at is null
        union all
        (select kid, algorithm, extract(epoch from activates_at)::float8 * 1000
         from ${accessTokenKeys} where retired_at is null order by algorithm)`);
      return rows.map(({ ms, ...key }) => ({ ...key, signsFrom: new Date(ms).toISOString() }));
    },
  };
}

interface Storing {
  activationDelaySeconds: number;
  /** What makes room for them. */
  before: (tx: Tx) => Promise<void>;
}

async function storeAsNewest(
  db: Db,
  keys: readonly NewSigningKey[],
  { activationDelaySeconds, before }: Storing,
): Promise<boolean> {
  try {
    await runTransaction(db, async (tx) => {
      await before(tx);
      for (const key of keys) await insert(tx, key, activationDelaySeconds);
    });
    return true;
  } catch (err) {
    const constraints = [SIGNING_KEYS_CURRENT_KEY, ACCESS_TOKEN_KEYS_ALGORITHM_KEY];
    if (constraints.some((constraint) => isUniqueViolation(err, constraint))) return false;
    throw err;
  }
}

/** RS256 keys stand where every release looks for them. */
function insert(db: Db | Tx, { kid, algorithm, publicJwk, sealedPrivateKey }: NewSigningKey, delaySeconds: number) {
  const activatesAt = sql`${thisMoment} + make_interval(secs => ${delaySeconds})`;
  return algorithm === 'RS256'
    ? db.insert(signingKeys).values({ kid, publicJwk, sealedPrivateKey, activatesAt })
    : db.insert(accessTokenKeys).values({ kid, algorithm, sealedPrivateKey, activatesAt });
}
