import { and, eq, gt, lt, or, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { keyset } from '../../db/keyset.ts';
import type { Leftovers } from '../../db/leftovers.ts';
import { passkeyChallenges, passkeys } from '../../db/tables/second-factors.ts';
import type { PageRequest } from '../../http/pagination.ts';

export const PASSKEYS_CREDENTIAL_ID_KEY = 'passkeys__credential_id_key';

export const passkeyChallengeLeftovers: Leftovers = { table: passkeyChallenges, areOver: sql`expires_at < now()` };

/** A passkey as its owner sees it. Times are RFC 3339. */
export interface Passkey {
  id: string;
  name: string;
  createdAt: string;
  lastUsedAt: string | null;
}

/** What an authenticator made, as its answers are verified with it. */
export interface PasskeyCredential {
  /** As the authenticator names it, base64url. */
  credentialId: string;
  /** COSE key, base64url. */
  publicKey: string;
  signCount: number;
  transports: string[];
}

export interface StoredCredential extends PasskeyCredential {
  id: string;
  name: string;
}

const credential = {
  id: passkeys.id,
  name: passkeys.name,
  credentialId: passkeys.credentialId,
  publicKey: passkeys.publicKey,
  signCount: passkeys.signCount,
  transports: passkeys.transports,
};
const shown = {
  id: passkeys.id,
  name: passkeys.name,
  createdAt: passkeys.createdAt,
  lastUsedAt: passkeys.lastUsedAt,
};

type ShownRow = Pick<typeof passkeys.$inferSelect, keyof typeof shown>;

function toPasskey({ id, name, createdAt, lastUsedAt }: ShownRow): Passkey {
  return { id, name, createdAt: createdAt.toISOString(), lastUsedAt: lastUsedAt?.toISOString() ?? null };
}

/** The passkeys of one user; those of others do not exist here. */
export function createPasskeyRepository(db: Db | Tx, userId: string) {
  const owned = eq(passkeys.userId, userId);

  return {
    async list(page: PageRequest): Promise<Passkey[]> {
      const { isOnPage, inOrder } = keyset(passkeys.id, page);
      const rows = await db.select(shown).from(passkeys).where(and(owned, isOnPage)).orderBy(inOrder).limit(page.limit);
      return rows.map(toPasskey);
    },

    /** All there are, of which there are few. */
    async listCredentials(): Promise<StoredCredential[]> {
      return db.select(credential).from(passkeys).where(owned).orderBy(passkeys.id);
    },

    async findByCredentialId(credentialId: string): Promise<StoredCredential | null> {
      const [row] = await db
        .select(credential)
        .from(passkeys)
        .where(and(owned, eq(passkeys.credentialId, credentialId)));
      return row ?? null;
    },

    async exists(id: string): Promise<boolean> {
      const rows = await db
        .select({ id: passkeys.id })
        .from(passkeys)
        .where(and(owned, eq(passkeys.id, id)));
      return rows.length > 0;
    },

    async count(): Promise<number> {
      const [row] = await db
        .select({ count: sql<number>`count(*)::int` })
        .from(passkeys)
        .where(owned);
      return row?.count ?? 0;
    },

    /** A credential that somebody has already breaks `PASSKEYS_CREDENTIAL_ID_KEY`. */
    async insert(passkey: StoredCredential): Promise<Passkey> {
      const [row] = await db
        .insert(passkeys)
        .values({ ...passkey, userId })
        .returning(shown);
      if (row === undefined) throw new Error('an insert of one row returns it');
      return toPasskey(row);
    },

    /**
     * Notes a use, unless the authenticator has not counted on since the last one; tells whether it did. One that never
     * counts stays at 0. One statement, so that of two answers with the same count one is accepted.
     */
    async use(id: string, signCount: number): Promise<boolean> {
      const countsOn = or(lt(passkeys.signCount, signCount), and(eq(passkeys.signCount, 0), sql`${signCount} = 0`));
      const rows = await db
        .update(passkeys)
        .set({ signCount, lastUsedAt: sql`now()` })
        .where(and(owned, eq(passkeys.id, id), countsOn))
        .returning({ id: passkeys.id });
      return rows.length > 0;
    },

    /** The name of what was deleted; null when there was nothing. */
    async delete(id: string): Promise<string | null> {
      const [row] = await db
        .delete(passkeys)
        .where(and(owned, eq(passkeys.id, id)))
        .returning({ name: passkeys.name });
      return row?.name ?? null;
    },

    async deleteAll(): Promise<number> {
      return (await db.delete(passkeys).where(owned)).rowCount ?? 0;
    },

    /** Puts a challenge to make a passkey with in the place of the one before. */
    async setChallenge(challenge: string, ttlSeconds: number): Promise<void> {
      const expiresAt = sql`now() + make_interval(secs => ${ttlSeconds})`;
      await db
        .insert(passkeyChallenges)
        .values({ userId, challenge, expiresAt })
        .onConflictDoUpdate({ target: passkeyChallenges.userId, set: { challenge, expiresAt } });
    },

    /** Takes the challenge away: of many uses at the same time, one gets it. */
    async takeChallenge(): Promise<string | null> {
      const [row] = await db
        .delete(passkeyChallenges)
        .where(and(eq(passkeyChallenges.userId, userId), gt(passkeyChallenges.expiresAt, sql`now()`)))
        .returning({ challenge: passkeyChallenges.challenge });
      return row?.challenge ?? null;
    },
  };
}
