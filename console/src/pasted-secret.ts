/** 22 characters find the secret, 43 are the secret, 6 are a checksum. */
const BODY_LENGTH = 71;
/** The first 22 characters of a body are no secret. */
const SHORTEST = 20;
const OURS = new RegExp(`[0-9a-z]+_(?:live|staging)_(?:[0-9a-z]{${BODY_LENGTH}}|[0-9a-z_-]{${SHORTEST},})`, 'i');
/** Longer than a UUID and than most names: it may be a secret of another make, as an import brings them. */
const LONG = /[!-~]{41,}/;
const AFTER_IT = /["'`,;)\]}\\]+$/;
const HINT_LENGTH = 4;

/** What stands in for a secret. */
export interface Hint {
  /** Its last four characters. */
  hint: string;
  /** Whether it has the shape of this service’s secrets, under any prefix; else it is only too long to be sent. */
  isOurs: boolean;
}

/**
 * Finds a secret anywhere in a text: in a line of `.env`, a header, a command, in quotation marks. Of such a text only the
 * hint may leave the field.
 * @returns null where there is none
 */
export function findSecret(text: string): Hint | null {
  const ours = OURS.exec(text)?.[0];
  if (ours !== undefined) return { hint: hintOf(ours), isOurs: true };
  const long = LONG.exec(text)?.[0];
  return long === undefined ? null : { hint: hintOf(long.replace(AFTER_IT, '')), isOurs: false };
}

/** What may be searched for of a text: all of it, or the hint of the secret in it. */
export function withoutSecret(text: string): string {
  return findSecret(text)?.hint ?? text;
}

/**
 * Takes secrets out of an address that somebody opens: whole from `q`, and those of this service from everything else.
 * @param search `?…`
 */
export function searchWithoutSecrets(search: string): string {
  const params = new URLSearchParams(search);
  let isFound = false;
  for (const [name, value] of [...params]) {
    const clean = name === 'q' ? withoutSecret(value) : value.replace(new RegExp(OURS, 'gi'), hintOf);
    if (clean === value) continue;
    isFound = true;
    params.set(name, clean);
  }
  return isFound ? `?${params.toString()}` : search;
}

function hintOf(secret: string): string {
  return secret.slice(-HINT_LENGTH);
}
