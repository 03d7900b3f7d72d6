import { sql } from 'drizzle-orm';
import type { FastifyBaseLogger } from 'fastify';
import fp from 'fastify-plugin';
import type { Db } from '../db/client.ts';
import { periodic } from '../periodic.ts';

const INTERVAL_MS = 15 * 60_000;

/** What nobody can use any more, and for how long it is kept beyond that. */
const leftovers = [
  // While a code for it is out it can still be confirmed.
  sql`delete from registrations where updated_at < now() - interval '24 hours' and not exists (
    select from one_time_codes as codes
    where codes.email = registrations.email and codes.purpose = 'verify_email' and codes.expires_at > now())`,
  sql`delete from one_time_codes where expires_at < now() - interval '1 hour'`,
  sql`delete from code_mails where expires_at < now()`,
  sql`delete from login_failures where last_failed_at < now() - interval '48 hours'`,
  sql`delete from account_login_failures where since < now() - interval '24 hours'`,
  sql`delete from login_sources where last_used_at < now() - interval '180 days'`,
  // Takes its refresh tokens along; spent ones were kept this long to show reuse.
  sql`delete from sessions where expires_at < now()`,
  sql`delete from refresh_tokens where expires_at < now()`,
  sql`delete from secrets where expires_at < now() - interval '1 hour'`,
  sql`delete from revoked_access_tokens where expires_at < now() - interval '1 hour'`,
  // A day more than the longest life a token may be given: nothing that this key signed is alive.
  sql`delete from signing_keys where retired_at < now() - interval '8 days'`,
];

/** Deletes leftovers now and then. Any number of processes may do it at the same time. */
export const maintenance = fp(
  async (app) => {
    const stopping = new AbortController();
    periodic(INTERVAL_MS, () => deleteLeftovers(app, stopping.signal), stopping.signal);
    // Not waited for: a statement under way is the pool's to wait for, and the next start cleans what is left.
    app.addHook('onClose', async () => {
      stopping.abort();
    });
  },
  { name: 'maintenance', dependencies: ['database'] },
);

/** Deletes what nobody can use any more; never rejects. After `signal` no further statement is begun. */
export async function deleteLeftovers(
  { db, log }: { db: Db; log: FastifyBaseLogger },
  signal?: AbortSignal,
): Promise<void> {
  for (const statement of leftovers) {
    if (signal?.aborted === true) return;
    try {
      await db.execute(statement);
    } catch (err) {
      log.warn({ err }, 'leftovers could not be deleted; trying again later');
    }
  }
}
