import { sessionOptions } from './session.ts';
import { Timeline } from './timeline.ts';
import { readDatabaseUrl } from '../settings/database-url.ts';
import type { Purpose, SessionKind } from '../settings/database-url.ts';

/** The hosts of a database, which of them could be worked with last, and of which promotion its primary is. */
export class Hosts {
  readonly sessionKind: SessionKind;
  readonly options: string;
  readonly timeline = new Timeline();
  readonly #urls: readonly [string, ...string[]];
  #current = 0;

  constructor(databaseUrl: string, purpose: Purpose = 'work') {
    const { urls, sessionKind, options } = readDatabaseUrl(databaseUrl, purpose);
    this.#urls = urls;
    this.sessionKind = sessionKind;
    this.options = sessionOptions(options);
  }

  get count(): number {
    return this.#urls.length;
  }

  get current(): string {
    return this.#urls[this.#current] ?? this.#urls[0];
  }

  /** Goes on to the next host, if nobody who failed with this one has done so. */
  leave(url: string): void {
    if (url === this.current) this.#current = (this.#current + 1) % this.#urls.length;
  }
}
