import type { FastifyRequest } from 'fastify';
import { readAuthorization } from '../../http/presented.ts';
import type { Presented, SecretCredential } from '../../http/presented.ts';
import { invalidClient, OAuthError } from './oauth-errors.ts';

interface ClientMembers {
  client_id?: string;
  client_secret?: string;
}

/**
 * What the client of an OAuth request authenticates with: `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1).
 * @throws OAuthError `invalid_request` for more than one method; `invalid_client` when there is none
 */
export function readClient(request: FastifyRequest): Presented<SecretCredential> {
  const credential = readCredential(request);
  return { credential, address: request.source };
}

function readCredential({ raw, body }: FastifyRequest): SecretCredential {
  const { client_id: bodyId = '', client_secret: bodySecret = '' } = body as ClientMembers;
  const found = readAuthorization(raw);
  if (found.kind === 'several') throw new OAuthError('invalid_request', 'Send one Authorization header');
  if (found.kind === 'none') {
    if (bodyId === '' || bodySecret === '') throw invalidClient('no client credentials');
    return { kind: 'secret', secret: bodySecret, clientId: bodyId };
  }
  // RFC 6749 §2.3: a client must not use more than one method in each request.
  if (bodySecret !== '') throw new OAuthError('invalid_request', 'Use one method of client authentication, not two');
  if (found.kind !== 'secret') throw invalidClient('no Basic credentials');
  if (bodyId !== '' && bodyId !== found.clientId) {
    throw new OAuthError('invalid_request', 'client_id names another client than the Authorization header');
  }
  return found;
}
