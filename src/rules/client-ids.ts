/**
 * What a `client_id` is made of: characters that need no escape in a path, a form or Basic, and none at the beginning that
 * make a path segment something else. Ours are 16 random bytes in base64url; an imported one keeps its own.
 */
export const CLIENT_ID_PATTERN = '^[A-Za-z0-9_-][A-Za-z0-9._~-]{2,127}$';
export const CLIENT_ID_LENGTH_MAX = 128;

const pattern = new RegExp(CLIENT_ID_PATTERN);

/** Routes beside those of single API clients. */
const reserved: ReadonlySet<string> = new Set(['import', 'export']);

export function isClientId(text: string): boolean {
  return pattern.test(text) && !reserved.has(text);
}
