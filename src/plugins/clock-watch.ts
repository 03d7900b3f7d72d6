import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { CLOCK_OFFSET_MAX_MS, CLOCK_TOLERANCE_MS } from '../db/database-clock.ts';
import type { DatabaseClock } from '../db/database-clock.ts';
import { AppError } from '../errors.ts';
import { periodic } from '../periodic.ts';

const INTERVAL_MS = 60_000;

declare module 'fastify' {
  interface FastifyInstance {
    /** The database's time, by which tokens live. */
    databaseClock: DatabaseClock;
    /** @throws AppError `overloaded` while this process's clock is too far from the database's */
    requireClock: () => void;
  }
}

/**
 * Watches how far this process's clock is from the database's. Tokens do not live by it, but what runs beside the service
 * on a machine with a wrong clock, and the log, do.
 */
export const clockWatch = fp<{ clock: DatabaseClock }>(
  async (app: FastifyInstance, { clock }) => {
    const stopping = new AbortController();
    const warn = async () => {
      if (Math.abs(clock.offsetMs) <= CLOCK_TOLERANCE_MS) return;
      const advice = 'let both machines take their time from NTP';
      app.log.warn(
        { offsetSeconds: clock.offsetMs / 1000 },
        `the clock of this machine is not the database's: ${advice}`,
      );
    };
    app.decorate('databaseClock', clock);
    app.decorate('requireClock', () => {
      if (Math.abs(clock.offsetMs) <= CLOCK_OFFSET_MAX_MS) return;
      const detail = 'The clock of this machine is wrong.';
      throw new AppError('overloaded', { detail, retryAfterSeconds: 5, reason: 'too far from the database’s clock' });
    });
    app.addHook('onReady', warn);
    periodic(INTERVAL_MS, warn, stopping.signal);
    app.addHook('onClose', async () => {
      stopping.abort();
    });
  },
  { name: 'clock-watch' },
);
