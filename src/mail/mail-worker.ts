import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { databaseErrorOf } from '../errors.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import type { ClaimedMail, MailRepository } from './mail-repository.ts';
import type { OutboxTimes } from './outbox.ts';
import { unsealMessage } from './sealed-message.ts';
import { SMTP_CONNECTIONS_MAX, describeSendFailure, isPermanentRefusal } from './transport.ts';
import type { MailTransport } from './transport.ts';

/** How an attempt to send a mail ended; what `failed` is tried again. */
export const mailOutcomes = ['sent', 'failed', 'refused', 'dropped'] as const;
export type MailOutcome = (typeof mailOutcomes)[number];

/** To be told of every attempt to send a mail, decoys aside, and of mails that expired unsent. */
export interface MailFigures {
  onAttempt: (outcome: MailOutcome) => void;
  onExpired: (count: number) => void;
}

export interface MailWorkerOptions {
  mails: MailRepository;
  masterKey: MasterKey;
  transport: MailTransport;
  log: FastifyBaseLogger;
  times: OutboxTimes;
  figures: MailFigures | undefined;
}

const SENDS_MAX = SMTP_CONNECTIONS_MAX;
// A retry that finds no timer free waits for the next poll.
const RETRY_TIMERS_MAX = 64;
// Timers and the database round differently; a look that is a moment early would find nothing.
const RETRY_SLACK_MS = 5;
// After the attempts were given up: for the database to note it.
const ABORT_GRACE_MS = 1_000;

/** Claims mails that are due and sends them, a few at a time. */
export class MailWorker {
  readonly #options: MailWorkerOptions;
  readonly #sends = new Map<Promise<void>, AbortController>();
  readonly #retryTimers = new Set<NodeJS.Timeout>();
  #pollTimer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #mayHaveDue = false;
  #isClosed = false;

  constructor(options: MailWorkerOptions) {
    this.#options = options;
  }

  wake(): void {
    if (this.#isClosed) return;
    this.#mayHaveDue = true;
    // Not called at once: it clears the field when it ends, and may end before the assignment.
    this.#looking ??= Promise.resolve().then(() => this.#look());
  }

  start(): void {
    if (this.#stopping !== undefined) return;
    this.#pollTimer ??= setInterval(() => {
      this.#poll();
    }, this.#options.times.pollIntervalMs).unref();
    this.#poll();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #poll(): void {
    this.#sweeping ??= this.#sweep();
    this.wake();
  }

  async #look(): Promise<void> {
    const { mails, times, log } = this.#options;
    try {
      for (let free = this.#free(); this.#mayHaveDue && free > 0; free = this.#free()) {
        this.#mayHaveDue = false;
        const claimed = await mails.claim(free, times.leaseMs);
        if (claimed.length === free) this.#mayHaveDue = true;
        for (const mail of claimed) this.#begin(mail);
      }
    } catch (err) {
      log.error({ errorCode: databaseErrorOf(err)?.code }, 'the outbox cannot be read, trying again at the next poll');
    } finally {
      // In the same turn as the last check of the condition: a wake after it must find nobody looking.
      this.#looking = undefined;
    }
  }

  #free(): number {
    return this.#isClosed ? 0 : SENDS_MAX - this.#sends.size;
  }

  #begin(mail: ClaimedMail): void {
    const abort = new AbortController();
    // What was claimed while the worker was closing is given up like an attempt under way.
    if (this.#isClosed) abort.abort();
    const send = this.#handle(mail, abort).finally(() => {
      this.#sends.delete(send);
      if (this.#mayHaveDue) this.wake();
    });
    this.#sends.set(send, abort);
  }

  async #handle(mail: ClaimedMail, abort: AbortController): Promise<void> {
    const { mails, log } = this.#options;
    const fields = { mailId: mail.id, attempt: mail.attempt };
    try {
      if (await this.#attempt(mail, abort)) await mails.delete(mail.id);
      else await this.#postpone(mail);
    } catch (err) {
      log.error({ ...fields, errorCode: databaseErrorOf(err)?.code }, 'the outbox cannot be written');
    }
  }

  /** Whether the mail is done with: sent, a decoy, or refused for good. Never rejects. */
  async #attempt(mail: ClaimedMail, abort: AbortController): Promise<boolean> {
    const { masterKey, transport, log, times, figures } = this.#options;
    const fields = { mailId: mail.id, attempt: mail.attempt };
    const timer = setTimeout(() => {
      abort.abort();
    }, times.sendTimeoutMs);
    try {
      const message = openOrUndefined(masterKey, mail);
      if (message === undefined) {
        log.error(fields, 'a mail cannot be opened with the configured master key');
        figures?.onAttempt('failed');
        return false;
      }
      if (message === null) return true;
      await transport.send(message, { id: mail.id, signal: abort.signal });
      log.debug(fields, 'mail sent');
      figures?.onAttempt(transport.kind === 'none' ? 'dropped' : 'sent');
      return true;
    } catch (err) {
      const isFinal = isPermanentRefusal(err);
      const outcome = isFinal ? 'mail refused for good and dropped' : 'mail not sent, it will be tried again';
      log.warn({ ...fields, ...describeSendFailure(err) }, outcome);
      figures?.onAttempt(isFinal ? 'refused' : 'failed');
      return isFinal;
    } finally {
      clearTimeout(timer);
    }
  }

  async #postpone(mail: ClaimedMail): Promise<void> {
    const { retryDelaysMs } = this.#options.times;
    const delayMs = retryDelaysMs[Math.min(mail.attempt, retryDelaysMs.length) - 1] ?? retryDelaysMs[0];
    await this.#options.mails.postpone(mail, delayMs);
    if (this.#stopping !== undefined || this.#retryTimers.size >= RETRY_TIMERS_MAX) return;
    const timer = setTimeout(() => {
      this.#retryTimers.delete(timer);
      this.wake();
    }, delayMs + RETRY_SLACK_MS).unref();
    this.#retryTimers.add(timer);
  }

  async #sweep(): Promise<void> {
    const { mails, log, figures } = this.#options;
    try {
      const count = await mails.deleteExpired();
      figures?.onExpired(count);
      if (count > 0) log.warn({ count }, 'mail dropped: it could not be sent before it expired');
    } catch (err) {
      log.error({ errorCode: databaseErrorOf(err)?.code }, 'the outbox cannot be swept, trying again at the next poll');
    } finally {
      this.#sweeping = undefined;
    }
  }

  async #stop(): Promise<void> {
    clearInterval(this.#pollTimer);
    for (const timer of this.#retryTimers) clearTimeout(timer);
    this.wake();
    await this.#settle(this.#options.times.stopTimeoutMs);
    this.#isClosed = true;
    for (const abort of this.#sends.values()) abort.abort();
    await this.#settle(ABORT_GRACE_MS);
  }

  /** Waits until nothing is under way, at most that long. */
  async #settle(timeoutMs: number): Promise<void> {
    const waiting = new AbortController();
    const deadline = delay(timeoutMs, true, { signal: waiting.signal }).catch(() => true);
    for (let isLate = false; !isLate && this.#isBusy();) {
      const work = Promise.all([this.#looking, this.#sweeping, ...this.#sends.keys()]).then(() => false);
      isLate = await Promise.race([work, deadline]);
    }
    waiting.abort();
  }

  #isBusy(): boolean {
    return this.#looking !== undefined || this.#sweeping !== undefined || this.#sends.size > 0;
  }
}

/** The mail, null for a decoy, undefined when it cannot be opened. */
function openOrUndefined(masterKey: MasterKey, mail: ClaimedMail): ReturnType<typeof unsealMessage> | undefined {
  try {
    return unsealMessage(masterKey, mail.sealedMessage);
  } catch {
    return undefined;
  }
}
