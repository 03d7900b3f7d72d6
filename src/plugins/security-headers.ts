import cors from '@fastify/cors';
import type { FastifyCorsOptions, FastifyCorsOptionsDelegateCallback } from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import Fastify from 'fastify';
import fp from 'fastify-plugin';
import { API_PREFIX } from '../http/api-prefix.ts';

/** The service's own page and its routes, which no page of another origin has to do with. */
const ofConsole = new RegExp(`^(?:${API_PREFIX})?/console(?:[/?]|$)`);

/** Judged as the router reads it: a path that is spelled with percent signs leads to the same route. */
function isOfConsole(url: string): boolean {
  // Of what machines ask for this is all.
  if (!url.includes('/console') && !url.includes('%')) return false;
  if (!url.includes('%')) return ofConsole.test(url);
  try {
    return ofConsole.test(decodeURIComponent(url.split('?', 1)[0] ?? ''));
  } catch {
    // Such a path leads to no route at all.
    return true;
  }
}

/** What browsers alone read would be a third of the bytes of an answer to a machine, and a microsecond of each check. */
const machineHeaders = { 'x-content-type-options': 'nosniff' };

/** Headers for an API that no page may frame, and the frontends that may call it. */
export const securityHeaders = fp<{ corsOrigins: readonly string[] }>(
  async (app, { corsOrigins }) => {
    const headers = await readHelmetHeaders({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      },
      // Answers are read by frontends of other origins where CORS allows it, never embedded.
      crossOriginResourcePolicy: { policy: corsOrigins.length > 0 ? 'cross-origin' : 'same-origin' },
      // For browsers that are gone, and for pages with links and subdomains; there are none here.
      originAgentCluster: false,
      xDnsPrefetchControl: false,
      xDownloadOptions: false,
      xPermittedCrossDomainPolicies: false,
      xXssProtection: false,
    });
    app.addHook('onRequest', (request, reply, done) => {
      reply.headers(request.routeOptions.config.access === 'machine' ? machineHeaders : headers);
      done();
    });
    if (corsOrigins.length === 0) return;
    const options: FastifyCorsOptions = {
      origin: [...corsOrigins],
      methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'x-request-id'],
      exposedHeaders: [
        'etag',
        'idempotency-replayed',
        'link',
        'retry-after',
        'x-request-id',
        'ratelimit-limit',
        'ratelimit-remaining',
        'ratelimit-reset',
      ],
      maxAge: 600,
      // Without this, an OPTIONS that is no preflight is refused in plain text.
      strictPreflight: false,
    };
    const delegator: FastifyCorsOptionsDelegateCallback = ({ url }, answer) => {
      answer(null, isOfConsole(url) ? { origin: false } : options);
    };
    await app.register(cors, { delegator });
  },
  { name: 'security-headers' },
);

/** What helmet sets under these options. It would work them out anew for every request, and they never change. */
async function readHelmetHeaders(options: FastifyHelmetOptions): Promise<Record<string, string>> {
  const probe = Fastify();
  await probe.register(helmet, options);
  const headers: Record<string, string> = {};
  probe.get('/', async (_request, { raw }) => {
    for (const [name, value] of Object.entries(raw.getHeaders())) headers[name] = String(value);
    return '';
  });
  await probe.inject('/');
  await probe.close();
  return headers;
}
