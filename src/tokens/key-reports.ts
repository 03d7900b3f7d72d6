import type { FastifyBaseLogger } from 'fastify';
import type { ForeignKey, KeyRingOptions } from './key-ring.ts';

/** Whoever wrote the rows chose how many there are, and what they say. */
const KIDS_MAX = 10;
const KID_LENGTH_MAX = 64;

/** What may be said of rows that somebody else has written. */
export function describeForeignKeys(keys: readonly ForeignKey[]): { kids: string[]; faults: string[]; count: number } {
  return {
    kids: keys.slice(0, KIDS_MAX).map(({ kid }) => kid.slice(0, KID_LENGTH_MAX)),
    faults: [...new Set(keys.map(({ fault }) => fault))],
    count: keys.length,
  };
}

/** Lets a key ring say in the log what it meets. */
export function createKeyReports(
  log: Pick<FastifyBaseLogger, 'warn' | 'error'>,
): Pick<KeyRingOptions, 'onError' | 'onForeignKeys'> {
  return {
    onError(err) {
      log.warn({ err }, 'the signing keys could not be read again; trying again in a minute');
    },
    onForeignKeys(keys) {
      const advice = 'find out who can write the database; nothing they put there is believed';
      log.error(
        describeForeignKeys(keys),
        `rows of signing_keys or access_token_keys were changed by somebody without the master key: ${advice}`,
      );
    },
  };
}
