import type { FastifyRequest } from 'fastify';
import { headerValues } from '../../http/header-values.ts';
import type { SecretState } from '../../secrets/secret-state.ts';
import type { SecretStore } from '../../secrets/store.ts';
import { invalidClient, OAuthError } from './oauth-errors.ts';

interface ClientMembers {
  client_id?: string;
  client_secret?: string;
}

interface Presented {
  clientId: string;
  secret: string;
}

/**
 * Authenticates the client of an OAuth request: `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1). The
 * use is the caller's to record, once the rest of the request is good too.
 * @throws OAuthError `invalid_request` for more than one method; `invalid_client` for all else that is not good
 */
export async function authenticateClient(store: SecretStore, request: FastifyRequest): Promise<SecretState> {
  // RFC 6749 §2.3, too: Node keeps the first of several, a proxy in front may have looked at the last.
  if (headerValues(request.raw, 'authorization').length > 1) {
    throw new OAuthError('invalid_request', 'Send one Authorization header');
  }
  const { clientId, secret } = readClient(request.headers.authorization, request.body as ClientMembers);
  const result = await store.check(secret);
  if (!result.isValid) throw invalidClient(result.refusal);
  if (result.state.clientId !== clientId) throw invalidClient('the secret belongs to another client');
  request.apiClient = { clientId, organizationId: result.state.organizationId };
  return result.state;
}

function readClient(authorization: string | undefined, body: ClientMembers): Presented {
  const { client_id: bodyId = '', client_secret: bodySecret = '' } = body;
  if (authorization === undefined) {
    if (bodyId === '' || bodySecret === '') throw invalidClient('no client credentials');
    return { clientId: bodyId, secret: bodySecret };
  }
  // RFC 6749 §2.3: a client must not use more than one method in each request.
  if (bodySecret !== '') throw new OAuthError('invalid_request', 'Use one method of client authentication, not two');
  const presented = readBasic(authorization);
  if (presented === undefined) throw invalidClient('no Basic credentials');
  if (bodyId !== '' && bodyId !== presented.clientId) {
    throw new OAuthError('invalid_request', 'client_id names another client than the Authorization header');
  }
  return presented;
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are put together. */
function readBasic(authorization: string): Presented | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const clientId = formDecode(decoded.slice(0, colon));
  const secret = formDecode(decoded.slice(colon + 1));
  return colon < 0 || clientId === undefined || secret === undefined ? undefined : { clientId, secret };
}

function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
