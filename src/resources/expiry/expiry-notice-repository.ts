import { sql } from 'drizzle-orm';
import type { Leftovers } from '../../db/leftovers.ts';
import { expiryNotices } from '../../db/tables/expiry-notices.ts';

export const expiryNoticeLeftovers: Leftovers = {
  table: expiryNotices,
  areOver: sql`expires_at < now() - interval '1 day'`,
};
