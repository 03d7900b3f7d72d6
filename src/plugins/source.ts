import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { ConnectionGoneError } from '../errors.ts';
import { createFindSource } from '../http/source-addresses.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The address the request comes from, the same for all who ask: limits, lockout, log.
     * @throws ConnectionGoneError when its connection was reset before anybody asked
     */
    readonly source: string;
    /** The same for the log, which asks also when there is none. */
    readonly sourceIfKnown: string | undefined;
  }
}

/** Says of each request where it comes from. `X-Forwarded-For` counts as far as trusted proxies wrote it. */
export const source = fp<{ trustProxy: readonly string[] }>(
  async (app, { trustProxy }) => {
    const findSource = createFindSource(trustProxy);
    const find = ({ raw }: FastifyRequest) => {
      const header = raw.headers['x-forwarded-for'];
      const forwardedFor = typeof header === 'object' ? header.join() : header;
      return findSource({ remoteAddress: raw.socket.remoteAddress, forwardedFor });
    };
    app.decorateRequest('sourceIfKnown', {
      getter() {
        return find(this);
      },
    });
    app.decorateRequest('source', {
      getter() {
        const address = find(this);
        if (address === undefined) throw new ConnectionGoneError();
        return address;
      },
    });
  },
  { name: 'source' },
);
