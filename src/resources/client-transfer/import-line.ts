import { v7 as uuidv7 } from 'uuid';
import type { ImportedStrength } from '../../db/tables/secrets.ts';
import type { InputError } from '../../errors.ts';
import { AppError } from '../../errors.ts';
import { isBlankLine, parseLine } from '../../http/ndjson.ts';
import type { Line } from '../../http/ndjson.ts';
import { createValueExplainer } from '../../http/validation.ts';
import { toCanonicalJson } from '../../rules/canonical-json.ts';
import { couldBePerson, isClientId } from '../../rules/client-ids.ts';
import { RANDOM_BITS_MIN, readForeignHash } from '../../rules/foreign-hashes.ts';
import type { ForeignHash } from '../../rules/foreign-hashes.ts';
import { LOOKUP_DIGITS } from '../../secrets/imported-secrets.ts';
import type { ImportedKeys } from '../../secrets/imported-secrets.ts';
import { toAllowedIps } from '../api-clients/allowed-ips.ts';
import type { ApiClientProfile } from '../api-clients/api-client.ts';
import { alphabetBits, ApiClientImport } from './client-transfer-schemas.ts';
import type { ImportedSecret } from './client-transfer-schemas.ts';

/** An API client that is to be imported, as far as its line alone tells. */
export interface ImportedClient extends ApiClientProfile {
  line: number;
  id: string;
  clientId: string;
  environment: ApiClientImport['environment'];
  applicationId: string | null;
  secret: NewImportedSecret | null;
}

export interface NewImportedSecret {
  id: string;
  hash: string;
  strength: ImportedStrength;
  /** As it is stored. */
  lookup: string | null;
  /** Of the secret as its line has it. */
  digest: string;
  hint: string;
  expiresAt: string | null;
}

/** What a line holds that cannot be imported. */
export interface FaultyLine {
  line: number;
  /** Null where the line names none. */
  clientId: string | null;
  errors: InputError[];
}

export type ReadLine = { client: ImportedClient } | { fault: FaultyLine };

/** In the place of a hint that nobody knows. */
export const UNKNOWN_HINT = '????';

const explain = createValueExplainer(ApiClientImport as object);

/** Reads a line of an import; null for one with nothing on it. */
export function readImportLine(keys: ImportedKeys, number: number, line: Line): ReadLine | null {
  if (line === null) return { fault: faulty(number, null, [{ pointer: '', code: 'too_long', detail: 'is too long' }]) };
  if (isBlankLine(line)) return null;
  const value = parseLine(line);
  if (value === undefined) {
    return { fault: faulty(number, null, [{ pointer: '', code: 'malformed', detail: 'must be one JSON document' }]) };
  }
  const errors = explain(value);
  if (errors.length > 0) return { fault: faulty(number, clientIdOf(value), errors) };
  return readValues(keys, number, value as ApiClientImport);
}

function readValues(keys: ImportedKeys, number: number, input: ApiClientImport): ReadLine {
  const errors: InputError[] = [];
  if (!keys.isClient(input.client_id)) {
    const detail = 'must not be the name of a route, or begin as a secret does';
    errors.push({ pointer: '/client_id', code: 'not_allowed', detail });
  }
  if (couldBePerson(input.client_id)) {
    errors.push({
      pointer: '/client_id',
      code: 'not_allowed',
      detail: 'must not look like the id of a user, a UUIDv7',
    });
  }
  const allowedIps = collect(errors, () => toAllowedIps(input.allowed_ips ?? []));
  const { secret: brought = null } = input;
  const secret = brought === null ? null : readSecret(keys, brought, errors);
  if (errors.length > 0 || allowedIps === undefined) return { fault: faulty(number, input.client_id, errors) };
  return {
    client: {
      line: number,
      id: uuidv7(),
      clientId: input.client_id,
      name: input.name,
      description: input.description ?? null,
      environment: input.environment,
      permissions: input.permissions,
      allowedRedirectUrls: input.allowed_redirect_urls ?? [],
      allowedIps,
      status: input.status ?? 'active',
      applicationId: input.application_id?.toLowerCase() ?? null,
      expiresAt: toMoment(input.expires_at),
      secret,
    },
  };
}

function readSecret(keys: ImportedKeys, secret: ImportedSecret, errors: InputError[]): NewImportedSecret | null {
  const { hash: text, random = null, hint = null } = secret;
  const isRandom = random !== null;
  if (isRandom && random.characters * alphabetBits[random.alphabet] < RANDOM_BITS_MIN) {
    const detail = `must be so many that they hold ${RANDOM_BITS_MIN} random bits`;
    errors.push({ pointer: '/secret/random/characters', code: 'too_small', detail });
  }
  const reading = readForeignHash(text, isRandom);
  if ('fault' in reading) {
    errors.push({ pointer: '/secret/hash', code: 'not_allowed', detail: reading.fault });
    return null;
  }
  const lookup = readLookup(secret, reading.hash, errors);
  // What is easily compared with would help whoever guesses.
  for (const name of ['lookup', 'hint'] as const) {
    if (isRandom || (secret[name] ?? null) === null) continue;
    errors.push({ pointer: `/secret/${name}`, code: 'not_allowed', detail: 'is for a secret declared to be random' });
  }
  return {
    id: uuidv7(),
    hash: text,
    strength: isRandom ? 'random' : 'unknown',
    lookup: lookup === null ? null : keys.lookupOf(lookup),
    digest: keys.digestOf(toCanonicalJson({ ...secret })),
    hint: hint ?? UNKNOWN_HINT,
    expiresAt: toMoment(secret.expires_at),
  };
}

/** The digits by which a secret is found without its client. */
function readLookup({ lookup = null }: ImportedSecret, hash: ForeignHash, errors: InputError[]): string | null {
  const own = hash.scheme === 'sha256' ? hash.digest.toString('hex').slice(0, LOOKUP_DIGITS) : null;
  if (own !== null && lookup !== null && lookup.toLowerCase() !== own) {
    errors.push({ pointer: '/secret/lookup', code: 'not_allowed', detail: 'must be the beginning of the hash' });
  }
  return own ?? lookup;
}

function faulty(line: number, clientId: string | null, errors: InputError[]): FaultyLine {
  return { line, clientId, errors };
}

function clientIdOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('client_id' in value)) return null;
  const { client_id: clientId } = value;
  return typeof clientId === 'string' && isClientId(clientId) ? clientId : null;
}

/** In UTC, as it is stored. */
function toMoment(text: string | null | undefined): string | null {
  return typeof text === 'string' ? new Date(text).toISOString() : null;
}

/** What a rule says of a value; its faults go to the others. */
function collect<T>(errors: InputError[], work: () => T): T | undefined {
  try {
    return work();
  } catch (err) {
    if (!(err instanceof AppError) || err.options.errors === undefined) throw err;
    errors.push(...err.options.errors);
    return undefined;
  }
}
