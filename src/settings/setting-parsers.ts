import { isIP } from 'node:net';
import { notAUrl, readDatabaseUrl } from './database-url.ts';
import type { Purpose } from './database-url.ts';
import type { Argon2Cost } from '../rules/argon2-cost.ts';
import { isClientId } from '../rules/client-ids.ts';
import { parseMailSender } from '../rules/mail-address.ts';
import type { MailSender } from '../rules/mail-address.ts';
import type { CatalogueEntry } from '../rules/permission-catalogue.ts';
import { defaultQuotas } from '../rules/quotas.ts';
import type { Quotas } from '../rules/quotas.ts';
import { readSmtpOptions } from './smtp-url.ts';

const QUOTA_MAX = 1_000_000;

/** Makes a value of a setting's text, or throws an Error that says what it must be and never repeats it. */
export type SettingParser<T> = (text: string) => T;

/** One setting of the service: how its text becomes a value, and what the README says of it. */
export interface Setting<As extends string, T> {
  /** Its name in the code. */
  readonly as: As;
  readonly parse: SettingParser<T>;
  readonly fallback: T;
  /** The default as the README shows it. */
  readonly shown: string;
  readonly meaning: string;
  readonly isSecret: boolean;
}

export interface AboutSetting<T> {
  fallback: T;
  meaning: string;
  /** Stands in the README where the fallback itself would not say enough. */
  shown?: string;
  isSecret?: boolean;
}

/** Describes a setting. */
export function setting<const As extends string, T>(
  as: As,
  parse: SettingParser<T>,
  { fallback, meaning, shown = `\`${String(fallback)}\``, isSecret = false }: AboutSetting<NoInfer<T>>,
): Setting<As, T> {
  return { as, parse, fallback, shown, meaning, isSecret };
}

/** The same parser, for a setting that may be absent. */
export function optional<T>(parse: SettingParser<T>): SettingParser<T | undefined> {
  return parse;
}

/** A comma-separated list; blanks around an entry do not count. */
export function listOf<T>(parse: SettingParser<T>): SettingParser<readonly T[]> {
  return (text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map(parse);
}

export function anyText(text: string): string {
  return text;
}

/** An address, alone or behind a name: `Latchkey <no-reply@example.com>`. */
export function mailSender(text: string): MailSender {
  const sender = parseMailSender(text);
  if (sender === undefined) throw new Error('must be an address such as Latchkey <no-reply@example.com>');
  return sender;
}

export function wholeNumber(min: number, max: number): SettingParser<number> {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) throw new Error(`must be a whole number from ${min} to ${max}`);
    return value;
  };
}

export function share(text: string): number {
  const value = /^[01](?:\.\d{1,6})?$/.test(text) ? Number(text) : NaN;
  if (!(value <= 1)) throw new Error('must be a number from 0 to 1');
  return value;
}

export function oneOf<const T extends string>(choices: readonly T[]): SettingParser<T> {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new Error(`must be one of: ${choices.join(', ')}`);
    return choice;
  };
}

export function trueOrFalse(text: string): boolean {
  return oneOf(['true', 'false'])(text) === 'true';
}

/** `https://host[:port]` without a path; the trailing slash may be there and is dropped. */
export function httpOrigin(text: string): string {
  const url = parseUrl(text, ['http:', 'https:']);
  if (url?.origin !== text.replace(/\/$/, '')) {
    throw new Error('must be an origin such as https://accounts.example.com, without a path');
  }
  return url.origin;
}

export function httpUrl(text: string): string {
  if (parseUrl(text, ['http:', 'https:']) === undefined) throw new Error('must be an http or https URL');
  return text;
}

/** As libpq reads it: several hosts may be listed. */
export function postgresUrl(text: string): string {
  return requirePostgresUrl(text, 'work');
}

/** The same, for reading: of a standby, too. */
export function postgresReadUrl(text: string): string {
  return requirePostgresUrl(text, 'read');
}

function requirePostgresUrl(text: string, purpose: Purpose): string {
  const { urls } = readDatabaseUrl(text, purpose);
  const areValid = urls.every((url) => parseUrl(url, ['postgres:', 'postgresql:']) !== undefined);
  if (!areValid || !isUnambiguous(text)) throw notAUrl();
  return text;
}

export function smtpUrl(text: string): string {
  const url = parseUrl(text, ['smtp:', 'smtps:']);
  if (url === undefined || !isUnambiguous(text)) {
    throw new Error(
      'must be a URL such as smtp://user:password@host:587, with each / ? # and @ of user and password percent-encoded ' +
        '(%2F %3F %23 %40)',
    );
  }
  readSmtpOptions(url);
  return text;
}

export function masterKeys(text: string): readonly [Buffer, ...Buffer[]] {
  const [first, ...rest] = text.split(',').map((entry) => {
    const key = Buffer.from(entry.trim(), 'base64');
    // Re-encoding shows characters that Buffer would skip in silence.
    if (key.length !== 32 || key.toString('base64') !== entry.trim()) {
      throw new Error('must be 32 bytes in base64 (44 characters each), comma-separated when there are old ones');
    }
    return key;
  });
  if (first === undefined) throw new Error('must not be empty');
  return [first, ...rest];
}

export function secretPrefix(text: string): string {
  if (!/^[a-z][a-z0-9]{1,9}$/.test(text)) {
    throw new Error('must be 2 to 10 lower-case letters or digits and begin with a letter');
  }
  return text;
}

/** Scope names without blanks or quotes (RFC 6749 §3.3), so that a list of them can be sent in a header. */
/** What is not named keeps its default. */
export function quotas(text: string): Quotas {
  const problem = new Error(
    `must be a JSON object of whole numbers from 0 to ${QUOTA_MAX}, with names from: ${Object.keys(defaultQuotas).join(', ')}`,
  );
  const given = parseJson(text);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw problem;
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    const isQuota = Number.isInteger(value) && Number(value) >= 0 && Number(value) <= QUOTA_MAX;
    if (!Object.hasOwn(defaultQuotas, name) || !isQuota) throw problem;
  }
  return { ...defaultQuotas, ...given };
}

export function catalogue(text: string): readonly CatalogueEntry[] {
  const problem = new Error(
    'must be a JSON array of 1 to 100 {"name","description"} with distinct names of 1 to 64 letters, digits, or . _ : -',
  );
  const entries = parseJson(text);
  if (!Array.isArray(entries) || entries.length < 1 || entries.length > 100) throw problem;
  const result = entries.map((entry: unknown): CatalogueEntry => {
    if (typeof entry !== 'object' || entry === null) throw problem;
    const { name, description, ...rest } = entry as Record<string, unknown>;
    if (typeof name !== 'string' || !/^[A-Za-z0-9._:-]{1,64}$/.test(name)) throw problem;
    if (typeof description !== 'string' || description.length > 500 || Object.keys(rest).length > 0) throw problem;
    return { name, description };
  });
  if (new Set(result.map(({ name }) => name)).size !== result.length) throw problem;
  return result;
}

export function clientId(text: string): string {
  if (!isClientId(text)) throw new Error('must hold client_ids, comma-separated');
  return text;
}

/** An address or CIDR that `X-Forwarded-For` is believed from. */
export function addressRange(text: string): string {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  const isRange = bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
  if (family === 0 || !isRange || rest.length > 0) throw new Error('must hold IP addresses or CIDRs, comma-separated');

  return text;
}

export function argon2Cost(floor: Argon2Cost): SettingParser<Argon2Cost> {
  return (text) => {
    const match = /^(\d{1,7}),(\d{1,2}),(\d{1,2})$/.exec(text);
    const [memoryKib = 0, passes = 0, parallelism = 0] = match?.slice(1).map(Number) ?? [];
    const isEnough = memoryKib >= floor.memoryKib && passes >= floor.passes && parallelism >= floor.parallelism;
    if (!isEnough || memoryKib > 1_048_576) {
      throw new Error(
        `must be KiB,passes,lanes, at least ${floor.memoryKib},${floor.passes},${floor.parallelism} and at most 1 GiB`,
      );
    }
    return { memoryKib, passes, parallelism };
  };
}

function parseUrl(text: string, protocols: readonly string[]): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !protocols.includes(url.protocol) || url.hostname === '') return undefined;
  return [url.username, url.password, url.pathname].every(isPercentEncoded) ? url : undefined;
}

/**
 * False for a password whose `/`, `?` or `#` ends the host: what stands before it would be taken for the host and the port,
 * and be named in errors. Nothing else of such a URL has a reason to hold a bare `@` or `#`.
 */
function isUnambiguous(text: string): boolean {
  return !/[/?#].*@|#/s.test(text.replace(/^[a-z]*:\/\//i, ''));
}

/** A `%` that stands for itself passes as a URL, and then fails where the password is decoded. */
function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
