import { AppError } from '../../errors.ts';
import { canonicalAddressRange } from '../../rules/address-ranges.ts';

/**
 * A list of addresses and ranges as it is kept: each in its one spelling.
 * @param texts valid ones
 * @throws AppError `invalid_request` where two of them are the same, however they are spelled
 */
export function toAllowedIps(texts: readonly string[]): string[] {
  const known = new Map<string, number>();
  for (const [index, text] of texts.entries()) {
    const range = canonicalAddressRange(text);
    const earlier = known.get(range);
    if (earlier !== undefined) {
      const detail = `must not hold duplicates: items ${earlier} and ${index} are equal`;
      throw new AppError('invalid_request', { errors: [{ pointer: '/allowed_ips', code: 'duplicate', detail }] });
    }
    known.set(range, index);
  }
  return [...known.keys()];
}
