import { systemCaller } from '../changes/caller.ts';
import { createChangeRunner } from '../changes/change-runner.ts';
import { NOTICE_TTL_SECONDS, secondFactorMail } from '../mail/messages.ts';
import { oweMail } from '../mail/outbox.ts';
import { createAccountRepository } from '../resources/accounts/account-repository.ts';
import { resetSecondFactor as takeAway } from '../resources/second-factor/second-factor-reset.ts';
import { CommandError } from './command-line.ts';
import type { Outcome, Shell } from './command-line.ts';
import { withSession } from './command-session.ts';

/** Takes the second factor of somebody away who has lost everything, and mails it to that person. */
export async function resetSecondFactor(shell: Shell, email: string): Promise<Outcome> {
  return withSession(shell, async ({ config, masterKey, db, log }) => {
    const user = await createAccountRepository(db).findByEmail(email.toLowerCase());
    if (user === null) throw new CommandError(`${email} has no account: nothing was changed`);
    const taken = await createChangeRunner({ db, masterKey, log }).run(systemCaller(), {
      async apply(change) {
        const before = await takeAway(change, user);
        if (before === null) return null;
        const options = { to: user.email, serviceUrl: config.publicUrl, kind: 'second factor reset' } as const;
        await oweMail(change.tx, { masterKey, message: secondFactorMail(options), ttlSeconds: NOTICE_TTL_SECONDS });
        return before;
      },
    });
    if (taken === null) throw new CommandError(`${user.email} has no second factor: nothing was changed`);
    const { hadAuthenticator, passkeys, sessions } = taken;
    return {
      text: [
        `Taken away from ${user.email}: ${hadAuthenticator ? 'an authenticator app, ' : ''}${passkeys} passkeys and all recovery ` +
          `codes; ${sessions} sessions ended.`,
        'The password alone opens the account now. A running service mails this to the person.',
      ].join('\n'),
      document: {
        user_id: user.id,
        email: user.email,
        authenticator: hadAuthenticator,
        passkeys,
        ended_sessions: sessions,
      },
    };
  });
}
