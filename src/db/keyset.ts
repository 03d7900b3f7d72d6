import { and, asc, desc, gt, gte, lt, lte, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';

/** Where a page begins, and which way it goes. */
export interface KeysetPage {
  afterId: string | number | null;
  order: 'newest' | 'oldest';
}

/** The condition and the order of a page over ids that grow with time. Its cost does not grow with its depth. */
export function keyset(id: AnyPgColumn, { afterId, order }: KeysetPage) {
  const [isAfter, inOrder] = order === 'newest' ? [lt, desc(id)] : [gt, asc(id)];
  return { isOnPage: afterId === null ? undefined : isAfter(id, afterId), inOrder };
}

/** The ids of a list that is one organization's, and what says whose they are. */
export interface OwnedIds {
  owner: AnyPgColumn;
  id: AnyPgColumn;
  ownerId: string;
}

/**
 * The same over the rows of one owner, who may have nearly all there are. With `owner = …` Postgres would take the primary
 * key for the order then, and step over whatever others have made since; an order that begins with the owner is one that
 * only an index with both gives. So the owner is named by bounds, which make no constant of it.
 * @returns a condition that is of this owner's rows alone
 */
export function ownedKeyset({ owner, id, ownerId }: OwnedIds, { afterId, order }: KeysetPage) {
  const isNewest = order === 'newest';
  const [isInside, isWithin] = isNewest ? [gte, lte] : [lte, gte];
  const place = sql`(${sql.param(ownerId)}::uuid, ${sql.param(afterId)}::uuid)`;
  const isAfter = isNewest ? sql`(${owner}, ${id}) < ${place}` : sql`(${owner}, ${id}) > ${place}`;
  return {
    isOnPage: and(isInside(owner, ownerId), afterId === null ? isWithin(owner, ownerId) : isAfter),
    inOrder: isNewest ? sql`${owner} desc, ${id} desc` : sql`${owner}, ${id}`,
  };
}
