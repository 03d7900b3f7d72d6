import type { ErrorObject } from 'ajv';
import type { FaultCode } from '../errors.ts';

/** Says what is wrong with a string of a format, or undefined when nothing is. */
export type Explain = (value: string) => string | undefined;

export interface Fault {
  code: FaultCode;
  /** For people; follows the name of the field. */
  detail: string;
}

export interface WordingContext {
  isQuery: boolean;
  explainers: Record<string, Explain>;
}

/** What people call the types of JSON. */
const typeNames: Record<string, string> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

/** Formats that no explainer words. */
const formatNames: Record<string, string> = { uuid: 'a UUID', email: 'an email address' };

/** Puts a fault that Ajv found into words of this service. Undefined for one that others say better. */
export function wordFault(error: ErrorObject, context: WordingContext): Fault | undefined {
  const { keyword, data } = error;
  const params = error.params as Record<string, unknown>;
  switch (keyword) {
    case 'required':
      return { code: 'required', detail: 'is required' };
    case 'additionalProperties':
      return context.isQuery
        ? { code: 'unknown_parameter', detail: 'is not a parameter of this route' }
        : { code: 'unknown_field', detail: 'is not a field of this request' };
    case 'not':
      return isImmutable(error)
        ? { code: 'immutable', detail: 'never changes' }
        : { code: 'not_allowed', detail: 'is not allowed' };
    case 'type':
      return { code: 'wrong_type', detail: `must be ${[params.type].flat().map(nameType).join(' or ')}` };
    case 'enum':
      return { code: 'not_allowed', detail: `must be one of: ${(params.allowedValues as unknown[]).join(', ')}` };
    case 'format':
      return wordFormat(String(params.format), data, context.explainers);
    case 'uniqueItems': {
      const places = [params.i, params.j].map(Number).sort((a, b) => a - b);
      return {
        code: 'duplicate',
        detail: `must not hold duplicates: items ${places.join(' and ')} are equal`,
      };
    }
    case 'anyOf':
      return undefined;
    default:
      return wordBound(keyword, Number(params.limit));
  }
}

/** Whether a fault is that a field which never changes was sent. */
export function isImmutable({ keyword, parentSchema }: ErrorObject): boolean {
  return keyword === 'not' && parentSchema?.readOnly === true;
}

function wordBound(keyword: string, limit: number): Fault {
  switch (keyword) {
    case 'minLength':
      return limit === 1
        ? { code: 'blank', detail: 'must not be blank' }
        : { code: 'too_short', detail: `must have at least ${limit} characters` };
    case 'maxLength':
      return { code: 'too_long', detail: `must have at most ${limit} characters` };
    case 'minItems':
      return { code: 'too_few', detail: `must have at least ${limit} ${limit === 1 ? 'item' : 'items'}` };
    case 'maxItems':
      return { code: 'too_many', detail: `must have at most ${limit} ${limit === 1 ? 'item' : 'items'}` };
    case 'minimum':
      return { code: 'too_small', detail: `must be at least ${limit}` };
    case 'maximum':
      return { code: 'too_large', detail: `must be at most ${limit}` };
    default:
      return { code: 'malformed', detail: 'is not of the form it must have' };
  }
}

function wordFormat(format: string, data: unknown, explainers: Record<string, Explain>): Fault {
  const reason = typeof data === 'string' ? explainers[format]?.(data) : undefined;
  return {
    code: typeof data === 'string' ? codeOfFormat(format, data, explainers) : 'malformed',
    detail: reason ?? `must be ${formatNames[format] ?? `a valid ${format}`}`,
  };
}

function codeOfFormat(format: string, value: string, explainers: Record<string, Explain>): FaultCode {
  if (format === 'line' && value.trim() === '') return 'blank';
  if (format === 'password') return 'too_weak';
  if (format === 'permission') return 'not_allowed';
  if (format === 'future-date-time' && explainers['date-time']?.(value) === undefined) return 'in_the_past';
  return 'malformed';
}

function nameType(type: unknown): string {
  return typeNames[String(type)] ?? String(type);
}
