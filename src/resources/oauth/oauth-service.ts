import type { DatabaseClock } from '../../db/database-clock.ts';
import type { Presented, SecretCredential } from '../../http/presented.ts';
import { parseSecret } from '../../secrets/secret-format.ts';
import type { SecretState } from '../../secrets/secret-state.ts';
import type { RevokedTokenRepository } from '../../tokens/revoked-token-repository.ts';
import { createIntrospection } from './introspection.ts';
import type { AskedAbout, IntrospectionOptions, IntrospectionOutcome } from './introspection.ts';
import { invalidClient, OAuthError } from './oauth-errors.ts';
import type { TokenRequest, TokenResponse } from './oauth-schemas.ts';

/** A client that has authenticated, and the address it did so from. */
export interface Machine extends SecretState {
  address: string;
}

/** What machines do with tokens. The client is authenticated first; its use is recorded once the rest is good too. */
export interface OAuthService {
  /** @throws OAuthError `invalid_client` for every client that is not good, whatever the cause */
  authenticate: (presented: Presented<SecretCredential>) => Promise<Machine>;
  /** The client credentials grant (RFC 6749 §4.4). */
  issueToken: (client: Machine, request: TokenRequest) => Promise<TokenResponse>;
  /** RFC 7662: what is the caller's organization's; for a resource server, of any; for one named for it, admin tokens. */
  introspect: (caller: Machine, asked: AskedAbout) => Promise<IntrospectionOutcome>;
  /** RFC 7009: an access token of the caller's own. */
  revoke: (caller: Machine, token: string) => Promise<void>;
}

export interface OAuthServiceOptions extends Omit<IntrospectionOptions, 'audience'> {
  revokedTokens: RevokedTokenRepository;
  clock: Pick<DatabaseClock, 'now'>;
  /** Whom tokens can be for; the first is the default. */
  audiences: readonly [string, ...string[]];
}

/** For how long after their end revocations are kept. */
const REVOCATION_SLACK_SECONDS = 3_600;

export function createOAuthService(options: OAuthServiceOptions): OAuthService {
  const { store, usage, accessTokens, revokedTokens, clock, audiences } = options;
  const introspect = createIntrospection({ ...options, audience: audiences[0] });
  const audienceByResource = new Map(audiences.map((audience) => [withoutRootPath(audience), audience]));

  /** RFC 8707 §2: the audience that a resource names. */
  function findAudience(resource: string | undefined): string {
    if (resource === undefined) return audiences[0];
    const audience = audienceByResource.get(withoutRootPath(resource));
    if (audience === undefined)
      throw new OAuthError('invalid_target', 'The resource is not an audience of tokens here');
    return audience;
  }

  function recordUse({ secretId, clientId, address }: Machine): void {
    store.recordUse(secretId, address);
    usage.accept(clientId);
  }

  return {
    async authenticate(presented) {
      const result = await store.check(presented);
      if (!result.isValid) throw invalidClient(result.refusal);
      return { ...result.state, address: presented.address };
    },

    async issueToken(client, { grant_type: grantType, scope, resource }) {
      if (grantType !== 'client_credentials') {
        throw new OAuthError('unsupported_grant_type', 'The only grant type is client_credentials');
      }
      const audience = findAudience(resource);
      const permissions = narrow(client, scope);
      if (permissions === undefined) {
        usage.refuse(client.clientId);
        throw new OAuthError('invalid_scope', 'The scope is blank or exceeds the permissions of the client');
      }
      const issued = await accessTokens.issue(client, { permissions, audience });
      if (issued === undefined) throw invalidClient('expired');
      const { token, expiresInSeconds } = issued;
      recordUse(client);
      return {
        access_token: token,
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        scope: permissions.join(' '),
      };
    },

    async introspect(caller, asked) {
      const outcome = await introspect(caller, asked);
      recordUse(caller);
      return outcome;
    },

    async revoke(caller, token) {
      if (isSecret(token)) {
        throw new OAuthError(
          'unsupported_token_type',
          'Only access tokens are revoked here; regenerate or delete a secret',
        );
      }
      const claims = await accessTokens.read(token);
      const nowSeconds = clock.now() / 1000;
      // RFC 7009 §2.2: an invalid token is as good as revoked, whose it was too.
      if (claims !== undefined && claims.client_id !== caller.clientId && claims.exp > nowSeconds) {
        throw new OAuthError('invalid_grant', 'The token was issued to another client');
      }
      // What ended just now may not have ended for everybody.
      if (claims?.client_id === caller.clientId && claims.exp > nowSeconds - REVOCATION_SLACK_SECONDS) {
        await revokedTokens.insert({ jti: claims.jti, expiresAt: new Date(claims.exp * 1000) });
      }
      recordUse(caller);
    },
  };
}

/** RFC 3986 §6.2.3: `https://host/` is `https://host`. Nothing else of an audience has two spellings. */
function withoutRootPath(resource: string): string {
  return /^https?:\/\/[^/?#]+\/$/i.test(resource) ? resource.slice(0, -1) : resource;
}

/** RFC 6749 §3.3: what is asked for must be held, else undefined; nothing asked for is everything held. */
function narrow({ permissions }: SecretState, scope: string | undefined): string[] | undefined {
  if (scope === undefined) return permissions;
  const asked = [...new Set(scope.split(' '))].filter((name) => name !== '');
  return asked.length > 0 && asked.every((name) => permissions.includes(name)) ? asked : undefined;
}

/** Whether a text is made like a secret, of this deployment or another. */
function isSecret(text: string): boolean {
  return parseSecret(text.slice(0, text.indexOf('_')), text) !== undefined;
}
