import { createHash, randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import type { Change } from '../changes/change-runner.ts';
import type { Db } from '../db/client.ts';
import type { ConsoleCookie } from '../rules/console-cookie.ts';
import { isPageOf, readConsoleCookie } from './console-requests.ts';
import { createConsoleSessionRepository } from './console-session-repository.ts';
import type { FoundConsoleSession } from './console-session-repository.ts';
import type { AdminIdentity } from './session-repository.ts';
import { noteOpened, ofSession } from './session-service.ts';
import type { OpenSession, SessionUses } from './session-service.ts';

/** Sessions of the service's own page, each behind a cookie that no script can read. */
export interface ConsoleSessions {
  /**
   * Opens a session as part of a change: always a new one.
   * @returns the cookie's value, which is good once the change is committed
   */
  open: OpenSession<string>;
  /**
   * Who sends a request of the console's own with its cookie; null for every other request, and for a page that says it is
   * another user's.
   */
  identify: (request: FastifyRequest, organizationId: string | null) => Promise<AdminIdentity | null>;
  /** The session of a cookie that has not ended. Asking is no use of it. */
  find: (cookie: string) => Promise<FoundConsoleSession | null>;
  /** Ends the session of a cookie as part of a change, if there is one. */
  end: (change: Change, cookie: string) => Promise<void>;
}

export interface ConsoleSessionsOptions {
  db: Db;
  /** Null where no browser can keep it to itself: then nobody has a session. */
  cookie: ConsoleCookie | null;
  uses: SessionUses;
  idleSeconds: number;
  ttlSeconds: number;
}

export function createConsoleSessions(options: ConsoleSessionsOptions): ConsoleSessions {
  const { db, cookie, uses, idleSeconds, ttlSeconds } = options;
  const repository = createConsoleSessionRepository(db, idleSeconds);
  return {
    async open(change, user, caller) {
      const value = randomBytes(32).toString('base64url');
      const session = { id: uuidv7(), userId: user.id, ttlSeconds, cookieDigest: digestOf(value) };
      const origin = noteOpened(change, caller, { id: session.id, user, uses, kind: 'console' });
      const sessions = createConsoleSessionRepository(change.tx, idleSeconds);
      change.atEnd(() => sessions.insert({ ...session, ...origin }));
      return value;
    },

    async identify(request, organizationId) {
      const value = cookie === null ? undefined : readConsoleCookie(request, cookie);
      const identity = value === undefined ? null : await repository.findIdentity(digestOf(value), organizationId);
      return identity !== null && isPageOf(request, identity.userId) ? identity : null;
    },

    find: (value) => repository.find(digestOf(value)),

    async end({ tx, audit }, value) {
      const ended = await createConsoleSessionRepository(tx, idleSeconds).end(digestOf(value));
      if (ended !== null) audit({ action: 'session.end', ...ofSession(ended) });
    },
  };
}

/** The cookie is 256 random bits, so a plain digest cannot be turned back. */
function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}
