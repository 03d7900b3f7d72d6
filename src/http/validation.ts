import { Readable } from 'node:stream';
import { Ajv } from 'ajv';
import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import ajvFormats from 'ajv-formats';
import type { FastifySchema, FastifyServerOptions } from 'fastify';
import { NOT_IN_CATALOGUE } from '../rules/permission-catalogue.ts';
import type { CatalogueEntry } from '../rules/permission-catalogue.ts';
import type { InputError } from '../errors.ts';
import { explainAddressRange } from '../rules/address-ranges.ts';
import { explainPassword } from '../rules/passwords.ts';
import { explainCharacters, explainRedirectUrl } from '../rules/redirect-urls.ts';
import { FaultFinder, FAULTS_MAX } from './fault-finder.ts';
import type { Schema } from './fault-finder.ts';
import { isImmutable, wordFault } from './fault-words.ts';
import type { Explain, WordingContext } from './fault-words.ts';
import { readQueryTexts } from './query-texts.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** As many characters of a name that a caller chose does a pointer repeat. */
const NAME_MAX = 100;

/** What a request is checked with, and how its faults are put into words. */
export interface Validation {
  /** Fastify's `schemaController.compilersFactory.buildValidator`. */
  buildValidator: BuildValidator;
  explain: (errors: readonly unknown[], httpPart: string | undefined) => InputError[];
}

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;
type BuildValidator = NonNullable<CompilersFactory['buildValidator']>;

interface RouteSchema {
  schema: FastifySchema;
  httpPart?: string;
}

/**
 * Ajv as this service needs it: many faults reported and not only the first, nothing removed, no types bent into shape
 * but those of the query, where all values arrive as text.
 */
export function createValidation(catalogue: readonly CatalogueEntry[], now: () => number = Date.now): Validation {
  const explainers = createExplainers(catalogue, now);
  const made = new Map<string, Compilers>();
  return {
    // Fastify's type for it is a union of every compiler it ever shipped; this is what it calls.
    buildValidator: ((shared: Record<string, Schema>) => {
      // Asked for by every plugin, with a copy of the same schemas: what is named alike is the same.
      const names = Object.keys(shared).sort().join();
      const compilers = made.get(names) ?? createCompilers(explainers, shared);
      made.set(names, compilers);
      return ({ schema, httpPart }: RouteSchema) =>
        createValidator(compilers, { schema: schema as Schema, isQuery: httpPart === 'querystring' });
    }) as unknown as BuildValidator,

    explain(errors, httpPart) {
      const found = new Map<string, InputError>();
      for (const error of errors as ErrorObject[]) {
        if (found.size >= FAULTS_MAX) break;
        const fault = toInputError(error, { isQuery: httpPart === 'querystring', explainers });
        // The first of a place is the one to mend first; more than one would say the same in other words.
        if (fault !== undefined && !found.has(fault.pointer)) found.set(fault.pointer, fault);
      }
      return [...found.values()];
    },
  };
}

interface Validator {
  (value: unknown): boolean;
  errors?: ErrorObject[];
}

/** What every schema of an app is compiled by, and looked for faults with. */
interface Compilers {
  ajv: Ajv;
  /** For the query. */
  defaulting: Ajv;
  finder: FaultFinder;
}

function createCompilers(explainers: Record<string, Explain>, shared: Record<string, Schema>): Compilers {
  const ajv = createAjv(explainers);
  const defaulting = createAjv(explainers, { useDefaults: true });
  for (const either of [ajv, defaulting]) for (const schema of Object.values(shared)) either.addSchema(schema);
  return { ajv, defaulting, finder: new FaultFinder(ajv, new Map(Object.entries(shared))) };
}

/**
 * Faults are looked for only in what a first look, which stops at one, has refused. A schema is compiled for the first
 * value: compiling all of them at once would delay the start.
 */
function createValidator(
  { ajv, defaulting, finder }: Compilers,
  { schema, isQuery }: { schema: Schema; isQuery: boolean },
): Validator {
  let isValid: ValidateFunction | undefined;
  const validate: Validator = (value) => {
    // A body that its handler reads as it arrives, and checks as it does.
    if (value instanceof Readable) return true;
    if (isQuery) readQueryTexts(schema, value as Record<string, unknown>);
    isValid ??= (isQuery ? defaulting : ajv).compile(schema);
    if (isValid(value)) return true;
    validate.errors = finder.find(schema, value);
    return false;
  };
  return validate;
}

/** What is wrong with a value that comes from elsewhere than a request, in the same words. */
export function explainValue(schema: Schema, value: unknown): InputError[] {
  const explainers = createExplainers([], Date.now);
  const faults = new FaultFinder(createAjv(explainers)).find(schema, value);
  return faults.flatMap((fault) => toInputError(fault, { isQuery: false, explainers }) ?? []);
}

/** The same for one value after the other, by one schema that stands for itself. */
export function createValueExplainer(schema: Schema): (value: unknown) => InputError[] {
  const explainers = createExplainers([], Date.now);
  let parts: { isValid: ValidateFunction; finder: FaultFinder } | undefined;
  return (value) => {
    // Compiled for the first value: not every process meets one.
    parts ??= { isValid: createAjv(explainers).compile(schema), finder: new FaultFinder(createAjv(explainers)) };
    if (parts.isValid(value)) return [];
    return parts.finder
      .find(schema, value)
      .flatMap((fault) => toInputError(fault, { isQuery: false, explainers }) ?? []);
  };
}

/** Checks values that come from elsewhere than a request, again and again, by the same schema as those that do. */
export function createValueCheck(schema: Schema): (value: unknown) => boolean {
  const validate = createAjv(createExplainers([], Date.now)).compile(schema);
  return (value) => validate(value);
}

/** Whether every fault is that a field which never changes was sent. */
export function areAllImmutable(errors: readonly unknown[]): boolean {
  return (errors as ErrorObject[]).every(isImmutable);
}

function createExplainers(catalogue: readonly CatalogueEntry[], now: () => number): Record<string, Explain> {
  const permissions = new Set(catalogue.map(({ name }) => name));
  return {
    line: explainLine,
    'uuid-or-none': (value) => (value === 'none' || UUID.test(value) ? undefined : 'must be a UUID or none'),
    'visible-ascii': (value) =>
      /^[!-~]*$/.test(value) ? undefined : 'must hold visible ASCII characters alone, no spaces',
    paragraph: (value) =>
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(value) || !value.isWellFormed()
        ? 'must not hold control characters other than tab and line breaks'
        : undefined,
    'http-url': explainHttpUrl,
    'redirect-url': explainRedirectUrl,
    'address-range': explainAddressRange,
    password: explainPassword,
    permission: (value) => (permissions.has(value) ? undefined : NOT_IN_CATALOGUE),
    'date-time': explainDateTime,
    'future-date-time': (value) =>
      explainDateTime(value) ?? (Date.parse(value) > now() ? undefined : 'must be in the future'),
  };
}

function explainLine(value: string): string | undefined {
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value) || !value.isWellFormed()) {
    return 'must be one line without control characters';
  }
  return value.trim() === '' ? 'must not be blank' : undefined;
}

function explainHttpUrl(value: string): string | undefined {
  const forbidden = explainCharacters(value);
  if (forbidden !== undefined) return forbidden;
  if (!/^https?:\/\/./i.test(value) || !URL.canParse(value)) return 'must be an http or https URL';
  const [authority = ''] = value.replace(/^[^/]*\/\//, '').split(/[/?#]/, 1);
  return authority.includes('@') ? 'must not hold a user name or password' : undefined;
}

// RFC 3339 §5.6 without leap seconds, which neither JavaScript nor Postgres can keep.
const dateTime = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

function explainDateTime(value: string): string | undefined {
  // In UTC the year may be another one than as written, and Postgres takes no year below 1 or of five digits from here.
  const year = dateTime.test(value) ? new Date(value).getUTCFullYear() : NaN;
  const isReal = year >= 1 && year <= 9999 && isCalendarDay(value.slice(0, 10));
  return isReal ? undefined : 'must be an RFC 3339 date and time such as 2030-01-31T12:00:00Z';
}

function isCalendarDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

function createAjv(explainers: Record<string, Explain>, options: Options = {}): Ajv {
  const ajv = new Ajv({
    verbose: true,
    coerceTypes: false,
    removeAdditional: false,
    allowUnionTypes: true,
    // Compiling what checks schemas takes as long as compiling all of them. Redocly checks them in the document.
    meta: false,
    validateSchema: false,
    ...options,
  });
  ajvFormats.default(ajv, ['uuid', 'email']);
  for (const [name, explain] of Object.entries(explainers)) {
    ajv.addFormat(name, (value) => explain(value) === undefined);
  }
  return ajv;
}

function toInputError(error: ErrorObject, { isQuery, explainers }: WordingContext): InputError | undefined {
  const params = error.params as Record<string, unknown>;
  const extra = params.missingProperty ?? params.additionalProperty;
  const names = error.instancePath.split('/').slice(1).map(unescapePointer);
  if (typeof extra === 'string') names.push(extra);
  const parts = names.map(shorten);
  const pointer = isQuery ? `?${parts[0] ?? ''}` : parts.map((part) => `/${escapePointer(part)}`).join('');
  const fault = wordFault(error, { isQuery, explainers });
  return fault === undefined ? undefined : { pointer, ...fault };
}

/** The name behind one part of an RFC 6901 pointer. */
function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Cut between characters, never inside one, and before it is escaped: `~0` stays whole. */
function shorten(name: string): string {
  const characters = Array.from(name.slice(0, 2 * NAME_MAX)).slice(0, NAME_MAX);
  return characters.join('').toWellFormed();
}
