import { sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import type { Leftovers } from '../../db/leftovers.ts';
import { invitationMails } from '../../db/tables/invitations.ts';

export const invitationMailLeftovers: Leftovers = { table: invitationMails, areOver: sql`expires_at < now()` };

/** How many mails there may be. */
export interface MailLimits {
  anHour: number;
  aDay: number;
}

/** Mails with invitations, counted so that nobody's mailbox is filled by them. */
export function createInvitationMailRepository(db: Db | Tx) {
  return {
    /**
     * Counts one more mail for an organization or to an email, unless there were as many as there may be; tells whether it
     * did. One statement counts and decides, for all processes.
     * @param subject the id of an organization, or an email in lower case
     */
    async count(subject: string, { anHour, aDay }: MailLimits): Promise<boolean> {
      const { mailedAt } = invitationMails;
      const { rowCount } = await db.execute(sql`
        insert into ${invitationMails} (subject, mailed_at, expires_at)
        values (${subject}, array[now()], now() + interval '24 hours')
        on conflict (subject) do update set
          mailed_at = array(select * from unnest(${mailedAt}) as at where at > now() - interval '24 hours')
            || excluded.mailed_at,
          expires_at = excluded.expires_at
        where (
          select count(*) filter (where at > now() - interval '1 hour') < ${anHour}
            and count(*) filter (where at > now() - interval '24 hours') < ${aDay}
          from unnest(${mailedAt}) as at
        )
      `);
      return (rowCount ?? 0) > 0;
    },
  };
}
