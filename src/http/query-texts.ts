import type { Schema } from './fault-finder.ts';

/**
 * Gives the values of a query, which all arrive as text, the types that its schema asks for. A whole number is decimal
 * digits: `0x10` and `1e1` stay text, and are refused as such. A value that may be repeated is a list also when it is not.
 */
export function readQueryTexts({ properties = {} }: Schema, query: Record<string, unknown>): void {
  for (const [name, { type }] of Object.entries(properties)) {
    if (!Object.hasOwn(query, name)) continue;
    const value = query[name];
    if (type === 'array' && !Array.isArray(value)) query[name] = [value];
    else if (typeof value === 'string') query[name] = readText(type, value);
  }
}

function readText(type: Schema['type'], text: string): unknown {
  if (type === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
