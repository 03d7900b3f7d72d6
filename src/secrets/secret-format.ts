import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { environments } from '../db/tables/api-clients.ts';
import type { Environment } from '../db/tables/api-clients.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LOOKUP_ID_LENGTH = 22;
/** 43 base62 characters carry 256.03 bits. */
const RANDOM_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const BODY_LENGTH = LOOKUP_ID_LENGTH + RANDOM_LENGTH + CHECKSUM_LENGTH;
const HINT_LENGTH = 4;

const LAST_ASCII = 0x7f;
const digitCodes = new Uint8Array(LAST_ASCII + 1);
for (let place = 0; place < DIGITS.length; place++) digitCodes[DIGITS.charCodeAt(place)] = 1;
/** What each byte does to a CRC-32 (IEEE 802.3, the polynomial 0x04c11db7 read backwards). */
const crcSteps = new Uint32Array(256);
for (let byte = 0; byte < crcSteps.length; byte++) {
  let step = byte;
  for (let bit = 0; bit < 8; bit++) step = (step >>> 1) ^ (step & 1 ? 0xedb88320 : 0);
  crcSteps[byte] = step;
}
const infixes = environments.map((environment) => ({ environment, infix: `_${environment}_` }));

/** A secret that has just been made. `secret` is the plain text: it goes into one reply and nowhere else. */
export interface GeneratedSecret {
  secret: string;
  /** 22 base62 characters that find the secret's row. */
  lookupId: string;
  /** The last 4 characters, which may be shown for ever. */
  hint: string;
}

/** What a well-formed secret says about itself. Nothing of it is proven before the hash has been verified. */
export interface ParsedSecret {
  environment: Environment;
  lookupId: string;
}

/**
 * Makes `<prefix>_<environment>_<22: id><43: secret><6: checksum>` from the system's random source, every base62
 * character being equally likely.
 *
 * @param prefix letters and digits
 */
export function generateSecret(prefix: string, environment: Environment): GeneratedSecret {
  const lookupId = randomBase62(LOOKUP_ID_LENGTH);
  const unchecked = `${prefix}_${environment}_${lookupId}${randomBase62(RANDOM_LENGTH)}`;
  const secret = unchecked + checksumOf(unchecked);
  return { secret, lookupId, hint: hintOf(secret) };
}

/**
 * Reads a secret without a query. Undefined for anything that {@link generateSecret} cannot have made: another prefix,
 * environment, length or alphabet, or a checksum that does not fit, as after any single mistyped character.
 */
export function parseSecret(prefix: string, text: string): ParsedSecret | undefined {
  for (const { environment, infix } of infixes) {
    const start = prefix.length + infix.length;
    if (text.length === start + BODY_LENGTH && text.startsWith(prefix) && text.startsWith(infix, prefix.length)) {
      return hasValidBody(text, start)
        ? { environment, lookupId: text.slice(start, start + LOOKUP_ID_LENGTH) }
        : undefined;
    }
  }
  return undefined;
}

/** Whether a text begins like a secret of ours: then it is one, or none at all. */
export function beginsAsOurs(prefix: string, text: string): boolean {
  return text.startsWith(prefix) && infixes.some(({ infix }) => text.startsWith(infix, prefix.length));
}

/** A regular expression that finds secrets in any text, for secret scanners (RE2, PCRE and ECMAScript alike). */
export function secretPattern(prefix: string): string {
  return `\\b${prefix}_(?:${environments.join('|')})_[0-9A-Za-z]{${BODY_LENGTH}}\\b`;
}

/** The last 4 characters: what remains readable of a secret. */
export function hintOf(secret: string): string {
  return secret.slice(-HINT_LENGTH);
}

function randomBase62(length: number): string {
  // 248 is the largest multiple of 62 that a byte can hold: bytes from there on would favour the first digits.
  const limit = 256 - (256 % DIGITS.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) {
      if (byte < limit) text += DIGITS.charAt(byte % DIGITS.length);
    }
  }
  return text;
}

// Run for every check: to ask `crc32` for the checksum costs three times as much, for the text that it has to be given.
function hasValidBody(text: string, start: number): boolean {
  const end = text.length - CHECKSUM_LENGTH;
  let crc = 0xffffffff;
  for (let place = 0; place < end; place++) {
    const code = text.charCodeAt(place);
    if (place >= start ? digitCodes[code] !== 1 : code > LAST_ASCII) return false;
    crc = Number(crcSteps[(crc ^ code) & 0xff]) ^ (crc >>> 8);
  }
  let rest = ~crc >>> 0;
  for (let place = text.length - 1; place >= end; place--) {
    if (text.charCodeAt(place) !== DIGITS.charCodeAt(rest % DIGITS.length)) return false;
    rest = Math.floor(rest / DIGITS.length);
  }
  return true;
}

function checksumOf(unchecked: string): string {
  let rest = crc32(unchecked);
  let text = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    text = DIGITS.charAt(rest % DIGITS.length) + text;
    rest = Math.floor(rest / DIGITS.length);
  }
  return text;
}
