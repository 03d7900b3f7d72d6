import { sessionOptions } from './session.ts';
import { Timeline } from './timeline.ts';
import { readDatabaseUrl } from '../settings/database-url.ts';
import type { SessionKind } from '../settings/database-url.ts';

/** The hosts of a database, which of them was its primary last, and which promotion that was. */
export class Hosts {
  readonly sessionKind: SessionKind;
  readonly options: string;
  readonly timeline = new Timeline();
  readonly #urls: readonly [string, ...string[]];
  #current = 0;

  constructor(databaseUrl: string) {
    const { urls, sessionKind, options } = readDatabaseUrl(databaseUrl);
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
