import type { IncomingMessage } from 'node:http';
import { AppError } from '../../errors.ts';
import { headerValues } from '../../http/header-values.ts';
import { readAuthorization } from '../../http/presented.ts';
import type { Credential } from '../../http/presented.ts';

/**
 * The credential of a machine's request: `x-api-key` or Authorization.
 * @throws AppError `ambiguous_credentials` for two at once, of two kinds or of one: which one was meant cannot be told;
 * `invalid_credential` when there is none of a kind that is accepted
 */
export function readCredential(request: IncomingMessage): Credential {
  const apiKey = request.headers['x-api-key'];
  if (apiKey === undefined) return credentialOfHeader(request);
  if (request.headers.authorization !== undefined) throw ambiguous('Send either x-api-key or Authorization, not both.');
  const secret = String(apiKey);
  // Node joins several with a comma, which no secret holds.
  if (secret.includes(',') && headerValues(request, 'x-api-key').length > 1) throw ambiguous('Send one x-api-key.');
  return { kind: 'secret', secret, clientId: undefined };
}

function credentialOfHeader(request: IncomingMessage): Credential {
  const found = readAuthorization(request);
  if (found.kind === 'secret' || found.kind === 'token') return found;
  if (found.kind === 'several') throw ambiguous('Send one Authorization header.');
  throw invalidCredential('no credential of an accepted kind');
}

function ambiguous(detail: string): AppError {
  return new AppError('ambiguous_credentials', { detail });
}

/** One answer for every credential that is not good; the reason is for the log. */
export function invalidCredential(reason: string): AppError {
  return new AppError('invalid_credential', {
    detail: 'The request needs a valid credential: x-api-key, Basic client_id:secret, or a Bearer access token.',
    reason,
  });
}
