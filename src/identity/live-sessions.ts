import { and, gt, isNull, sql } from 'drizzle-orm';
import { sessions } from '../db/tables/users.ts';

/** When a session ends without further use: one of the console also when it was not used for so long. */
export function liveUntil(idleSeconds: number) {
  return sql<Date>`case ${sessions.kind}
    when 'console' then least(
      ${sessions.expiresAt}, coalesce(${sessions.lastSeenAt}, ${sessions.createdAt}) + make_interval(secs => ${idleSeconds}))
    else ${sessions.expiresAt} end`.mapWith(sessions.expiresAt);
}

/** Whether a session is good for something by the database's clock. */
export function isLive(idleSeconds: number) {
  return and(isNull(sessions.endedAt), gt(sessions.expiresAt, sql`now()`), sql`${liveUntil(idleSeconds)} > now()`);
}
