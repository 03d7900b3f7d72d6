import type { IncomingMessage } from 'node:http';
import { AppError } from '../../errors.ts';
import { headerValues } from '../../http/header-values.ts';

/** What a machine presents: a secret, with Basic also the client it says it is; or an access token. */
export type Credential = { kind: 'secret'; secret: string; clientId?: string } | { kind: 'token'; token: string };

/**
 * The credential of a machine's request. Undefined when there is none of a kind that is accepted.
 * @throws AppError `ambiguous_credentials` for two at once, of two kinds or of one: which one was meant cannot be told
 */
export function readCredential(request: IncomingMessage): Credential | undefined {
  const { headers } = request;
  const { authorization } = headers;
  const apiKey = headers['x-api-key'];
  if (authorization !== undefined && apiKey !== undefined) {
    throw new AppError('ambiguous_credentials', { detail: 'Send either x-api-key or Authorization, not both.' });
  }
  if (apiKey !== undefined) return { kind: 'secret', secret: String(apiKey) };
  if (authorization === undefined) return undefined;
  // Node keeps the first of several, a proxy in front may have looked at the last.
  if (headerValues(request, 'authorization').length > 1) {
    throw new AppError('ambiguous_credentials', { detail: 'Send one Authorization header.' });
  }
  const token = /^Bearer +([^ ]+)$/i.exec(authorization)?.[1];
  return token === undefined ? readBasic(authorization) : { kind: 'token', token };
}

/** RFC 7617: everything up to the first colon is the client_id. */
function readBasic(authorization: string): Credential | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  return { kind: 'secret', clientId: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}
