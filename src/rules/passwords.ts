import { isCommonPassword } from './common-passwords.ts';

const LENGTH_MIN = 8;
const LENGTH_MAX = 256;
/** An email's local part that is shorter may stand in a password by chance. */
const LOCAL_PART_MIN = 4;
/** A year and a sign. More than that is a password of its own. */
const APPENDED = /[^\p{L}]{1,5}$/u;
const lookAlikes: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '0': 'o',
  '1': 'i',
  $: 's',
  '5': 's',
  '7': 't',
};
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
  const reasons = missing.length === 0 ? [] : [`must have ${joinWords(missing)}`];
  if (isGuessedFirst(password)) reasons.push('must not be a common password, whatever digits or signs follow it');
  return reasons.length === 0 ? undefined : reasons.join(', and ');
}

/**
 * Why a password is refused for this email; undefined when it is accepted. What the email is reached by is guessed before
 * any list, unless it is so short that it may be part of anything.
 */
export function explainPasswordFor(email: string, given: string): string | undefined {
  const localPart = email.slice(0, email.lastIndexOf('@')).toLowerCase();
  if (localPart.length < LOCAL_PART_MIN || !preparePassword(given).toLowerCase().includes(localPart)) return undefined;
  return 'must not hold the part of the email before the @';
}

/** Common passwords seldom keep the rules above; what people do to make them keep these is always the same. */
function isGuessedFirst(password: string): boolean {
  const folded = password.toLowerCase();
  const base = folded.replace(APPENDED, '');
  return [folded, base, spellOut(folded), spellOut(base)].some(isCommonPassword);
}

function spellOut(text: string): string {
  return text.replace(/[@4301$57]/g, (sign) => lookAlikes[sign] ?? sign);
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
