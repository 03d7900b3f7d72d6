import type { AuditEventPage, paths } from '../../client/schema.ts';
import { api, ask } from './api.ts';

type Query = paths['/auth/v2/organizations/{org}/audit-events/']['get']['parameters']['query'];

/** One page of audit events. */
export async function readEvents(org: string, query: Query): Promise<AuditEventPage> {
  const page = await ask(
    api.GET('/auth/v2/organizations/{org}/audit-events/', { params: { path: { org }, query: query ?? {} } }),
  );
  // The other form, one event a line, comes only to whom asks for it.
  if (typeof page === 'string') throw new Error('a page of audit events was expected');
  return page;
}
