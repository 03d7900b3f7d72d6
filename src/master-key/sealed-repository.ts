import { asc, getTableName, gt, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import type { SealedPlace } from './sealed-places.ts';

export interface SealedRow {
  key: string;
  sealed: string;
}

/** The sealed texts of one place, whatever they hold. */
export function createSealedRepository(db: Pick<Db, 'select' | 'execute'>, { table, key, sealed }: SealedPlace) {
  const keyType = sql.raw(key.getSQLType());
  return {
    /** Whether the table is there: before the first migrations it is not. */
    async exists(): Promise<boolean> {
      const { rows } = await db.execute<{ exists: boolean }>(
        sql`select to_regclass(${getTableName(table)}) is not null as exists`,
      );
      return rows[0]?.exists === true;
    },

    async list(): Promise<SealedRow[]> {
      return db.select({ key: sql<string>`${key}`, sealed: sql<string>`${sealed}` }).from(table);
    },

    /** Those that do not begin like the texts of the current master key, in the order of their keys. */
    async listOthers(
      currentSeal: string,
      { afterKey, limit }: { afterKey: string | null; limit: number },
    ): Promise<SealedRow[]> {
      const others = sql`not starts_with(${sealed}, ${currentSeal})`;
      return db
        .select({ key: sql<string>`${key}`, sealed: sql<string>`${sealed}` })
        .from(table)
        .where(afterKey === null ? others : sql`${others} and ${gt(key, afterKey)}`)
        .orderBy(asc(key))
        .limit(limit);
    },

    /**
     * Replaces texts that still are what was read. Rows that somebody else is changing are not waited for, so this can be
     * part of no deadlock. @returns how many were replaced
     */
    async replace(rows: readonly (SealedRow & { fresh: string })[]): Promise<number> {
      const column = (name: keyof (typeof rows)[number]) => sql.param(rows.map((row) => row[name]));
      const { rowCount } = await db.execute(sql`
        with given as (
          select * from unnest(${column('key')}::text[]::${keyType}[], ${column('sealed')}::text[], ${column('fresh')}::text[])
            as given (key, sealed, fresh)
        ), held as materialized (
          select given.key, given.fresh from given
          join ${table} on ${key} = given.key and ${sealed} = given.sealed
          for no key update of ${table} skip locked
        )
        update ${table} set ${sql.identifier(sealed.name)} = held.fresh from held where ${key} = held.key
      `);
      return rowCount ?? 0;
    },
  };
}
