/** How much of what fits comes in one turn. */
const PART_OF_ALL = 1 / 8;

/**
 * Parts the life of a cache into turns, in each of which an eighth of what it can hold comes. What is used is made the
 * newest once in a turn, not each time, as that costs more than to look it up. So what is used in every turn stays.
 */
export class Turns {
  #current = 0;
  #part = 0;

  /** Another number in each turn. */
  get current(): number {
    return this.#current;
  }

  /** Something has come that takes this part of the cache, from 0 to 1. */
  take(part: number): void {
    this.#part += part;
    if (this.#part < PART_OF_ALL) return;
    this.#part = 0;
    this.#current += 1;
  }
}
