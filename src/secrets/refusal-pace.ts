/** Between two refusals that follow each other, in milliseconds. It is longer while the event loop is busy. */
const SPACING_MS = 2;
/** Beyond that the longest waiting one goes at once: a bound for memory, and for how long a refusal may be held. */
const WAITING_MAX = 500;

export interface RefusalPaceOptions {
  /** Calls back once, when the next may go. */
  schedule?: (callback: () => void) => unknown;
  waitingMax?: number;
}

/**
 * Lets refused checks be answered one after another. Whoever floods the service with credentials that are not good sends the
 * next one after an answer, so he gets what everybody else leaves of the event loop, not all of it. A refusal that comes
 * alone does not wait, and nothing that is accepted ever does.
 */
export class RefusalPace {
  readonly #schedule: (callback: () => void) => unknown;
  readonly #waitingMax: number;
  /** In the order in which they came. */
  readonly #waiting = new Set<() => void>();
  #isResting = false;

  constructor({
    schedule = (callback) => setTimeout(callback, SPACING_MS),
    waitingMax = WAITING_MAX,
  }: RefusalPaceOptions = {}) {
    this.#schedule = schedule;
    this.#waitingMax = waitingMax;
  }

  /** Resolves when the refusal may be answered. */
  async wait(): Promise<void> {
    if (!this.#isResting) {
      this.#rest();
      return;
    }
    const turn = new Promise<void>((resolve) => {
      this.#waiting.add(resolve);
    });
    if (this.#waiting.size > this.#waitingMax) this.#letNextGo();
    await turn;
  }

  #rest(): void {
    this.#isResting = true;
    this.#schedule(() => {
      this.#isResting = false;
      if (this.#letNextGo()) this.#rest();
    });
  }

  #letNextGo(): boolean {
    const [next] = this.#waiting;
    if (next === undefined) return false;
    this.#waiting.delete(next);
    next();
    return true;
  }
}
