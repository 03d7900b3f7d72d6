import type { Registry } from 'prom-client';
import type { MailRepository } from '../mail/mail-repository.ts';
import { mailOutcomes } from '../mail/mail-attempt.ts';
import type { MailFigures, MailOutcome } from '../mail/mail-attempt.ts';
import { waitAtMost } from '../wait-at-most.ts';
import { addCounter, addGauge } from './instruments.ts';

/** A scrape must not hang on a database that is away: without an answer by then, the figures are left out. */
const OUTBOX_TIMEOUT_MS = 1_000;

/** Counts what the outbox tells of the mails it handles. */
export function countMails(registry: Registry): MailFigures {
  const attempts = { sent: 0, failed: 0, unknown: 0, refused: 0, dropped: 0 } satisfies Record<MailOutcome, number>;
  let expired = 0;
  addCounter(
    registry,
    {
      name: 'latchkey_mail_attempts_total',
      help: 'Attempts to send a mail, by outcome; failed ones are repeated, unknown ones twice.',
    },
    mailOutcomes.map((outcome) => ({ labels: { outcome }, read: () => attempts[outcome] })),
  );
  addCounter(
    registry,
    { name: 'latchkey_mails_expired_total', help: 'Mails given up because they could not be sent in time.' },
    [{ read: () => expired }],
  );
  return {
    onAttempt(outcome) {
      attempts[outcome] += 1;
    },
    onExpired(count) {
      expired += count;
    },
  };
}

/**
 * Adds what waits in the outbox, which all processes share.
 * @returns what looks at the outbox, to be waited for before a scrape; never rejects
 */
export function addOutboxFigures(registry: Registry, mails: Pick<MailRepository, 'measure'>): () => Promise<void> {
  let found: Awaited<ReturnType<MailRepository['measure']>> | undefined;
  let looking: Promise<void> | undefined;
  addGauge(registry, { name: 'latchkey_mail_outbox_mails', help: 'Mails that wait to be sent, of all processes.' }, [
    { read: () => found?.count },
  ]);
  addGauge(
    registry,
    { name: 'latchkey_mail_outbox_oldest_seconds', help: 'How long the oldest waiting mail has waited.' },
    [{ read: () => found?.oldestSeconds }],
  );

  async function look(): Promise<void> {
    try {
      found = await mails.measure();
    } catch {
      // The figures stay away, which is what a dashboard shows; the outbox itself logs what is wrong.
    }
  }

  return async () => {
    found = undefined;
    looking ??= look().finally(() => {
      looking = undefined;
    });
    await waitAtMost(OUTBOX_TIMEOUT_MS, looking);
  };
}
