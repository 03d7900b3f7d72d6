import { DrizzleQueryError } from 'drizzle-orm';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import type { Role } from '../db/tables/organizations.ts';
import { requireMember } from './roles.ts';
import type { AdminIdentity, SessionRepository } from './session-repository.ts';
import { bearerTokenOf } from './admin-tokens.ts';
import { readAuthorization } from '../http/presented.ts';
import type { DatabaseClock } from '../db/database-clock.ts';
import type { ConsoleSessions } from './console-sessions.ts';
import type { SessionUses } from './session-service.ts';
import type { TrustedIssuer, TrustedPerson } from './trusted-issuer.ts';
import type { TrustedUsers } from './trusted-users.ts';
import { callerOf } from './callers.ts';
import { unauthorized } from './unauthorized.ts';

/**
 * Who may call a route: anybody; anybody, where it matters whether it is a logged-in user; a machine with a credential of
 * its own; a logged-in user; or a member of the organization in the path whose role is this one or a more powerful one.
 */
export type Access = 'public' | 'public-or-user' | 'machine' | 'user' | Role;

export interface RouteEntry {
  method: HTTPMethods;
  url: string;
  access: Access;
  operationId: string | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyInstance {
    /** Every route registered so far. */
    routeTable: RouteEntry[];
  }
  interface FastifyRequest {
    /** The caller of a management route, and of another one that was called as a user; null elsewhere. */
    admin: AdminIdentity | null;
  }
}

export interface AdminAuthOptions {
  apiPrefix: string;
  sessions: SessionRepository;
  uses: SessionUses;
  clock: Pick<DatabaseClock, 'now'>;
  /** Undefined where there is no console. */
  consoleSessions: Pick<ConsoleSessions, 'identify'> | undefined;
  trustedIssuer: TrustedIssuer | undefined;
  /** Undefined where only users who are there already are let in. */
  trustedUsers: TrustedUsers | undefined;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Puts the check that a route's `config.access` asks for in front of it. A route under the API that does not say who
 * may call it cannot be registered.
 */
export const adminAuth = fp<AdminAuthOptions>(
  async (app: FastifyInstance, options) => {
    const { apiPrefix, sessions, uses, consoleSessions, trustedIssuer } = options;
    app.decorateRequest('admin', null);
    app.decorate('routeTable', []);

    app.addHook('onRoute', (route) => {
      const access = route.config?.access;
      if (access === undefined && route.url.startsWith(apiPrefix)) {
        throw new Error(`${String(route.method)} ${route.url} does not say who may call it`);
      }
      if (access === undefined) return;
      if (route.schema?.hide !== true) record(app, route, access);
      if (access === 'public' || access === 'machine') return;
      route.schema = { ...route.schema, security: [{ adminToken: [] }, ...(access === 'public-or-user' ? [{}] : [])] };
      route.onRequest = [
        async (request: FastifyRequest, reply: FastifyReply) => {
          request.admin = await authenticate(request);
          if (request.admin === null) {
            if (access === 'public-or-user') return;
            throw unauthorized('no token, and no cookie that counts');
          }
          uses.record(request.admin.sessionId ?? request.admin.userId, request.sourceIfKnown);
          await app.countUserRequest(request, reply, request.admin.userId);
          if (access !== 'user' && access !== 'public-or-user') requireMember(request.admin, access);
        },
        ...[route.onRequest ?? []].flat(),
      ];
    });

    /** Null where nothing is brought. With an Authorization header, whatever is in it, the cookie is not looked at. */
    async function authenticate(request: FastifyRequest): Promise<AdminIdentity | null> {
      const organizationId = organizationOf(request);
      if (readAuthorization(request.raw).kind === 'none') {
        return (await consoleSessions?.identify(request, organizationId)) ?? null;
      }
      const token = bearerTokenOf(request);
      if (token === undefined) throw unauthorized('not exactly one bearer token');
      const identity = trustedIssuer?.isClaimedBy(token)
        ? await findTrusted(await trustedIssuer.verify(token).catch(refuse), { request, organizationId, ...options })
        : await sessions.findActive(await app.verifyAdminToken(request).catch(refuse), organizationId);
      if (identity === null) throw unauthorized('the session has ended or the user is unknown');
      return identity;
    }
  },
  { name: 'access', dependencies: ['admin-tokens', 'error-handler', 'rate-limit'] },
);

interface TrustedRequest extends Pick<AdminAuthOptions, 'sessions' | 'clock' | 'trustedUsers'> {
  request: FastifyRequest;
  organizationId: string | null;
}

/** The user whom a trusted issuer has proven, made where that is wanted. */
async function findTrusted(
  { email, provenAt }: TrustedPerson,
  { request, organizationId, sessions, clock, trustedUsers }: TrustedRequest,
): Promise<AdminIdentity | null> {
  const find = () => sessions.findByEmail(email, organizationId);
  let user = await find();
  if (user === null && trustedUsers !== undefined) {
    await trustedUsers.welcome(callerOf(request), email);
    user = await find();
  }
  return user === null ? null : { ...user, sessionId: null, provenSecondsAgo: clock.now() / 1000 - provenAt };
}

function record(app: FastifyInstance, route: RouteOptions, access: Access): void {
  const operationId = route.schema?.operationId;
  for (const method of [route.method].flat()) app.routeTable.push({ method, url: route.url, access, operationId });
}

/** The organization in the path; one that cannot exist is not looked for. */
function organizationOf(request: FastifyRequest): string | null {
  const { org } = request.params as { org?: string };
  return org !== undefined && uuid.test(org) ? org : null;
}

/** A key that could not be read says nothing of the token. */
function refuse(err: unknown): never {
  if (err instanceof DrizzleQueryError) throw err;
  throw unauthorized(String(err), err);
}
