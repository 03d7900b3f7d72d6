import type { preParsingHookHandler, preValidationHookHandler } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * JSON only. No body and an empty body mean `{}` wherever a route takes a body, whatever the Content-Type: what is
 * required is then missed by name, and what is optional may be left out whole.
 */
export const bodyParser = fp(
  async (app) => {
    const parseJson = app.getDefaultJsonParser('error', 'error');
    app.removeAllContentTypeParsers();

    app.addContentTypeParser<Buffer>(
      /^application\/(?:[a-z0-9.+-]+\+)?json(?:\s*;.*)?$/i,
      { parseAs: 'buffer' },
      (request, body, done) => {
        if (body.length === 0) {
          done(null, undefined);
          return;
        }
        const text = decode(body);
        if (text === undefined) done(new AppError('invalid_request', { detail: 'The body is not UTF-8.' }));
        else void parseJson(request, text, done);
      },
    );

    app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (_request, body, done) => {
      if (body.length === 0) done(null, undefined);
      else
        done(
          new AppError('unsupported_media_type', {
            detail: 'The body must be JSON: send Content-Type: application/json.',
          }),
        );
    });

    // Fastify refuses a Content-Type that it cannot read before it looks whether there is a body at all.
    app.addHook('onRequest', ({ headers }, _reply, done) => {
      const type = headers['content-type'];
      if (type !== undefined) {
        const isEmpty = headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
        if (isEmpty) delete headers['content-type'];
        // Whether a body in chunks is empty is seen when it has been read, under a type that can be.
        else if (!mediaType.test(type)) headers['content-type'] = 'application/octet-stream';
      }
      done();
    });

    app.addHook('onRoute', (route) => {
      if (route.method !== 'GET' && route.method !== 'HEAD') {
        route.preParsing = [refuseEncoded, ...[route.preParsing ?? []].flat()];
      }
      if (route.schema?.body === undefined) return;
      route.preValidation = [takeNoneAsEmpty, ...[route.preValidation ?? []].flat()];
    });
  },
  { name: 'body-parser' },
);

/** RFC 9110 §8.3.1, as far as Fastify looks: a type and a subtype. */
const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+ *(?:;|$)/;

/** A body that is compressed would have to be bounded twice, and nobody who sends 256 KiB needs it. */
// eslint-disable-next-line max-params -- Fastify's form for hooks without a promise
const refuseEncoded: preParsingHookHandler = ({ headers }, _reply, payload, done) => {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') {
    done(null, payload);
    return;
  }
  done(
    new AppError('unsupported_media_type', {
      detail: 'The body must be sent without a Content-Encoding.',
      headers: { 'accept-encoding': 'identity' },
    }),
  );
};

const takeNoneAsEmpty: preValidationHookHandler = (request, _reply, done) => {
  if (request.body === undefined) request.body = {};
  done();
};

function decode(body: Buffer): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}
