import type { FastifyRequest } from 'fastify';
import { parseSecret } from '../../secrets/secret-format.ts';
import type { SecretState } from '../../secrets/secret-state.ts';
import type { SecretRefusal, SecretStore } from '../../secrets/store.ts';
import type { AccessTokens, TokenRefusal } from '../../tokens/access-tokens.ts';
import type { RevokedTokenRepository } from '../../tokens/revoked-token-repository.ts';
import { authenticateClient } from './client-authentication.ts';
import { OAuthError } from './oauth-errors.ts';
import type { Introspection, TokenRequest, TokenResponse } from './oauth-schemas.ts';

/** Every method authenticates the client first and throws OAuthError as its RFC says. */
export interface OAuthService {
  /** The client credentials grant (RFC 6749 §4.4). */
  issueToken: (request: FastifyRequest, body: TokenRequest) => Promise<TokenResponse>;
  /** RFC 7662: access tokens and secrets, of the caller's organization or, for a resource server, of any. */
  introspect: (request: FastifyRequest, token: string | undefined) => Promise<Introspection>;
  /** RFC 7009: an access token of the caller's own. */
  revoke: (request: FastifyRequest, token: string | undefined) => Promise<void>;
}

export interface OAuthServiceOptions {
  store: SecretStore;
  accessTokens: AccessTokens;
  revokedTokens: RevokedTokenRepository;
  issuer: string;
  audience: string;
  /** Clients that may introspect every organization's tokens. */
  resourceServers: readonly string[];
}

export function createOAuthService(options: OAuthServiceOptions): OAuthService {
  const { store, accessTokens, revokedTokens, audience } = options;
  const resourceServers = new Set(options.resourceServers);

  return {
    async issueToken(request, body) {
      const { grant_type: grantType = '', scope, resource } = body;
      if (grantType === '') throw new OAuthError('invalid_request', 'grant_type is required');
      const client = await authenticateClient(store, request);
      if (grantType !== 'client_credentials') {
        throw new OAuthError('unsupported_grant_type', 'The only grant type is client_credentials');
      }
      // RFC 8707 §2: the token is for this deployment's one audience.
      const foreign = [resource ?? []].flat().find((target) => target !== audience);
      if (foreign !== undefined)
        throw new OAuthError('invalid_target', 'The resource is not the audience of tokens here');
      const permissions = narrow(client, scope);
      const { token, expiresInSeconds } = await accessTokens.issue(client, permissions);
      store.recordUse(client.secretId);
      return {
        access_token: token,
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        scope: permissions.join(' '),
      };
    },

    async introspect(request, token = '') {
      if (token === '') throw new OAuthError('invalid_request', 'token is required');
      const caller = await authenticateClient(store, request);
      const found = await describe(options, token);
      store.recordUse(caller.secretId);
      if (typeof found === 'string') return inactive(request, found);
      const isVisible = found.organization_id === caller.organizationId || resourceServers.has(caller.clientId);
      if (!isVisible) return inactive(request, 'of another organization');
      // Asked about where it was presented: as much a use of the credential as a `verify/`.
      store.recordUse(found.secret_id);
      return found;
    },

    async revoke(request, token = '') {
      if (token === '') throw new OAuthError('invalid_request', 'token is required');
      const caller = await authenticateClient(store, request);
      if (isSecret(token)) {
        throw new OAuthError(
          'unsupported_token_type',
          'Only access tokens are revoked here; regenerate or delete a secret',
        );
      }
      const claims = await accessTokens.verify(token);
      // RFC 7009 §2.2: an invalid token is as good as revoked.
      if (claims !== undefined) {
        if (claims.client_id !== caller.clientId) {
          throw new OAuthError('invalid_grant', 'The token was issued to another client');
        }
        await revokedTokens.insert({ jti: claims.jti, expiresAt: new Date(claims.exp * 1000) });
      }
      store.recordUse(caller.secretId);
    },
  };
}

/** RFC 6749 §3.3: what is asked for must be held; nothing asked for is everything held. */
function narrow({ permissions }: SecretState, scope: string | undefined): string[] {
  if (scope === undefined) return permissions;
  const asked = [...new Set(scope.split(' '))].filter((name) => name !== '');
  if (asked.length > 0 && asked.every((name) => permissions.includes(name))) return asked;
  throw new OAuthError('invalid_scope', 'The scope is blank or exceeds the permissions of the client');
}

/** Whether a text is made like a secret, of this deployment or another. */
function isSecret(text: string): boolean {
  return parseSecret(text.slice(0, text.indexOf('_')), text) !== undefined;
}

/** RFC 7662 §2.2: nothing more is said, whatever the cause; that is for the log. */
function inactive(request: FastifyRequest, reason: string): Introspection {
  request.refusal = { code: 'inactive', reason };
  return { active: false };
}

/** What a token is good for, or why it is not good. */
async function describe(
  { store, accessTokens, issuer, audience }: OAuthServiceOptions,
  token: string,
): Promise<(Introspection & { secret_id: string }) | SecretRefusal | TokenRefusal> {
  if (token.includes('.')) {
    const result = await accessTokens.check(token);
    if (!result.isValid) return result.refusal;
    const { claims, permissions, state } = result;
    // It dies with its secret, which may run out before it does.
    const exp = Math.min(claims.exp, toSeconds(state.expiresAt) ?? claims.exp);
    return { ...claims, exp, active: true, token_type: 'Bearer', scope: permissions.join(' ') };
  }
  const result = await store.check(token);
  if (!result.isValid) return result.refusal;
  const { state } = result;
  const exp = toSeconds(state.expiresAt);
  return {
    active: true,
    token_type: 'client_secret',
    scope: state.permissions.join(' '),
    client_id: state.clientId,
    sub: state.clientId,
    iss: issuer,
    aud: audience,
    organization_id: state.organizationId,
    environment: state.environment,
    secret_id: state.secretId,
    ...(exp === undefined ? {} : { exp }),
  };
}

function toSeconds(time: Date | null): number | undefined {
  return time === null ? undefined : Math.floor(time.getTime() / 1000);
}
