import type { FastifyBaseLogger } from 'fastify';
import type { MasterKey } from '../master-key/master-key.ts';
import type { ClaimedMail } from './mail-repository.ts';
import { unsealMessage } from './sealed-message.ts';
import { PerhapsSentError, describeSendFailure, isPermanentFailure } from './send-failure.ts';
import type { MailTransport } from './transport.ts';

/** How an attempt to send a mail ended; what `failed` is tried again, `unknown` means that it may have been sent. */
export const mailOutcomes = ['sent', 'failed', 'unknown', 'refused', 'dropped'] as const;
export type MailOutcome = (typeof mailOutcomes)[number];

/** To be told of every attempt to send a mail, decoys aside, and of mails that expired unsent. */
export interface MailFigures {
  onAttempt: (outcome: MailOutcome) => void;
  onExpired: (count: number) => void;
}

export interface AttemptOptions {
  masterKey: MasterKey;
  transport: MailTransport;
  log: FastifyBaseLogger;
  figures: MailFigures | undefined;
}

/** What is to become of the mail: it is done with, it is to be tried again, or nobody knows whether it was sent. */
export type AttemptEnd = 'done' | 'again' | 'doubtful';

/** Tries to send a claimed mail, and tells the log and the figures. Never rejects. */
export async function attemptMail(
  { masterKey, transport, log, figures }: AttemptOptions,
  mail: ClaimedMail,
  signal: AbortSignal,
): Promise<AttemptEnd> {
  const fields = { mailId: mail.id, attempt: mail.attempt };
  try {
    const message = openOrUndefined(masterKey, mail);
    if (message === undefined) {
      log.error(fields, 'a mail cannot be opened with the configured master key');
      figures?.onAttempt('failed');
      return 'again';
    }
    if (message === null) return 'done';
    await transport.send(message, { id: mail.id, signal });
    log.debug(fields, 'mail sent');
    figures?.onAttempt(transport.kind === 'none' ? 'dropped' : 'sent');
    return 'done';
  } catch (err) {
    const { end, outcome, words } = judge(err);
    log.warn({ ...fields, ...describeSendFailure(err) }, words);
    figures?.onAttempt(outcome);
    return end;
  }
}

function judge(err: unknown): { end: AttemptEnd; outcome: MailOutcome; words: string } {
  if (err instanceof PerhapsSentError) {
    return { end: 'doubtful', outcome: 'unknown', words: 'the mail server did not say whether it took a mail' };
  }
  if (isPermanentFailure(err)) {
    return { end: 'done', outcome: 'refused', words: 'mail refused for good and dropped' };
  }
  return { end: 'again', outcome: 'failed', words: 'mail not sent, it will be tried again' };
}

/** The mail, null for a decoy, undefined when it cannot be opened. */
function openOrUndefined(masterKey: MasterKey, mail: ClaimedMail): ReturnType<typeof unsealMessage> | undefined {
  try {
    return unsealMessage(masterKey, mail.sealedMessage);
  } catch {
    return undefined;
  }
}
