import type { Instance } from './ground.ts';

/** Which instances are asked to change something: those that do not rest. */
export class Rota {
  readonly #resting = new Set<Instance>();
  readonly #changes = new Map<Instance, Set<Promise<unknown>>>();
  readonly #hearers = new Map<Instance, Set<() => void>>();

  isResting(instance: Instance): boolean {
    return this.#resting.has(instance);
  }

  /** Waits for the changes that it has been asked for. Checks it may have been asked for are not waited for. */
  async rest(instance: Instance): Promise<void> {
    this.#resting.add(instance);
    for (const hear of this.#hearers.get(instance) ?? []) hear();
    await Promise.allSettled([...(this.#changes.get(instance) ?? [])]);
  }

  wake(instance: Instance): void {
    this.#resting.delete(instance);
  }

  /** Notes a change that an instance has been asked for. */
  async note<T>(instance: Instance, change: Promise<T>): Promise<T> {
    const changes = this.#changes.get(instance) ?? new Set();
    this.#changes.set(instance, changes.add(change));
    try {
      return await change;
    } finally {
      changes.delete(change);
    }
  }

  /** Waits for a check of an instance, or until that rests. */
  waitFor(instance: Instance, check: Promise<unknown>): Promise<void> {
    if (this.isResting(instance)) return Promise.resolve();
    const hearers = this.#hearers.get(instance) ?? new Set();
    this.#hearers.set(instance, hearers);
    return new Promise((resolve, reject) => {
      hearers.add(resolve);
      const done = check.then(() => undefined).finally(() => hearers.delete(resolve));
      done.then(resolve, reject);
    });
  }
}
