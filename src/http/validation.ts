import { Ajv } from 'ajv';
import type { ErrorObject, Options } from 'ajv';
import ajvFormats from 'ajv-formats';
import type { FastifySchema, FastifyServerOptions } from 'fastify';
import type { CatalogueEntry } from '../rules/permission-catalogue.ts';
import type { InputError } from '../errors.ts';
import { explainPassword } from '../rules/passwords.ts';
import { explainRedirectUrl } from '../rules/redirect-urls.ts';
import { isImmutable, wordFault } from './fault-words.ts';
import type { Explain, WordingContext } from './fault-words.ts';

const ERRORS_MAX = 100;

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
 * Ajv as this service needs it: every fault reported, nothing removed, and types coerced only in the query, where all
 * values arrive as text.
 */
export function createValidation(catalogue: readonly CatalogueEntry[]): Validation {
  const explainers = createExplainers(catalogue);
  return {
    // Fastify's type for it is a union of every compiler it ever shipped; this is what it calls.
    buildValidator: ((sharedSchemas: unknown) => {
      const shared = Object.values(sharedSchemas as Record<string, FastifySchema>);
      const strict = createAjv(explainers, { coerceTypes: false });
      // Coercion makes numbers of "Infinity" and "1e400", and strict numbers would be spared the bounds of a schema.
      const coercing = createAjv(explainers, { coerceTypes: 'array', useDefaults: true, strictNumbers: false });
      for (const ajv of [strict, coercing]) for (const schema of shared) ajv.addSchema(schema);
      return ({ schema, httpPart }: RouteSchema) => (httpPart === 'querystring' ? coercing : strict).compile(schema);
    }) as unknown as BuildValidator,

    explain(errors, httpPart) {
      const found = new Map<string, InputError>();
      for (const error of errors as ErrorObject[]) {
        const fault = toInputError(error, { isQuery: httpPart === 'querystring', explainers });
        // The first of a place is the one to mend first; more than one would say the same in other words.
        if (fault !== undefined && found.size < ERRORS_MAX && !found.has(fault.pointer))
          found.set(fault.pointer, fault);
      }
      return [...found.values()];
    },
  };
}

/** What is wrong with a value that comes from elsewhere than a request, in the same words. */
export function explainValue(schema: object, value: unknown): InputError[] {
  const explainers = createExplainers([]);
  const validate = createAjv(explainers, { coerceTypes: false }).compile(schema);
  validate(value);
  return (validate.errors ?? []).flatMap((error) => toInputError(error, { isQuery: false, explainers }) ?? []);
}

/** Whether every fault is that a field which never changes was sent. */
export function areAllImmutable(errors: readonly unknown[]): boolean {
  return (errors as ErrorObject[]).every(isImmutable);
}

function createExplainers(catalogue: readonly CatalogueEntry[]): Record<string, Explain> {
  const permissions = new Set(catalogue.map(({ name }) => name));
  return {
    line: explainLine,
    paragraph: (value) =>
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(value) || !value.isWellFormed()
        ? 'must not hold control characters other than tab and line breaks'
        : undefined,
    'http-url': explainHttpUrl,
    'redirect-url': explainRedirectUrl,
    password: explainPassword,
    permission: (value) => (permissions.has(value) ? undefined : 'must be a permission of the catalogue'),
    'date-time': explainDateTime,
    'future-date-time': explainFuture,
  };
}

function explainLine(value: string): string | undefined {
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value) || !value.isWellFormed()) {
    return 'must be one line without control characters';
  }
  return value.trim() === '' ? 'must not be blank' : undefined;
}

function explainHttpUrl(value: string): string | undefined {
  const isPlain = /^https?:\/\/[\x21-\x7e]+$/i.test(value) && URL.canParse(value);
  if (!isPlain) return 'must be an http or https URL of ASCII characters';
  const { username, password } = new URL(value);
  return username + password === '' ? undefined : 'must not hold a user name or password';
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

function explainFuture(value: string): string | undefined {
  return explainDateTime(value) ?? (Date.parse(value) > Date.now() ? undefined : 'must be in the future');
}

function createAjv(explainers: Record<string, Explain>, options: Options): Ajv {
  const ajv = new Ajv({ allErrors: true, verbose: true, removeAdditional: false, allowUnionTypes: true, ...options });
  ajvFormats.default(ajv, ['uuid', 'email']);
  for (const [name, explain] of Object.entries(explainers)) {
    ajv.addFormat(name, (value) => explain(value) === undefined);
  }
  return ajv;
}

function toInputError(error: ErrorObject, { isQuery, explainers }: WordingContext): InputError | undefined {
  const params = error.params as Record<string, unknown>;
  const extra = params.missingProperty ?? params.additionalProperty;
  const member = typeof extra === 'string' ? `/${extra.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
  const path = error.instancePath + member;
  const pointer = isQuery ? `?${unescapePointer(path.split('/')[1] ?? '')}` : path;
  const fault = wordFault(error, { isQuery, explainers });
  return fault === undefined ? undefined : { pointer: pointer.slice(0, 200), ...fault };
}

/** The name behind one part of an RFC 6901 pointer. */
function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
