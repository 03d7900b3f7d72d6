import { domainToASCII } from 'node:url';

/** The entry of a list that is closest to a URL which the list does not hold. */
export interface NearestRedirectUrl {
  nearest: string;
  /** What differs, part by part: `the port: sent ":5174", listed ":5173"`. */
  difference: string;
}

interface Difference {
  text: string;
  /** How far apart two URLs are by it; for choosing among entries only. */
  cost: number;
}

/** The parts of a URL with their delimiters, so that an empty query ("?") is not the same as none. */
interface Parts {
  scheme: string;
  slashes: string;
  userinfo: string;
  host: string;
  port: string;
  path: string;
  query: string;
  fragment: string;
}

/** A way in which two texts may differ although they look or mean the same, and how to take it away. */
interface Variation {
  name: string;
  undo: (text: string) => string;
}

/** So many entries are compared part by part; a quick look at the whole text picks them. */
const CANDIDATES_MAX = 16;
const QUOTE_MAX = 80;
const QUOTE_CONTEXT = 20;
const QUERY_DIFFERENCES_MAX = 5;

const defaultPorts = new Map([
  ['http', 80],
  ['https', 443],
]);

const schemeVariations: Variation[] = [{ name: 'the case of the scheme', undo: (text) => text.toLowerCase() }];

const hostVariations: Variation[] = [
  { name: 'the host, which must be in punycode', undo: (text) => (isAscii(text) ? text : domainToASCII(text)) },
  { name: 'the case of the host', undo: (text) => text.toLowerCase() },
  { name: 'the dot at the end of the host', undo: (text) => withoutEnd(text, '.') },
];

const pathVariations: Variation[] = [
  { name: 'the percent-encoding of the path', undo: decodePercent },
  { name: 'the doubled slashes in the path', undo: (text) => text.replaceAll(/\/{2,}/g, '/') },
  { name: 'the trailing slash', undo: (text) => withoutEnd(text, '/') },
  { name: 'the case of the path', undo: (text) => text.toLowerCase() },
];

const queryVariations: Variation[] = [
  { name: 'the percent-encoding of the query', undo: decodePercent },
  { name: 'the case of the query', undo: (text) => text.toLowerCase() },
  { name: 'the empty query', undo: (text) => (text === '?' ? '' : text) },
  { name: 'the order of the query parameters', undo: sortParameters },
];

/**
 * Finds the entry that a developer most likely meant, and says everything that differs from it. Undefined when the list
 * is empty or holds the URL. The work grows with the total length and no faster.
 */
export function findNearestRedirectUrl(url: string, allowed: readonly string[]): NearestRedirectUrl | undefined {
  if (allowed.includes(url)) return undefined;
  let nearest: NearestRedirectUrl | undefined;
  let lowestCost = Infinity;
  for (const entry of pickCandidates(url, allowed)) {
    const differences = compareUrls(url, entry);
    const cost = differences.reduce((sum, difference) => sum + difference.cost, 0);
    if (cost < lowestCost) {
      lowestCost = cost;
      nearest = { nearest: entry, difference: differences.map(({ text }) => text).join('; ') };
    }
  }
  return nearest;
}

function pickCandidates(url: string, allowed: readonly string[]): string[] {
  const sent = url.trim().toLowerCase();
  return allowed
    .map((entry) => ({ entry, unmatched: entry.length - 2 * commonLength(sent, entry.toLowerCase()) }))
    .sort((one, other) => one.unmatched - other.unmatched)
    .slice(0, CANDIDATES_MAX)
    .map(({ entry }) => entry);
}

function compareUrls(url: string, entry: string): Difference[] {
  const trimmed = url.trim();
  const hasAuthority = /^[^:]*:\/\/(?!\/)/.test(entry);
  const sent = parse(trimmed, hasAuthority);
  const listed = parse(entry, hasAuthority);
  return [
    ...(trimmed === url ? [] : [{ text: 'white space around the URL', cost: 1 }]),
    ...compareSchemes(sent, listed),
    ...compareTexts(['the user name and password', 4], [sent.userinfo, listed.userinfo]),
    ...compareTexts(['the host', 20], [sent.host, listed.host], hostVariations),
    ...compareTexts(['the port', 3], [sent.port, listed.port], portVariations(listed.scheme)),
    ...compareTexts(['the path', hasAuthority ? 8 : 28], [sent.path, listed.path], pathVariations),
    ...compareQueries(sent.query, listed.query),
    ...compareTexts(['the fragment', 1], [sent.fragment, listed.fragment]),
  ];
}

/** Takes any text apart, malformed as it may be: what was sent need not be a URL. */
function parse(text: string, hasAuthority: boolean): Parts {
  const [beforeFragment, fragment] = cut(text, '#');
  const [beforeQuery, query] = cut(beforeFragment, '?');
  // "localhost:5173" is a host and a port, whatever RFC 3986 says.
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):(?![0-9])/.exec(beforeQuery)?.[1] ?? '';
  const hierarchy = scheme === '' ? beforeQuery : beforeQuery.slice(scheme.length + 1);
  const rest = hierarchy.replace(/^\/+/, '');
  const slashes = hierarchy.slice(0, hierarchy.length - rest.length);
  if (!hasAuthority || (scheme === '' && slashes === '/')) {
    return { scheme, slashes, userinfo: '', host: '', port: '', path: `/${rest}`, query, fragment };
  }
  const [authority, path] = cut(rest, '/');
  const hostStart = authority.lastIndexOf('@') + 1;
  const [host, port] = cut(authority, ':', Math.max(hostStart, authority.indexOf(']')));
  const userinfo = host.slice(0, hostStart);
  return { scheme, slashes, userinfo, host: host.slice(hostStart), port, path, query, fragment };
}

/** The text before the first `delimiter` from `start` on, and the text from it on. */
function cut(text: string, delimiter: string, start = 0): [string, string] {
  const index = text.indexOf(delimiter, start);
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index)];
}

function compareSchemes(sent: Parts, listed: Parts): Difference[] {
  if (sent.scheme === '') return [{ text: `the scheme: sent none, listed "${listed.scheme}"`, cost: 3 }];
  return [
    ...compareTexts(['the scheme', 12], [sent.scheme, listed.scheme], schemeVariations),
    ...compareTexts(['the slashes after the scheme', 2], [sent.slashes, listed.slashes]),
  ];
}

function compareQueries(sent: string, listed: string): Difference[] {
  if (sent.length <= 1 || listed.length <= 1 || fold(sent, queryVariations) === fold(listed, queryVariations)) {
    return compareTexts(['the query', 3], [sent, listed], queryVariations);
  }
  const sentPairs = groupPairs(sent);
  const listedPairs = groupPairs(listed);
  const names = new Set([...sentPairs.keys(), ...listedPairs.keys()]);
  const differences = [...names].flatMap((name) =>
    compareTexts(
      [`the query parameter ${JSON.stringify(clip(name, 0))}`, 2],
      [(sentPairs.get(name) ?? []).join('&'), (listedPairs.get(name) ?? []).join('&')],
    ),
  );
  const sentOrder = [...sentPairs.keys()].filter((name) => listedPairs.has(name)).join('&');
  const listedOrder = [...listedPairs.keys()].filter((name) => sentPairs.has(name)).join('&');
  return [
    ...differences.slice(0, QUERY_DIFFERENCES_MAX),
    ...compareTexts(['the order of the query parameters', 1], [sentOrder, listedOrder]),
  ];
}

/** The pairs of a query by name, in order of appearance. */
function groupPairs(query: string): Map<string, string[]> {
  const pairs = new Map<string, string[]>();
  for (const pair of query.slice(1).split('&')) {
    const [name] = cut(pair, '=');
    const same = pairs.get(name);
    if (same === undefined) pairs.set(name, [pair]);
    else same.push(pair);
  }
  return pairs;
}

/** Names the variations that tell two texts apart; where they do not explain it, the part itself. */
function compareTexts(
  [name, cost]: [string, number],
  [sent, listed]: [string, string],
  variations: Variation[] = [],
): Difference[] {
  if (sent === listed) return [];
  const values = describeValues(sent, listed);
  if (fold(sent, variations) !== fold(listed, variations)) {
    const similarity = commonLength(sent, listed) / Math.max(sent.length, listed.length);
    return [{ text: `${name}: ${values}`, cost: cost * (1 - similarity / 2) }];
  }
  let needed = variations;
  for (const variation of variations) {
    const others = needed.filter((other) => other !== variation);
    if (fold(sent, others) === fold(listed, others)) needed = others;
  }
  return [{ text: `${needed.map((variation) => variation.name).join(' and ')}: ${values}`, cost: needed.length }];
}

function fold(text: string, variations: Variation[]): string {
  return variations.reduce((folded, variation) => variation.undo(folded), text);
}

/** How many characters two texts share at their beginning and end. */
function commonLength(one: string, other: string): number {
  const start = commonStart(one, other);
  const endMax = Math.min(one.length, other.length) - start;
  let end = 0;
  while (end < endMax && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return start + end;
}

function commonStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function describeValues(sent: string, listed: string): string {
  const start = Math.max(0, commonStart(sent, listed) - QUOTE_CONTEXT);
  const quote = (text: string) => (text === '' ? 'none' : JSON.stringify(clip(text, start)));
  return `sent ${quote(sent)}, listed ${quote(listed)}`;
}

/** The whole text if it is short, otherwise the piece of it that begins at `start`. */
function clip(text: string, start: number): string {
  if (text.length <= QUOTE_MAX) return text;
  const end = start + QUOTE_MAX;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}

function portVariations(scheme: string): Variation[] {
  const defaultPort = defaultPorts.get(scheme.toLowerCase());
  return [
    { name: 'the empty port', undo: (text) => (text === ':' ? '' : text) },
    { name: 'the default port', undo: (text) => (Number(text.slice(1)) === defaultPort ? '' : text) },
  ];
}

/** Decodes what stands for printable ASCII and encodes everything outside it, so that equal meanings become equal. */
function decodePercent(text: string): string {
  return text
    .replaceAll(/[^!-~]+/g, (raw) => Buffer.from(raw).toString('hex').replaceAll(/../g, '%$&'))
    .replaceAll(/%[0-9A-Fa-f]{2}/g, (escape) => {
      const code = Number.parseInt(escape.slice(1), 16);
      return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : escape.toUpperCase();
    });
}

function sortParameters(query: string): string {
  return query.slice(0, 1) + query.slice(1).split('&').sort().join('&');
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}
