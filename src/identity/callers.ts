import type { FastifyRequest } from 'fastify';
import type { Caller, MemberCaller, UserCaller } from '../changes/caller.ts';
import { holdMembership } from './current-member.ts';
import { isRole } from './roles.ts';

/** The caller of any route. */
export function callerOf({ id: requestId, admin, headers, sourceIfKnown, onSettled }: FastifyRequest): Caller {
  const { userId = null, email = null, organizationId = null } = admin ?? {};
  const [ip, userAgent] = [sourceIfKnown ?? null, headers['user-agent'] ?? null];
  return { type: 'user', requestId, userId, email, organizationId, ip, userAgent, onSettled };
}

/** The caller of a route for logged-in users. */
export function userOf(request: FastifyRequest): UserCaller {
  if (request.admin === null) throw new Error('the route has no user: its access is public');
  const { userId, email, sessionId, provenSecondsAgo } = request.admin;
  return { ...callerOf(request), userId, email, sessionId, provenSecondsAgo };
}

/** The caller of a route under an organization, whose membership the check has confirmed. */
export function memberOf(request: FastifyRequest): MemberCaller {
  const user = userOf(request);
  const { organizationId = null } = request.admin ?? {};
  const { access: least } = request.routeOptions.config;
  if (organizationId === null || !isRole(least)) throw new Error('the route has no organization in its path');
  const member = { ...user, organizationId, least };
  return { ...member, holdAccess: (tx, lock) => holdMembership(tx, member, lock) };
}
