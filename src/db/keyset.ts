import { asc, desc, gt, lt } from 'drizzle-orm';
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
