/** What JSON can hold, without fractions: the canonical form of those is a chapter of its own. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * JSON in its canonical form (RFC 8785): no white space, members sorted by their names, texts and whole numbers as
 * ECMAScript writes them. Texts must be well-formed.
 */
export function toCanonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(toCanonicalJson).join(',')}]`;
  return `{${toCanonicalMembers(value)}}`;
}

/** The members of an object in its canonical form, without the braces. */
export function toCanonicalMembers(value: Readonly<Record<string, Json>>): string {
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${toCanonicalJson(member)}`)
    .join(',');
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
