import { isIPv4, isIPv6 } from 'node:net';
import { expandIPv6, groupMask, mappedIPv4, maskIPv6, writeIPv6 } from './ip-addresses.ts';

/** An IPv6 address that ends in dots, with its prefix length. */
export const ADDRESS_RANGE_LENGTH_MAX = 49;
/** Of an IPv4 address mapped into IPv6, the first 96 bits only say that it is one. */
const MAPPED_BITS = 96;

/** An address or a CIDR in parts: its family is that of the groups' number. */
interface Range {
  /** Four numbers of 8 bits, or eight of 16. */
  parts: number[];
  bits: number;
}

/**
 * Why a text is refused as an address or a range of addresses, in words that follow the name of its field; undefined when
 * it is accepted.
 */
export function explainAddressRange(text: string): string | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  if (address.includes('%')) return 'must not have a zone ("%"): it means something on one machine only';
  if (/^0\d|\.0\d/.test(address) && !address.includes(':')) {
    return 'must not have leading zeros in an IPv4 address: some read them as octal';
  }
  if (!isIPv4(address) && !isIPv6(address)) {
    return 'must be an IPv4 or IPv6 address, or a range such as 192.0.2.0/24 or 2001:db8::/32';
  }
  const bitsMax = isIPv4(address) ? 32 : 128;
  const isPrefix = prefix === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bitsMax);
  if (!isPrefix || rest.length > 0) return `must have a prefix length from 1 to ${bitsMax} after one "/"`;
  return explainBits(readRange(text));
}

function explainBits(range: Range): string | undefined {
  // Of a mapped address, also what says no more than that it is an IPv4 address.
  if (range.bits <= 0) return 'must not be every address there is: an empty list allows them all';
  const network = networkOf(range);
  if (network.parts.every((part, index) => part === range.parts[index])) return undefined;
  return `must not have bits set after the prefix: the range is ${writeRange(network)}`;
}

/**
 * The one spelling of an address or range: IPv4 in dots, also when it was mapped into IPv6; IPv6 as RFC 5952 has it; no
 * prefix length where it is a single address.
 * @param text that {@link explainAddressRange} accepts
 */
export function canonicalAddressRange(text: string): string {
  return writeRange(readRange(text));
}

function readRange(text: string): Range {
  const [address = '', prefix] = text.split('/');
  if (isIPv4(address)) return { parts: address.split('.').map(Number), bits: Number(prefix ?? 32) };
  const groups = expandIPv6(address);
  const bits = Number(prefix ?? 128);
  const mapped = mappedIPv4(groups);
  // With fewer bits than say that it is mapped it is a range of IPv6 with bits set after its prefix.
  if (mapped === undefined || bits < MAPPED_BITS) return { parts: groups, bits };
  return { parts: mapped.split('.').map(Number), bits: bits - MAPPED_BITS };
}

function networkOf({ parts, bits }: Range): Range {
  if (parts.length === 8) return { parts: maskIPv6(parts, bits), bits };
  const masked = (toWord(parts) & wordMask(bits)) >>> 0;
  return { parts: [masked >>> 24, (masked >>> 16) & 0xff, (masked >>> 8) & 0xff, masked & 0xff], bits };
}

function writeRange({ parts, bits }: Range): string {
  const isSingle = bits === (parts.length === 8 ? 128 : 32);
  return `${parts.length === 8 ? writeIPv6(parts) : parts.join('.')}${isSingle ? '' : `/${bits}`}`;
}

function toWord([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number {
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function wordMask(bits: number): number {
  return bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
}

/** A list of addresses and ranges, made ready for looking up addresses: a look-up allocates nothing. */
export class AddressRanges {
  /** Network and mask of each IPv4 range. */
  readonly #words: Uint32Array;
  /** Eight groups of the network and eight of the mask, of each IPv6 range. */
  readonly #groups: Uint16Array;
  readonly #address = new Uint16Array(8);

  /** @param ranges as {@link canonicalAddressRange} writes them */
  constructor(ranges: readonly string[]) {
    const read = ranges.map(readRange);
    const isOfIPv4 = ({ parts }: Range) => parts.length === 4;
    this.#words = Uint32Array.from(read.filter(isOfIPv4).flatMap(({ parts, bits }) => [toWord(parts), wordMask(bits)]));
    this.#groups = Uint16Array.from(
      read
        .filter((range) => !isOfIPv4(range))
        .flatMap(({ parts, bits }) => [...parts, ...parts.map((_part, index) => groupMask(index, bits))]),
    );
  }

  /**
   * Whether an address is in one of them.
   * @param address IPv4 in dots, or IPv6 as RFC 5952 writes it; one that is mapped into IPv6 is an IPv6 address here
   */
  has(address: string): boolean {
    if (address.includes(':')) return readIPv6(address, this.#address) && this.#hasGroups();
    const word = readIPv4(address);
    return word >= 0 && this.#hasWord(word);
  }

  #hasWord(word: number): boolean {
    const words = this.#words;
    for (let at = 0; at < words.length; at += 2) {
      if ((word & (words[at + 1] ?? 0)) >>> 0 === words[at]) return true;
    }
    return false;
  }

  #hasGroups(): boolean {
    for (let at = 0; at < this.#groups.length; at += 16) if (this.#isInRange(at)) return true;
    return false;
  }

  #isInRange(at: number): boolean {
    const groups = this.#groups;
    for (let index = 0; index < 8; index += 1) {
      const masked = (this.#address[index] ?? 0) & (groups[at + 8 + index] ?? 0);
      if (masked !== groups[at + index]) return false;
    }
    return true;
  }
}

const ZERO = 0x30;
const DOT = 0x2e;
const COLON = 0x3a;

/** The 32 bits of an address in dots; -1 for what is none. */
function readIPv4(text: string): number {
  let word = 0;
  let part = -1;
  let parts = 1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (part < 0 || parts === 4) return -1;
      word = word * 256 + part;
      part = -1;
      parts += 1;
    } else {
      const digit = code - ZERO;
      if (digit < 0 || digit > 9) return -1;
      part = Math.max(part, 0) * 10 + digit;
      if (part > 255) return -1;
    }
  }
  return parts === 4 && part >= 0 ? word * 256 + part : -1;
}

/** Puts the eight groups of an address of hexadecimal digits into `groups`; false for what is none. */
function readIPv6(text: string, groups: Uint16Array): boolean {
  let count = 0;
  let gap = -1;
  let group = -1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON) {
      if (group >= 0) {
        if (count === 8) return false;
        groups[count] = group;
        count += 1;
        group = -1;
      } else if (at > 0) {
        // The second of two colons; there is one such place.
        if (gap >= 0 || text.charCodeAt(at - 1) !== COLON) return false;
        gap = count;
      }
    } else {
      const digit = hexDigit(code);
      if (digit < 0) return false;
      group = Math.max(group, 0) * 16 + digit;
      if (group > 0xffff) return false;
    }
  }
  if (group >= 0) {
    if (count === 8) return false;
    groups[count] = group;
    count += 1;
  }
  return spreadGap(groups, count, gap);
}

/** Moves what stands behind `::` to the end and puts zeros into its place. */
function spreadGap(groups: Uint16Array, count: number, gap: number): boolean {
  if (gap < 0) return count === 8;
  groups.copyWithin(8 - (count - gap), gap, count);
  groups.fill(0, gap, 8 - (count - gap));
  return count < 8;
}

function hexDigit(code: number): number {
  const digit = code - ZERO;
  if (digit >= 0 && digit <= 9) return digit;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter <= 5 ? letter + 10 : -1;
}
