const LENGTH_MIN = 8;
const LENGTH_MAX = 256;
const SPECIAL_CHARACTERS = '!@#$%^&*()_+-=[]{}|;:,.<>?';

/**
 * A password as it is counted and hashed: what looks the same is the same, whatever keyboard it was typed on (RFC 8265,
 * OpaqueString: NFC, and every kind of space is a space).
 */
export function preparePassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}

/**
 * Why a password is refused, naming everything that is wrong with it at once; undefined when it is accepted. The length
 * is counted in code points, and letters of every script that has two cases count as letters.
 */
export function explainPassword(given: string): string | undefined {
  const password = preparePassword(given);
  const length = countCodePoints(password);
  const missing: string[] = [];
  if (length < LENGTH_MIN) missing.push(`at least ${LENGTH_MIN} characters`);
  if (length > LENGTH_MAX) missing.push(`at most ${LENGTH_MAX} characters`);
  if (!/\p{Lu}/u.test(password)) missing.push('an upper-case letter');
  if (!/\p{Ll}/u.test(password)) missing.push('a lower-case letter');
  if (!/[0-9]/.test(password)) missing.push('a digit');
  if (!hasSpecialCharacter(password)) missing.push(`one of ${SPECIAL_CHARACTERS}`);
  if (!password.isWellFormed()) missing.push('no half of a surrogate pair');
  return missing.length === 0 ? undefined : `must have ${joinWords(missing)}`;
}

function countCodePoints(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
}

function hasSpecialCharacter(text: string): boolean {
  for (const character of SPECIAL_CHARACTERS) {
    if (text.includes(character)) return true;
  }
  return false;
}

function joinWords(words: string[]): string {
  const last = words.slice(-1);
  return words.length === 1 ? last.join() : `${words.slice(0, -1).join(', ')} and ${last.join()}`;
}
