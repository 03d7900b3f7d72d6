/** The entry of a list that is closest to a URL which the list does not hold. */
export interface NearestRedirectUrl {
  nearest: string;
  /** What differs from it: `the port: sent ":5174", listed ":5173"`. */
  difference: string;
}

/** No listed URL is longer, so what comes after that differs in any case. */
const LENGTH_MAX = 2048;
const QUOTE_MAX = 80;
const QUOTE_CONTEXT = 20;

const port = /^([^/?#]*:\/\/[^/?#]*?)(:[0-9]*)?(?=[/?#]|$)/;

/** What URLs that look or mean the same usually differ in, and how it is taken away. */
const usualDifferences: readonly (readonly [name: string, undo: (url: string) => string])[] = [
  ['the trailing slash', (url) => (url.endsWith('/') ? url.slice(0, -1) : url)],
  ['the case of the letters', (url) => url.toLowerCase()],
  ['the port', (url) => url.replace(port, '$1')],
  ['the percent-encoding', decode],
];

/**
 * Finds the entry that a developer most likely meant, and says what differs from it first. Undefined when the list is
 * empty or holds the URL. The work grows with the length of the list and no faster: each entry is looked at once, and the
 * nearest a few times more.
 */
export function findNearestRedirectUrl(url: string, allowed: readonly string[]): NearestRedirectUrl | undefined {
  if (allowed.includes(url)) return undefined;
  const sent = url.slice(0, LENGTH_MAX + 1);
  let nearest: string | undefined;
  let leastUnlike = Infinity;
  for (const entry of allowed) {
    const unlike = countUnlike(sent.toLowerCase(), entry.toLowerCase());
    if (unlike >= leastUnlike) continue;
    leastUnlike = unlike;
    nearest = entry;
  }
  return nearest === undefined ? undefined : { nearest, difference: describeDifference(sent, nearest) };
}

function describeDifference(sent: string, listed: string): string {
  const [name] = usualDifferences.find(([, undo]) => undo(sent) === undo(listed)) ?? ['the first difference'];
  if (name === 'the port') return describe(name, portOf(sent), portOf(listed));
  const start = Math.max(0, commonStart(sent, listed) - QUOTE_CONTEXT);
  return describe(name, quote(sent, start), quote(listed, start));
}

function describe(name: string, sent: string, listed: string): string {
  return `${name}: sent ${sent}, listed ${listed}`;
}

function portOf(url: string): string {
  const [, , found = ''] = port.exec(url) ?? [];
  return found === '' ? 'none' : quote(found, 0);
}

/** The piece of a text that begins at `start`. */
function quote(text: string, start: number): string {
  const end = start + QUOTE_MAX;
  return JSON.stringify(`${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`);
}

/** How many characters two texts have beyond the beginning and the end that they share. */
function countUnlike(one: string, other: string): number {
  const start = commonStart(one, other);
  const endMax = Math.min(one.length, other.length) - start;
  let end = 0;
  while (end < endMax && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return one.length + other.length - 2 * (start + end);
}

function commonStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function decode(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    // A "%" that encodes nothing.
    return url;
  }
}
