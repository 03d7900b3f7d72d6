import type { Caller } from '../../changes/caller.ts';
import type { ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import type { ConsoleSessions } from '../../identity/console-sessions.ts';
import type { OpenSession } from '../../identity/session-service.ts';
import { createOrganizationRepository } from '../organizations/organization-repository.ts';
import type { ConsoleSession } from './console-session-schemas.ts';

/** A new session: the cookie's value, for the one answer that sets it, and who is logged in. */
export interface OpenedConsole {
  cookie: string;
  session: ConsoleSession;
}

/** Logins of the service's own page. */
export interface ConsoleSessionService {
  /**
   * How a login opens a session of the console instead of one of tokens. It ends the session that the browser held before.
   * @param heldCookie of that one
   */
  opener: (heldCookie: string | undefined) => OpenSession<{ cookie: string }>;
  /** Nobody is an answer too. */
  describe: (cookie: string | undefined) => Promise<ConsoleSession>;
  logOut: (caller: Caller, cookie: string) => Promise<void>;
}

export interface ConsoleSessionServiceOptions {
  db: Db;
  changes: ChangeRunner;
  consoleSessions: ConsoleSessions;
}

const nobody: ConsoleSession = { user: null, organizations: [], expires_at: null };

export function createConsoleSessionService(options: ConsoleSessionServiceOptions): ConsoleSessionService {
  const { db, changes, consoleSessions } = options;
  return {
    opener: (heldCookie) => async (change, user, caller) => {
      if (heldCookie !== undefined) await consoleSessions.end(change, heldCookie);
      return { cookie: await consoleSessions.open(change, user, caller) };
    },

    async describe(cookie) {
      const found = cookie === undefined ? null : await consoleSessions.find(cookie);
      if (found === null) return nobody;
      const organizations = await createOrganizationRepository(db, found.userId).list();
      return {
        user: { uuid: found.userId, email: found.email },
        organizations: organizations.map(({ id, name, role }) => ({ uuid: id, name, role })),
        expires_at: found.endsAt.toISOString(),
      };
    },

    logOut: (caller, cookie) => changes.run(caller, { apply: (change) => consoleSessions.end(change, cookie) }),
  };
}
