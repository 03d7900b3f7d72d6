import { setTimeout as delay } from 'node:timers/promises';
import { databaseErrorOf } from '../errors.ts';
import { periodic } from '../periodic.ts';
import { attemptMail } from './mail-attempt.ts';
import type { AttemptEnd, AttemptOptions } from './mail-attempt.ts';
import type { ClaimedMail, MailRepository } from './mail-repository.ts';
import type { OutboxTimes } from './outbox-times.ts';
import { SENDS_MAX, SMTP_CONNECTIONS_MAX } from './smtp-transport.ts';

export interface MailWorkerOptions extends AttemptOptions {
  mails: MailRepository;
  times: OutboxTimes;
}

/** A mail on its way. */
interface Send {
  mail: ClaimedMail;
  abort: AbortController;
  /** Whether it takes longer than others should have to wait for. */
  isSlow: boolean;
  /** Whether its lease is to be renewed: until the attempt has ended. */
  isUnderWay: boolean;
}

// A retry that finds no timer free waits for the next poll.
const RETRY_TIMERS_MAX = 64;
// Timers and the database round differently; a look that is a moment early would find nothing.
const RETRY_SLACK_MS = 5;
// After the attempts were given up: for the database to note it.
const ABORT_GRACE_MS = 1_000;
const RENEWALS_IN_A_LEASE = 3;

/** Claims mails that are due and sends them, a few at a time. */
export class MailWorker {
  readonly #options: MailWorkerOptions;
  readonly #sends = new Map<Promise<void>, Send>();
  readonly #retryTimers = new Set<NodeJS.Timeout>();
  readonly #closing = new AbortController();
  readonly #polling = new AbortController();
  #looking: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;
  #renewing: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #isStarted = false;
  #mayHaveDue = false;

  constructor(options: MailWorkerOptions) {
    this.#options = options;
    periodic(options.times.leaseMs / RENEWALS_IN_A_LEASE, () => this.#renew(), this.#closing.signal);
  }

  wake(): void {
    if (this.#closing.signal.aborted) return;
    this.#mayHaveDue = true;
    // Not called at once: it clears the field when it ends, and may end before the assignment.
    this.#looking ??= Promise.resolve().then(() => this.#look());
  }

  start(): void {
    if (this.#stopping !== undefined || this.#isStarted) return;
    this.#isStarted = true;
    periodic(this.#options.times.pollIntervalMs, () => this.#poll(), this.#polling.signal);
    void this.#poll();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #poll(): Promise<void> {
    this.wake();
    this.#sweeping ??= this.#sweep();
    await this.#sweeping;
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
      // While the process stops there is no next poll, and the database may have been closed meanwhile.
      if (this.#stopping !== undefined) return;
      log.error({ errorCode: databaseErrorOf(err)?.code }, 'the outbox cannot be read, trying again at the next poll');
    } finally {
      // In the same turn as the last check of the condition: a wake after it must find nobody looking.
      this.#looking = undefined;
    }
  }

  /** A slow mail server holds up no other mail while there are connections left. */
  #free(): number {
    if (this.#closing.signal.aborted) return 0;
    const slow = [...this.#sends.values()].filter(({ isSlow }) => isSlow).length;
    return Math.min(SENDS_MAX + slow, SMTP_CONNECTIONS_MAX) - this.#sends.size;
  }

  #begin(mail: ClaimedMail): void {
    const send: Send = { mail, abort: new AbortController(), isSlow: false, isUnderWay: true };
    // What was claimed while the worker was closing is given up like an attempt under way.
    if (this.#closing.signal.aborted) send.abort.abort();
    const handling = this.#handle(send).finally(() => {
      this.#sends.delete(handling);
      if (this.#mayHaveDue) this.wake();
    });
    this.#sends.set(handling, send);
  }

  async #handle(send: Send): Promise<void> {
    const { mails, log } = this.#options;
    const { mail } = send;
    const end = await this.#attempt(send);
    send.isUnderWay = false;
    // One that was sent before and arrives later would make the mail due too early.
    await this.#renewing;
    try {
      if (end === 'done' || this.#isGivenUp(mail, end)) await mails.delete(mail.id);
      else await this.#postpone(mail, end);
    } catch (err) {
      const fields = { mailId: mail.id, attempt: mail.attempt, errorCode: databaseErrorOf(err)?.code };
      log.error(fields, 'the outbox cannot be written');
    }
  }

  async #attempt(send: Send): Promise<AttemptEnd> {
    const { times } = this.#options;
    const timeout = setTimeout(() => {
      send.abort.abort();
    }, times.sendTimeoutMs).unref();
    const patience = setTimeout(() => {
      send.isSlow = true;
      if (this.#mayHaveDue) this.wake();
    }, times.slowAfterMs).unref();
    try {
      return await attemptMail(this.#options, send.mail, send.abort.signal);
    } finally {
      clearTimeout(timeout);
      clearTimeout(patience);
    }
  }

  /** Whether one more attempt could be one copy too many. */
  #isGivenUp({ id, doubts }: ClaimedMail, end: AttemptEnd): boolean {
    if (end !== 'doubtful' || doubts < this.#options.times.doubtDelaysMs.length) return false;
    this.#options.log.warn({ mailId: id }, 'mail given up: it may have been sent, and nobody knows how often');
    return true;
  }

  async #postpone(mail: ClaimedMail, end: AttemptEnd): Promise<void> {
    const { retryDelaysMs, doubtDelaysMs } = this.#options.times;
    const isDoubtful = end === 'doubtful';
    const failures = mail.attempt - mail.doubts;
    const delayMs =
      (isDoubtful ? doubtDelaysMs[mail.doubts] : retryDelaysMs[Math.min(failures, retryDelaysMs.length) - 1]) ??
      retryDelaysMs[0];
    await this.#options.mails.postpone(mail, delayMs, { isDoubtful });
    if (isDoubtful || this.#stopping !== undefined || this.#retryTimers.size >= RETRY_TIMERS_MAX) return;
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

  async #renew(): Promise<void> {
    this.#renewing = this.#renewLeases().finally(() => {
      this.#renewing = undefined;
    });
    await this.#renewing;
  }

  /** What is no longer this process's to send, because it expired or another has claimed it, is given up. */
  async #renewLeases(): Promise<void> {
    const { mails, times, log } = this.#options;
    const sends = [...this.#sends.values()].filter(({ isUnderWay }) => isUnderWay);
    if (sends.length === 0) return;
    try {
      const renewed = new Set(
        await mails.renew(
          sends.map(({ mail }) => mail),
          times.leaseMs,
        ),
      );
      for (const { mail, abort } of sends) if (!renewed.has(mail.id)) abort.abort();
    } catch (err) {
      log.error({ errorCode: databaseErrorOf(err)?.code }, 'the leases of mails under way cannot be renewed');
    }
  }

  async #stop(): Promise<void> {
    this.#polling.abort();
    for (const timer of this.#retryTimers) clearTimeout(timer);
    this.wake();
    await this.#settle(this.#options.times.stopTimeoutMs);
    this.#closing.abort();
    for (const { abort } of this.#sends.values()) abort.abort();
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
