import rateLimitPlugin from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import { networkOf } from '../http/source-addresses.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A second limit, of valid requests alone: what a person mistypes does not use it up. */
    validRateLimit?: RateLimit;
  }
  interface FastifyInstance {
    /** Counts a request of a user who is logged in. @throws AppError `rate_limited` */
    countUserRequest: (request: FastifyRequest, reply: FastifyReply, userId: string) => Promise<void>;
  }
}

/** How many requests one address may send to a route. */
export interface RateLimit {
  max: number;
  /** Milliseconds. */
  timeWindow: number;
}

const ADDRESSES_MAX = 20_000;
/** Of one user, over all management routes of this process. */
const USER_READS = perAddress(1_200, 'minute');
const USER_WRITES = perAddress(300, 'minute');
/** One household or server usually holds a /64; counting single IPv6 addresses would count nothing. */
const IPV6_BITS = 64;

/**
 * Request limits per source address, on the routes that ask for one in their `config.rateLimit`, and per user on the
 * management routes. They count before the body is read: a request that is refused for what it holds costs work as well.
 */
export const rateLimit = fp<{ isEnabled: boolean }>(
  async (app, { isEnabled }) => {
    if (!isEnabled) {
      app.decorate('countUserRequest', async () => undefined);
      return;
    }
    await app.register(rateLimitPlugin, {
      global: false,
      cache: ADDRESSES_MAX,
      keyGenerator: ({ source }) => networkOf(source, IPV6_BITS),
      enableDraftSpec: true,
      errorResponseBuilder: (_request, { ttl }) => tooMany(ttl, 'from this address'),
    });
    app.decorate('countUserRequest', createUserLimits(app));
    app.addHook('onRoute', (route) => {
      const limit = route.config?.validRateLimit;
      if (limit !== undefined) route.preHandler = [limitValid(app, limit), ...[route.preHandler ?? []].flat()];
    });
  },
  { name: 'rate-limit', dependencies: ['source'] },
);

/** A limit per address, counted apart for each route. */
export function perAddress(max: number, per: 'minute' | 'hour'): RateLimit {
  return { max, timeWindow: per === 'minute' ? 60_000 : 3_600_000 };
}

function createUserLimits(app: FastifyInstance): FastifyInstance['countUserRequest'] {
  const userIds = new WeakMap<FastifyRequest, string>();
  const keyGenerator = (request: FastifyRequest) => userIds.get(request) ?? '';
  const countRead = app.createRateLimit({ ...USER_READS, keyGenerator });
  const countWrite = app.createRateLimit({ ...USER_WRITES, keyGenerator });
  return async (request, reply, userId) => {
    userIds.set(request, userId);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    requireRoom(reply, await (isRead ? countRead : countWrite)(request), 'of this user');
  };
}

function limitValid(app: FastifyInstance, limit: RateLimit) {
  const count = app.createRateLimit(limit);
  return async (request: FastifyRequest, reply: FastifyReply) => {
    requireRoom(reply, await count(request), 'from this address');
  };
}

type Counted = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>;

function requireRoom(reply: FastifyReply, result: Counted, whose: string): void {
  if (result.isAllowed) return;
  reply.headers({
    'ratelimit-limit': result.max,
    'ratelimit-remaining': result.remaining,
    'ratelimit-reset': result.ttlInSeconds,
  });
  if (result.isExceeded) throw tooMany(result.ttl, whose);
}

function tooMany(ttlMs: number, whose: string): AppError {
  return new AppError('rate_limited', {
    detail: `Too many requests ${whose}; try again later.`,
    retryAfterSeconds: ttlMs / 1000,
  });
}
