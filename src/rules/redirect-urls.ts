import { isIPv4, isIPv6 } from 'node:net';

export { findNearestRedirectUrl } from './nearest-redirect-url.ts';

const LENGTH_MAX = 2048;
const HOST_LENGTH_MAX = 253;
const PORT_MAX = 65535;

const refusedSchemes: ReadonlySet<string> = new Set([
  'javascript',
  'data',
  'file',
  'blob',
  'vbscript',
  'livescript',
  'about',
  'ftp',
  'ws',
  'wss',
  'view-source',
  'filesystem',
  'intent',
  'android-app',
  'chrome',
  'chrome-extension',
  'resource',
  'jar',
  'mailto',
  'tel',
  'sms',
  'smb',
  'feed',
  'search-ms',
  'itms-services',
]);
/** Windows opens programs and its own settings by these: "ms-word", "ms-settings", "ms-msdt". */
const REFUSED_PREFIX = 'ms-';

/** The only hosts that plain http may go to, compared as they are spelled. */
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

type Rule = readonly [RegExp, string];

/** What no URL may hold, wherever it leads. */
const forbiddenCharacters: readonly Rule[] = [
  [/[\u0000-\u0020\u007f]/, 'must not contain spaces or control characters: percent-encode them'],
  [/[^\u0000-\u007f]/, 'must be ASCII: percent-encode other characters, or write the host in punycode'],
  [/\\/, 'must not contain a backslash'],
  [/%(?![0-9A-Fa-f]{2})/, 'must not contain "%" without two hexadecimal digits behind it'],
  [/["<>^`{|}]/, 'must not contain any of "<>^`{|}: percent-encode them (RFC 3986)'],
];

/** What no part of a redirect URL may hold besides. */
const forbiddenInRedirects: readonly Rule[] = [
  [/\*/, 'must not contain "*": wildcards are not supported, every URL is listed in full'],
  [/#/, 'must not have a fragment ("#"), not even an empty one'],
];

/**
 * Why a redirect URL is refused, in words that follow "the URL"; undefined when it is accepted. Reads RFC 3986 without
 * the repairs of browsers, and changes nothing: an accepted URL is stored and compared as it stands.
 */
export function explainRedirectUrl(url: string): string | undefined {
  if (url.length > LENGTH_MAX) return `must not be longer than ${LENGTH_MAX} characters`;
  if (url === '') return 'must not be empty';
  const forbidden = explainCharacters(url) ?? findForbidden(forbiddenInRedirects, url);
  if (forbidden !== undefined) return forbidden;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1];
  if (scheme === undefined) return 'must be absolute: it has to begin with a scheme, such as https://';
  return explainAfterScheme(scheme.toLowerCase(), url.slice(scheme.length + 1));
}

/** Why a URL is refused for its characters (RFC 3986), wherever it leads; undefined when they are all allowed. */
export function explainCharacters(url: string): string | undefined {
  return findForbidden(forbiddenCharacters, url);
}

function findForbidden(rules: readonly Rule[], url: string): string | undefined {
  return rules.find(([pattern]) => pattern.test(url))?.[1];
}

function explainAfterScheme(scheme: string, rest: string): string | undefined {
  if (refusedSchemes.has(scheme) || scheme.startsWith(REFUSED_PREFIX)) return `must not use the scheme "${scheme}"`;
  const isWeb = scheme === 'https' || scheme === 'http';
  if (isWeb && !rest.startsWith('//')) return `must be written "${scheme}://host"`;
  if (!rest.startsWith('/')) return `must have a slash after "${scheme}:", as deep links do ("${scheme}:/path")`;

  const { authority, path, query } = split(rest);
  if (authority.includes('@')) return 'must not hold a user name or password: no "@" before the path';
  const { host, port } = splitPort(authority);
  if (!/^[0-9]*$/.test(port) || Number(port) > PORT_MAX) return `must have a port between 0 and ${PORT_MAX}`;
  if (/[[\]]/.test(path + query)) return 'must have "[" and "]" only around an IPv6 address: percent-encode them';
  if ([host, ...path.split('/')].some(isDotSegment)) return 'must not have "." or ".." as a path segment';
  return explainHost(scheme, host);
}

function split(rest: string): { authority: string; path: string; query: string } {
  const queryStart = rest.includes('?') ? rest.indexOf('?') : rest.length;
  const query = rest.slice(queryStart);
  const hierarchy = rest.slice(0, queryStart);
  if (!hierarchy.startsWith('//')) return { authority: '', path: hierarchy, query };
  const pathStart = hierarchy.includes('/', 2) ? hierarchy.indexOf('/', 2) : hierarchy.length;
  return { authority: hierarchy.slice(2, pathStart), path: hierarchy.slice(pathStart), query };
}

/** RFC 3986 §3.2.3: the port may be empty. Without a colon behind the host it is. */
function splitPort(authority: string): { host: string; port: string } {
  const isUnclosed = authority.includes('[') && !authority.includes(']');
  const hostEnd = isUnclosed ? authority.length : authority.lastIndexOf(']') + 1;
  const colon = authority.indexOf(':', hostEnd);
  return colon === -1
    ? { host: authority, port: '' }
    : { host: authority.slice(0, colon), port: authority.slice(colon + 1) };
}

/** Browsers read "%2e" as a dot when they look for dot segments. */
function isDotSegment(segment: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(segment);
}

function explainHost(scheme: string, host: string): string | undefined {
  if (host === '' && (scheme === 'https' || scheme === 'http')) return `must name a host after "${scheme}://"`;
  if (scheme === 'http' && !loopbackHosts.has(host)) {
    return 'must be https: plain http is only for the hosts "localhost", "127.0.0.1" and "[::1]", spelled so';
  }
  if (/[[\]]/.test(host)) {
    return isIpLiteral(host) ? undefined : 'must have a valid IPv6 address between "[" and "]"';
  }
  return scheme === 'https' && !isHostName(host)
    ? 'must have a valid host: a name of letters, digits, "-" and "_" between dots, or an IP address'
    : undefined;
}

function isIpLiteral(host: string): boolean {
  const address = host.slice(1, -1);
  // A zone ("%25eth0") means something on one machine only.
  return host === `[${address}]` && isIPv6(address) && !address.includes('%');
}

function isHostName(host: string): boolean {
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  if (name.length > HOST_LENGTH_MAX || !name.split('.').every((label) => /^[A-Za-z0-9_-]{1,63}$/.test(label))) {
    return false;
  }
  // Browsers read a name that ends in a number as an IPv4 address: "127.1", "0x7f.1" and "127.0.0.1." are 127.0.0.1 to
  // them. Only the one spelling that they leave alone may stand.
  return !/(?:^|\.)(?:[0-9]+|0[xX][0-9A-Fa-f]*)$/.test(name) || isIPv4(host);
}
