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

/**
 * Ids of people are UUIDv7 of this century or the next few: those begin with a 0. A hexadecimal number that just happens to
 * look so is one in a thousand.
 */
const personId = /^0[0-9a-f]{7}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;

/** Whether it could be the id of a person as well, in whatever way written: both are the `sub` of tokens (RFC 9068 §5). */
export function couldBePerson(clientId: string): boolean {
  return personId.test(clientId);
}
