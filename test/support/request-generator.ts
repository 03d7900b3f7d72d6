import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import type { ApiDocument, PlacedOperation } from './api-document.ts';

/** Whose credential a request carries; `own` may do everything in the organization that is asked for. */
export type Caller = 'own' | 'colleague' | 'stranger' | 'nobody' | 'garbage';
/** What the ids in a path name. */
export type Aim = 'own' | 'foreign' | 'unknown' | 'garbage';

/** A request, but for the ids and credentials of the moment when it is sent. */
export interface GeneratedRequest {
  operation: PlacedOperation;
  caller: Caller;
  aim: Aim;
  /** Whether the valid input of the operation is sent in the place of the body. */
  isValid: boolean;
  mediaType: string | undefined;
  body: unknown;
  query: Record<string, unknown>;
  ifMatch: string | undefined;
  garbage: string;
}

/** How many requests a test sends: `GENERATED_REQUESTS`, which `npm run test:generated` sets, or else so many. */
export function countOr(usual: number): number {
  return Number(process.env.GENERATED_REQUESTS ?? usual);
}

/** What decides all that is generated: `GENERATED_SEED`, a new one where that is `new`, or else the same in every run. */
export function chosenSeed(): number {
  const { GENERATED_SEED: text = '15' } = process.env;
  return text === 'new' ? randomInt(2 ** 31) : Number(text);
}

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  required?: string[];
  properties?: Record<string, Schema>;
}

interface Parameter {
  name: string;
  in: string;
  schema?: Schema;
}

const LENGTH_MAX = 40;
const ITEMS_MAX = 4;

/** What no member expects, or not there. */
const surprises = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: LENGTH_MAX }),
  fc.constantFrom('', ' ', '\0', '\ud800', '%00', '../..', "' or 1=1 --", '__proto__', 'x'.repeat(5_000)),
  fc.constantFrom(-1, 0, 1.5, 1e21, Number.MAX_SAFE_INTEGER),
);

/** Requests to every operation of a document: mostly nearly right ones, because nonsense is refused at the door. */
export function requestsTo(document: ApiDocument, operations: PlacedOperation[]): fc.Arbitrary<GeneratedRequest> {
  const find = (schema: Schema = {}): Schema =>
    schema.$ref === undefined ? schema : (document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] as Schema);
  return fc.oneof(
    ...operations.map((operation) => {
      const [[mediaType, media] = []] = Object.entries(operation.requestBody?.content ?? {});
      const parameters = (operation.parameters ?? []) as Parameter[];
      const query = Object.fromEntries(
        parameters
          .filter(({ in: place }) => place === 'query')
          .map(({ name, schema }) => [name, mostly(valuesOf(find(schema)))]),
      );
      return fc.record({
        operation: fc.constant(operation),
        caller: weighted<Caller>({ own: 12, colleague: 2, stranger: 2, nobody: 1, garbage: 1 }),
        aim: weighted<Aim>({ own: 12, foreign: 2, unknown: 1, garbage: 1 }),
        isValid: weighted({ true: 1, false: 2 }).map((text) => text === 'true'),
        mediaType: fc.constant(mediaType),
        body: mediaType === undefined ? fc.constant(undefined) : mostly(valuesOf(find(media?.schema))),
        query: fc.record(query, { requiredKeys: [] }),
        ifMatch: fc.option(fc.constantFrom('*', '"1"', '"nonsense"', 'W/"1"', 'bare'), { nil: undefined, freq: 8 }),
        garbage: fc.oneof(
          surprises.map((value) => JSON.stringify(value)),
          fc.base64String({ maxLength: LENGTH_MAX }),
        ),
      });
    }),
  );
}

function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? []].flat();
  if (types.length === 0) return surprises;
  if (types.length !== 1) return fc.oneof(...types.map((type) => valuesOf({ ...schema, type })));
  switch (String(types[0])) {
    case 'string':
      return textsOf(schema);
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 1_000 });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(mostly(valuesOf(schema.items ?? {})), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? ITEMS_MAX, ITEMS_MAX)),
      });
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, of]) => [name, mostly(valuesOf(of))])),
        { requiredKeys: schema.required ?? [] },
      );
    default:
      return fc.constant(null);
  }
}

function textsOf({ format, pattern, minLength = 0, maxLength = LENGTH_MAX }: Schema): fc.Arbitrary<string> {
  switch (format ?? '') {
    case 'uuid':
      return fc.uuid({ version: 7 });
    case 'email':
      return fc.stringMatching(/^[a-z]{8,16}@example\.com$/);
    case 'uri':
      return fc.webUrl({ withQueryParameters: true });
    case 'date-time':
      return fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }).map(toText);
    default:
      if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
      return fc.string({
        unit: 'grapheme',
        minLength,
        maxLength: Math.max(minLength, Math.min(maxLength, LENGTH_MAX)),
      });
  }
}

function toText(date: Date): string {
  return date.toISOString();
}

function mostly(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: right, weight: 15 }, { arbitrary: surprises, weight: 1 });
}

function weighted<Name extends string>(weights: Record<Name, number>): fc.Arbitrary<Name> {
  const entries = Object.entries(weights) as [Name, number][];
  return fc.oneof(...entries.map(([name, weight]) => ({ arbitrary: fc.constant(name), weight })));
}
