import type { Change } from '../../changes/change-runner.ts';
import { NOTICE_TTL_SECONDS, secondFactorMail } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { SecondFactorNotice } from '../../mail/text/second-factor-en.ts';

/** Tells people what became of their second factor. */
export function createNotices({ outbox, publicUrl: serviceUrl }: { outbox: Outbox; publicUrl: string }) {
  return {
    async owe(change: Change, { email: to }: { email: string }, notice: SecondFactorNotice): Promise<void> {
      await outbox.owe(change, secondFactorMail({ to, serviceUrl, ...notice }), { ttlSeconds: NOTICE_TTL_SECONDS });
    },
  };
}
