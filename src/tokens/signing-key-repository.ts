import { desc, eq, isNull, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { thisMoment } from '../db/tables/columns.ts';
import { signingKeys } from '../db/tables/signing-keys.ts';
import { isUniqueViolation } from '../errors.ts';
import type { Leftovers } from '../db/leftovers.ts';

/** A day more than the longest life a token may be given: nothing that such a key signed is alive. */
export const signingKeyLeftovers: Leftovers = {
  table: signingKeys,
  areOver: sql`retired_at < now() - interval '8 days'`,
};

export const SIGNING_KEYS_CURRENT_KEY = 'signing_keys__current_key';

export interface NewSigningKey {
  /** The RFC 7638 thumbprint of the public key. */
  kid: string;
  /** For releases that do not derive it from the private key. */
  publicJwk: { kty: string; n: string; e: string };
  sealedPrivateKey: string;
}

/** A row as it stands: whoever can write the database may have written it. */
export interface StoredSigningKey extends NewSigningKey {
  /** Whether it may sign by now; of several, the newest does. */
  isActive: boolean;
  /** The database's time of the reading, milliseconds since the epoch. */
  readMs: number;
}

/** Every row, the newest first. */
export async function listSigningKeys(db: Pick<Db, 'select'>): Promise<StoredSigningKey[]> {
  return db
    .select({
      kid: signingKeys.kid,
      publicJwk: signingKeys.publicJwk,
      sealedPrivateKey: signingKeys.sealedPrivateKey,
      isActive: sql<boolean>`${signingKeys.activatesAt} <= now()`,
      readMs: sql<number>`extract(epoch from now())::float8 * 1000`,
    })
    .from(signingKeys)
    .orderBy(desc(signingKeys.activatesAt));
}

export type SigningKeyRepository = ReturnType<typeof createSigningKeyRepository>;

export function createSigningKeyRepository(db: Db | Tx) {
  return {
    list: () => listSigningKeys(db),

    /** Stores a key as the current one unless there is one already: of many starters, one wins. */
    async insertFirst(key: NewSigningKey): Promise<void> {
      await db
        .insert(signingKeys)
        .values({ ...key, activatesAt: thisMoment })
        .onConflictDoNothing();
    },

    /** Stores the successor of the newest key. False when another one has been stored at the same time. */
    async insertNext(key: NewSigningKey, activationDelaySeconds: number): Promise<boolean> {
      try {
        await db.transaction(async (tx) => {
          await tx
            .update(signingKeys)
            .set({ retiredAt: sql`now()` })
            .where(isNull(signingKeys.retiredAt));
          const activatesAt = sql`${thisMoment} + make_interval(secs => ${activationDelaySeconds})`;
          await tx.insert(signingKeys).values({ ...key, activatesAt });
        });
        return true;
      } catch (err) {
        if (isUniqueViolation(err, SIGNING_KEYS_CURRENT_KEY)) return false;
        throw err;
      }
    },

    /** Stores a key in the place of all others. False when another one has been stored at the same time. */
    async insertOnly(key: NewSigningKey): Promise<boolean> {
      try {
        await db.transaction(async (tx) => {
          await tx.delete(signingKeys);
          await tx.insert(signingKeys).values({ ...key, activatesAt: thisMoment });
        });
        return true;
      } catch (err) {
        if (isUniqueViolation(err, SIGNING_KEYS_CURRENT_KEY)) return false;
        throw err;
      }
    },

    /** From when on a key signs, RFC 3339; null when there is no such key. */
    async findActivation(kid: string): Promise<string | null> {
      const [row] = await db
        .select({ activatesAt: signingKeys.activatesAt })
        .from(signingKeys)
        .where(eq(signingKeys.kid, kid));
      return row?.activatesAt.toISOString() ?? null;
    },
  };
}
