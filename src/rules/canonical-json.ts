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
  let text = '';
  // The default order is that of UTF-16 code units, as RFC 8785 §3.2.3 wants it.
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${toCanonicalJson(member)}`;
  }
  return text;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
