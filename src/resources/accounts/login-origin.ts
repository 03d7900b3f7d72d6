import type { FastifyReply, FastifyRequest } from 'fastify';
import { networkOf } from '../../http/source-addresses.ts';

/** What a provider usually gives to one household or company: an attacker has all of it. */
const IPV6_BITS = 56;

/** Where a login or reset comes from. */
export interface LoginOrigin {
  /** What failures are counted by: an IPv4 address or an IPv6 network. */
  source: string;
  /** Aborts when the connection has closed: what has not begun for it is left out. */
  closed?: AbortSignal;
}

export function loginOriginOf(request: FastifyRequest, reply: FastifyReply): LoginOrigin {
  const closing = new AbortController();
  // Of the answer, not of the request: that one closes when its body has been read.
  reply.raw.once('close', () => {
    // Nobody waits any more for what has been answered, and an abort makes an error each time.
    if (!reply.raw.writableFinished) closing.abort();
  });
  return { source: networkOf(request.source, IPV6_BITS), closed: closing.signal };
}
