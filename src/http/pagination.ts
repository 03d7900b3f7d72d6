import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Cursors } from './cursor.ts';

const LIMIT_MAX = 100;

/** Ids are UUIDv7: their order is the order in which records were made. */
export type ListOrder = 'newest' | 'oldest';

/** One keyset page as a repository takes it: rows that come after `afterId` in this order, at most `limit` of them. */
export interface PageRequest {
  afterId: string | null;
  limit: number;
  order: ListOrder;
}

/** As validation leaves them: what was not sent has its default. */
interface PageQueryValues {
  limit?: number;
  order?: ListOrder;
  cursor?: string;
}

/** What a list is asked for. */
export interface ListRequest<Filters extends object> {
  page: PageRequest;
  filters: Filters;
  /** Ends a page: the records found, the cursor of the next one, and its `Link` header (RFC 8288). */
  respond: <Row extends { id: string }, Item>(
    rows: Row[],
    toItem: (row: Row) => Item,
  ) => { results: Item[]; next_cursor: string | null };
}

/**
 * Reads `limit`, `order` and `cursor` of a list. A cursor is bound to the list, order and filters it came from.
 * @throws AppError `invalid_request` for a cursor that is not one of this list
 */
export function readListRequest<Query extends PageQueryValues>(
  cursors: Cursors,
  request: FastifyRequest,
  reply: FastifyReply,
): ListRequest<Omit<Query, keyof PageQueryValues>> {
  const { limit: asked = LIMIT_MAX, order = 'newest', cursor, ...filters } = request.query as Query;
  const limit = Math.min(asked, LIMIT_MAX);
  const sorted = Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1));
  const scope = JSON.stringify([request.routeOptions.url, request.params, order, sorted]);
  return {
    // One more than asked for tells whether there is a next page.
    page: { afterId: cursor === undefined ? null : cursors.decode(scope, cursor), limit: limit + 1, order },
    filters,
    respond(rows, toItem) {
      const results = rows.slice(0, limit);
      const last = rows.length > limit ? results.at(-1) : undefined;
      const nextCursor = last === undefined ? null : cursors.encode(scope, last.id);
      if (nextCursor !== null) reply.header('link', nextLink(request, { limit, cursor: nextCursor }));
      return { results: results.map(toItem), next_cursor: nextCursor };
    },
  };
}

/** The next page's address as a path: a proxy may have changed the origin, not what comes after it. */
function nextLink(request: FastifyRequest, { limit, cursor }: { limit: number; cursor: string }): string {
  const url = new URL(request.originalUrl, 'http://localhost');
  url.searchParams.set('limit', String(limit));
  url.searchParams.set('cursor', cursor);
  return `<${url.pathname}${url.search}>; rel="next"`;
}
