/** What JSON can hold, without fractions: the canonical form of those is a chapter of its own. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Far beyond anything that this service writes or reads, and far from what the stack holds. */
const DEPTH_MAX = 100;

/**
 * JSON in its canonical form (RFC 8785): no white space, members sorted by their names, texts and whole numbers as
 * ECMAScript writes them. Texts must be well-formed.
 * @throws RangeError beyond 100 levels of lists and objects
 */
export function toCanonicalJson(value: Json): string {
  return write(value, DEPTH_MAX);
}

/** The members of an object in its canonical form, without the braces. */
export function toCanonicalMembers(value: Readonly<Record<string, Json>>): string {
  return writeMembers(value, DEPTH_MAX);
}

function write(value: Json, depthLeft: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depthLeft === 0) throw new RangeError('the JSON is nested too deeply');
  if (isList(value)) return `[${value.map((item) => write(item, depthLeft - 1)).join(',')}]`;
  return `{${writeMembers(value, depthLeft - 1)}}`;
}

function writeMembers(value: Readonly<Record<string, Json>>, depthLeft: number): string {
  let text = '';
  // The default order is that of UTF-16 code units, as RFC 8785 §3.2.3 wants it.
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${write(member, depthLeft)}`;
  }
  return text;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
