import rateLimitPlugin from '@fastify/rate-limit';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';

const ADDRESSES_MAX = 20_000;
/** One household or server usually holds a /64; counting single IPv6 addresses would count nothing. */
export const IPV6_SUBNET_BITS = 64;

/** Request limits per source address, on the routes that ask for one in their `config.rateLimit`. */
export const rateLimit = fp<{ isEnabled: boolean }>(
  async (app, { isEnabled }) => {
    if (!isEnabled) return;
    await app.register(rateLimitPlugin, {
      global: false,
      cache: ADDRESSES_MAX,
      ipv6Subnet: IPV6_SUBNET_BITS,
      enableDraftSpec: true,
      errorResponseBuilder: (_request, { ttl }) =>
        new AppError('rate_limited', {
          detail: 'Too many requests from this address; try again later.',
          retryAfterSeconds: ttl / 1000,
        }),
    });
  },
  { name: 'rate-limit' },
);

/** A limit per address, counted apart for each route. */
export function perAddress(max: number, per: 'minute' | 'hour') {
  return { max, timeWindow: per === 'minute' ? 60_000 : 3_600_000, hook: 'preHandler' as const };
}
