import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { PostmasterEndedError, startPostmaster, stopOrphan } from './embedded-postmaster.ts';
import type { Postmaster, PostmasterSettings } from './embedded-postmaster.ts';
import type { PlainLog } from '../plain-log.ts';

/** Before each new start. Children of a killed server may hold its memory for some seconds more. */
const RESTART_PAUSES_MS: readonly number[] = [0, 1_000, 2_000, 4_000, 8_000];
/** A server that has run for so long may be started as often again as a new one. */
const PROVEN_AFTER_MS = 10 * 60_000;

export interface KeepingOptions {
  settings: PostmasterSettings;
  port: number;
  log: PlainLog;
  /** Called when the server has ended too often, or cannot be started for another reason. */
  onLost?: (err: EmbeddedPostgresError) => void;
  restartPausesMs?: readonly number[];
}

/** Keeps a server running at its port: when it ends by itself it is started again, a few times. */
export function keepRunning(server: Postmaster, options: KeepingOptions): { stop: () => Promise<void> } {
  return new PostmasterKeeper(server, options);
}

/** There are never two servers: one is started only after the one before it has ended. */
class PostmasterKeeper {
  readonly #options: KeepingOptions;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #restarts = 0;

  constructor(server: Postmaster, options: KeepingOptions) {
    this.#options = options;
    this.#done = this.#keep(server);
  }

  /** Stops the server, and whatever start is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #keep(first: Postmaster): Promise<void> {
    const { signal } = this.#stopping;
    const stopped = once(signal, 'abort');
    for (let server: Postmaster | undefined = first; server !== undefined; server = await this.#replace()) {
      const startedAtMs = performance.now();
      await Promise.race([server.ended, stopped]);
      if (signal.aborted) return server.stop();
      if (performance.now() - startedAtMs > PROVEN_AFTER_MS) this.#restarts = 0;
    }
  }

  /** Undefined when it was given up, or is to stop. */
  async #replace(): Promise<Postmaster | undefined> {
    const { log, settings, onLost, restartPausesMs: pausesMs = RESTART_PAUSES_MS } = this.#options;
    let reason: unknown = new PostmasterEndedError('it ended too often');
    log.error(`The embedded Postgres has ended by itself; ${settings.logPath} says why`);
    while (this.#restarts < pausesMs.length) {
      const pauseMs = pausesMs[this.#restarts];
      this.#restarts += 1;
      const attempt = `attempt ${this.#restarts} of ${pausesMs.length}`;
      try {
        const server = await this.#startAfter(pauseMs);
        log.info(`The embedded Postgres runs again (${attempt})`);
        return server;
      } catch (err) {
        if (this.#stopping.signal.aborted) return undefined;
        reason = err;
        // After any other error a server may be there that does not stop.
        if (!(err instanceof PostmasterEndedError)) break;
        log.error(`The embedded Postgres did not start again (${attempt}): ${err.message}`);
      }
    }
    onLost?.(explain(reason, settings.logPath));
    return undefined;
  }

  async #startAfter(pauseMs: number | undefined): Promise<Postmaster> {
    const { settings, port, log } = this.#options;
    const { signal } = this.#stopping;
    await delay(pauseMs, undefined, { signal });
    await stopOrphan(settings.clusterDir, log);
    return startPostmaster(settings, port, signal);
  }
}

function explain(cause: unknown, logPath: string): EmbeddedPostgresError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EmbeddedPostgresError(`The embedded Postgres is gone (${reason}): ${logPath} says more`, { cause });
}
