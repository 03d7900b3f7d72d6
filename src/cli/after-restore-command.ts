import { sql } from 'drizzle-orm';
import { systemCaller } from '../changes/caller.ts';
import { createChangeRunner } from '../changes/change-runner.ts';
import type { ChangeRunner } from '../changes/change-runner.ts';
import type { Db } from '../db/client.ts';
import { ofAccount } from '../resources/accounts/account-audit.ts';
import { createKeyReports } from '../tokens/key-reports.ts';
import { KeyRing } from '../tokens/key-ring.ts';
import { createSigningKeyRepository } from '../tokens/signing-key-repository.ts';
import { CommandError } from './command-line.ts';
import type { JsonOption, Outcome, Shell } from './command-line.ts';
import { withSession } from './command-session.ts';

/** What its options gave. */
export interface AfterRestoreOptions extends JsonOption {
  yes?: boolean;
}

/** The chains of so many users, at most, are held at a time. */
const USERS_BATCH = 200;

/** What a backup brings back and no command can know of. */
const TO_CHECK = [
  'secrets that were revoked or regenerated after the backup work again: revoke them again',
  'API clients that were paused or deleted, members who were removed and invitations that were spent are back',
  'passwords that were changed after the backup are the old ones again: whose was known to others resets it',
  'mails that were owed at the time are sent, perhaps for the second time',
  'the audit trail ends where the backup was taken: keep the heads and exports of what came after',
];

/** Takes back what a restored backup must not bring back. Run again, it does the same again. */
export async function afterRestore(shell: Shell, options: AfterRestoreOptions): Promise<Outcome> {
  if (options.yes !== true) {
    const what = 'This ends every session and refuses every token issued so far';
    throw new CommandError(`${what}, people log in again and machines ask for new tokens: add --yes`, 2);
  }
  return withSession(shell, async ({ db, masterKey, log }) => {
    const sessions = await endSessions(createChangeRunner({ db, masterKey, log }), shell.signal);
    const repository = createSigningKeyRepository(db);
    const ring = new KeyRing({ repository, masterKey, now: Date.now, ...createKeyReports(log) });
    const kid = await ring.replaceAll();
    const tables = await analyzeTables(db);
    return {
      text: [
        `Ended ${sessions} sessions; new signing keys replaced all others, ${kid} is the RS256 one; ${tables} tables analyzed.`,
        'What is yours to check:',
        ...TO_CHECK.map((line) => `- ${line}`),
      ].join('\n'),
      document: { ended_sessions: sessions, kid, analyzed_tables: tables, to_check: TO_CHECK },
    };
  });
}

interface EndedUser extends Record<string, unknown> {
  id: string;
  email: string;
  sessions: number;
}

/** Ends all that there are, some users at a time, and says so to each of them. */
async function endSessions(changes: ChangeRunner, signal: AbortSignal): Promise<number> {
  for (let ended = 0; ;) {
    signal.throwIfAborted();
    const users = await changes.run(systemCaller(), {
      async apply({ tx, audit }) {
        const { rows } = await tx.execute<EndedUser>(sql`
          with picked as materialized (
            select user_id from sessions where ended_at is null group by user_id order by user_id limit ${USERS_BATCH}
          ), ended as (
            update sessions set ended_at = now() from picked
            where sessions.user_id = picked.user_id and ended_at is null returning sessions.user_id
          )
          select users.id, users.email, count(*)::int as sessions from ended join users on users.id = ended.user_id
          group by users.id`);
        for (const { sessions, ...user } of rows) {
          audit({ action: 'session.end', ...ofAccount(user), changes: { sessions: { from: sessions, to: 0 } } });
        }
        return rows;
      },
    });
    if (users.length === 0) return ended;
    ended += users.reduce((sum, { sessions }) => sum + sessions, 0);
  }
}

/** Gives the planner figures again, which no backup holds. Of the service's tables alone: others may not be its to read. */
async function analyzeTables(db: Db): Promise<number> {
  const { rows } = await db.execute<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = current_schema()
        and pg_has_role(current_user, tableowner, 'usage') order by tablename`,
  );
  for (const { name } of rows) await db.execute(sql`analyze ${sql.identifier(name)}`);
  return rows.length;
}
