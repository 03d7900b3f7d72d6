import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../changes/caller.ts';
import type { ChangeRunner } from '../changes/change-runner.ts';
import { users } from '../db/tables/users.ts';

/** Makes the users whom a trusted issuer has proven. */
export interface TrustedUsers {
  /**
   * Makes the user of an email that has none: without a password that anybody knows, a member of nothing. Of any number of
   * first requests at the same time, in any number of processes, one makes it.
   * @param email verified, in lower case
   */
  welcome: (caller: Caller, email: string) => Promise<void>;
}

export interface TrustedUsersOptions {
  changes: ChangeRunner;
  /** A hash of no password that anybody knows. */
  makeUnknownPassword: () => string;
}

export function createTrustedUsers({ changes, makeUnknownPassword }: TrustedUsersOptions): TrustedUsers {
  return {
    welcome: (caller, email) =>
      changes.run(caller, {
        async apply({ tx, audit }) {
          const user = { id: uuidv7(), email };
          const made = await tx
            .insert(users)
            .values({ ...user, passwordHash: makeUnknownPassword() })
            .onConflictDoNothing({ target: users.email })
            .returning({ id: users.id });
          if (made.length === 0) return;
          audit({
            action: 'account.create',
            actor: { type: 'user', ...user },
            chain: { type: 'user', id: user.id },
            target: { type: 'user', id: user.id, name: email },
          });
        },
      }),
  };
}
