import { LRUCache } from 'lru-cache';
import { AddressRanges } from '../rules/address-ranges.ts';

/** Keeps what was made of lists of addresses, by their text: reading one takes longer than a whole check. */
export class AddressRangesMemo {
  readonly #known: LRUCache<string, AddressRanges>;

  /** @param charactersMax of all texts together; beyond it the longest unused are forgotten */
  constructor(charactersMax: number) {
    this.#known = new LRUCache({ maxSize: charactersMax, sizeCalculation: (_ranges, text) => text.length });
  }

  /** @param text separated by blanks, as `canonicalAddressRange` writes them; null where there is none */
  read(text: string): AddressRanges | null {
    if (text === '') return null;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const ranges = new AddressRanges(text.split(' '));
    this.#known.set(text, ranges);
    return ranges;
  }
}
