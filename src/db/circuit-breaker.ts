/**
 * Keeps work away from a database that has been silent: what would only wait is turned away at once, but for one probe
 * at a time, until one of them is answered.
 */
export class CircuitBreaker {
  #isOpen = false;
  #isProbing = false;

  /** Whether the last word is still awaited. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether work may begin. What is admitted ends with one of the calls below. */
  admit(): boolean {
    if (!this.#isOpen) return true;
    if (this.#isProbing) return false;
    this.#isProbing = true;
    return true;
  }

  answered(): void {
    this.#isOpen = false;
    this.#isProbing = false;
  }

  /** To be told of work that failed, but not by silence. */
  failed(): void {
    this.#isProbing = false;
  }

  silent(): void {
    this.#isOpen = true;
    this.#isProbing = false;
  }
}
