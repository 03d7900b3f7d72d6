import type { onSendHookHandler } from 'fastify';
import fp from 'fastify-plugin';
import { Type } from 'typebox';
import { isKnownTag } from '../http/preconditions.ts';

interface Described {
  headers?: ReturnType<typeof Type.Object>;
  response?: Record<string, { headers?: Record<string, object> }>;
}

const IfNoneMatch = Type.Optional(
  Type.String({
    maxLength: 1000,
    description: 'The `ETag` of an earlier read: 304 without a body while the record is still that one.',
  }),
);

const NotModified = Type.Null({ description: 'The record is still the one that `If-None-Match` names.' });

/**
 * Answers 304 to a read of a single record that its caller has already (RFC 9110 §13.1.2): on every GET that describes an
 * `ETag`. Who may read it is decided before. Registered before the routes.
 */
export const conditionalReads = fp(
  async (app) => {
    app.addHook('onRoute', (route) => {
      const { headers, response } = (route.schema ?? {}) as Described;
      const described = response?.['200']?.headers;
      if (!['GET', 'HEAD'].includes(String(route.method)) || described?.ETag === undefined) return;
      const properties = { ...headers?.properties, 'if-none-match': IfNoneMatch };
      const unchanged = { ...NotModified, headers: { ETag: described.ETag } };
      route.schema = {
        ...route.schema,
        headers: Type.Object(properties),
        response: { ...response, 304: unchanged },
      };
      // Behind that of Fastify, which measures the body that a HEAD leaves out.
      route.onSend = [...[route.onSend ?? []].flat(), leaveOutKnown];
    });
  },
  { name: 'conditional-reads' },
);

// eslint-disable-next-line max-params -- Fastify's form for hooks without a promise
const leaveOutKnown: onSendHookHandler = (request, reply, payload, done) => {
  const known = request.headers['if-none-match'];
  const etag = reply.getHeader('etag');
  if (known === undefined || reply.statusCode !== 200 || !isKnownTag(String(etag), known)) {
    done(null, payload);
    return;
  }
  reply.code(304).removeHeader('content-type').removeHeader('content-length');
  done(null, null);
};
