import { sql } from 'drizzle-orm';
import fp from 'fastify-plugin';

const INTERVAL_MS = 15 * 60_000;

/** What nobody can use any more, and for how long it is kept beyond that. */
const leftovers = [
  sql`delete from registrations where updated_at < now() - interval '24 hours'`,
  sql`delete from one_time_codes where expires_at < now() - interval '1 hour'`,
  sql`delete from login_failures where last_failed_at < now() - interval '48 hours'`,
  // Takes its refresh tokens along; spent ones were kept this long to show reuse.
  sql`delete from sessions where expires_at < now()`,
  sql`delete from refresh_tokens where expires_at < now()`,
  sql`delete from secrets where expires_at < now() - interval '1 hour'`,
];

/** Deletes leftovers now and then. Any number of processes may do it at the same time. */
export const maintenance = fp(
  async (app) => {
    let running = Promise.resolve();
    const timer = setInterval(() => {
      running = running.then(clean);
    }, INTERVAL_MS).unref();
    app.addHook('onClose', async () => {
      clearInterval(timer);
      await running;
    });

    async function clean(): Promise<void> {
      for (const statement of leftovers) {
        try {
          await app.db.execute(statement);
        } catch (err) {
          app.log.warn({ err }, 'leftovers could not be deleted; trying again later');
        }
      }
    }
  },
  { name: 'maintenance', dependencies: ['database'] },
);
