import { BlockList, isIP, isIPv4 } from 'node:net';
import { expandIPv6, mappedIPv4, maskIPv6, writeIPv6 } from '../rules/ip-addresses.ts';

/** More proxies than any deployment has in a row. */
const HOPS_MAX = 50;
/** The longest address with everything around it that {@link parseAddress} takes away. */
const ENTRY_LENGTH_MAX = 80;

/** What says where a request comes from. */
export interface Hops {
  /** The peer of the connection. */
  remoteAddress: string | undefined;
  /** `X-Forwarded-For`: each proxy adds its own peer at the end. */
  forwardedFor: string | undefined;
}

/** Finds the address a request comes from; undefined when its connection no longer has a peer. */
export type FindSource = (hops: Hops) => string | undefined;

/**
 * Goes back from the connection's peer for as long as the proxy that says so is a trusted one. What is no address says
 * nothing: the nearest hop that has one is the source then. What a client put there itself lies behind its own address.
 *
 * @param trusted addresses and CIDRs of proxies
 */
export function createFindSource(trusted: readonly string[]): FindSource {
  const isProxy = createProxyCheck(trusted);
  return ({ remoteAddress, forwardedFor = '' }) => {
    let source = parseAddress(remoteAddress ?? '');
    let rest = forwardedFor;
    for (let hops = 0; hops < HOPS_MAX && source !== undefined && rest !== '' && isProxy(source); hops += 1) {
      const comma = rest.lastIndexOf(',');
      const next = parseAddress(rest.slice(comma + 1));
      if (next === undefined) break;
      source = next;
      rest = rest.slice(0, Math.max(0, comma));
    }
    return source;
  };
}

/** Addresses whose verdict is remembered: each look at the list makes an object beside the heap, for every request. */
const VERDICTS_MAX = 1_000;

function createProxyCheck(trusted: readonly string[]): (address: string) => boolean {
  if (trusted.length === 0) return () => false;
  const proxies = toBlockList(trusted);
  const verdicts = new Map<string, boolean>();
  return (address) => {
    const known = verdicts.get(address);
    if (known !== undefined) return known;
    const verdict = proxies.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
    if (verdicts.size >= VERDICTS_MAX) verdicts.clear();
    verdicts.set(address, verdict);
    return verdict;
  };
}

/**
 * The address in what proxies write: bare, with a port (`192.0.2.1:4444`, `[2001:db8::1]:4444`), in brackets or quotes,
 * with a zone. One spelling for each: IPv4 in dots, also when it was mapped into IPv6, and IPv6 as RFC 5952 has it.
 * Undefined for all else.
 */
export function parseAddress(text: string): string | undefined {
  if (text.length > ENTRY_LENGTH_MAX) return undefined;
  if (isIPv4(text)) return text;
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const inBrackets = /^\[([^[\]]+)\](?::\d{1,5})?$/.exec(bare)?.[1];
  const candidates = inBrackets === undefined ? [bare, bare.replace(/:\d{1,5}$/, '')] : [inBrackets];
  const address = candidates
    .map((candidate) => candidate.replace(/%.*$/, ''))
    .find((candidate) => isIP(candidate) !== 0);
  if (address === undefined || isIPv4(address)) return address;
  const groups = expandIPv6(address);
  return mappedIPv4(groups) ?? writeIPv6(groups);
}

/**
 * What counts as one party: an IPv4 address, or the IPv6 network of so many bits that a subscriber usually holds.
 * @param address as {@link parseAddress} gives it
 */
export function networkOf(address: string, ipv6Bits: number): string {
  if (isIPv4(address)) return address;
  return `${writeIPv6(maskIPv6(expandIPv6(address), ipv6Bits))}/${ipv6Bits}`;
}

/** Bits that are kept of where a secret was used. */
const KEPT_IPV6_BITS = 48;

/**
 * The network an address is in, of 24 bits (IPv4) or 48 (IPv6): enough to tell a data centre from another, too little to
 * tell people apart.
 * @param address as {@link parseAddress} gives it
 */
export function truncateAddress(address: string): string {
  const dot = address.lastIndexOf('.');
  if (dot > 0) return `${address.slice(0, dot)}.0/24`;
  // Written out where nothing of it is shortened, which most of the time saves the long way round.
  const [head] = /^(?:[1-9a-f][0-9a-f]*:){3}/.exec(address) ?? [];
  return head === undefined ? networkOf(address, KEPT_IPV6_BITS) : `${head}:/${KEPT_IPV6_BITS}`;
}

function toBlockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [written = '', bits] = range.split('/');
    const address = parseAddress(written) ?? written;
    // Of an IPv4 address mapped into IPv6, the first 96 bits only say that it is one.
    const mappedBits = isIPv4(address) && !isIPv4(written) ? 96 : 0;
    if (bits === undefined) list.addAddress(address, isIPv4(address) ? 'ipv4' : 'ipv6');
    else if (Number(bits) < mappedBits) list.addSubnet(written, Number(bits), 'ipv6');
    else list.addSubnet(address, Number(bits) - mappedBits, isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}
