import { eq, sql } from 'drizzle-orm';
import type { Placeholder } from 'drizzle-orm';
import { nameStatement } from '../db/named-query.ts';
import { refreshTokens, sessions } from '../db/tables/users.ts';

/** A login ends then, however often it was refreshed. */
export const LIFETIME_MAX = sql`interval '2160 hours'`;

const placeholder = sql.placeholder;
const sessionEnd = sql`least(${secondsFromNow(placeholder('ttlSeconds'))}, now() + ${LIFETIME_MAX})`;

/** The values are a new session's. */
export const insertSession = nameStatement('insert_session', (db) =>
  db.insert(sessions).values({
    id: placeholder('id'),
    userId: placeholder('userId'),
    lastSeenIp: placeholder('network'),
    userAgent: placeholder('userAgent'),
    expiresAt: sessionEnd,
  }),
);

/** The values are a refresh token's record. */
export const insertRefreshToken = nameStatement<[secondsLeft: number]>('insert_refresh_token', (db) => {
  const sessionId = placeholder('sessionId');
  const end = sql`(select ${sessions.createdAt} + ${LIFETIME_MAX} from ${sessions} where ${sessions.id} = ${sessionId})`;
  const expiresAt = sql`least(${secondsFromNow(placeholder('ttlSeconds'))}, ${end})`;
  return db
    .insert(refreshTokens)
    .values({ digest: placeholder('digest'), sessionId, expiresAt })
    .returning({ sessionSecondsLeft: sql<number>`floor(extract(epoch from ${end} - now()))::int` });
});

/** Never beyond its lifetime. */
export const extendSession = nameStatement('extend_session', (db) =>
  db
    .update(sessions)
    .set({
      expiresAt: sql`least(${secondsFromNow(placeholder('ttlSeconds'))}, ${sessions.createdAt} + ${LIFETIME_MAX})`,
    })
    .where(eq(sessions.id, placeholder('sessionId'))),
);

function secondsFromNow(seconds: Placeholder) {
  return sql<Date>`now() + make_interval(secs => ${seconds})`;
}
