import type { ProblemCode } from './problem.ts';
import { Problem } from './problem.ts';

/** For each code the field that it is about, and what is wrong with that: “is wrong”. */
export type Places = Partial<Record<ProblemCode, readonly [field: string, detail: string]>>;

/**
 * A call whose problems are about a field of the form, though the service names none.
 * @throws Problem with the fault of that field
 */
export async function atField<Answer>(call: Promise<Answer>, places: Places): Promise<Answer> {
  try {
    return await call;
  } catch (err) {
    const place = err instanceof Problem ? places[err.code] : undefined;
    if (!(err instanceof Problem) || place === undefined || err.document === null) throw err;
    const [field, detail] = place;
    const errors = [{ pointer: `/${field}`, code: 'malformed' as const, detail }];
    const { status, code, message } = err;
    throw new Problem({ status, code, detail: message, document: { ...err.document, errors } });
  }
}
