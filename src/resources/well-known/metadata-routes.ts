import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { API_PREFIX } from '../../http/api-prefix.ts';
import type { FastifyReply } from 'fastify';
import type { CatalogueEntry } from '../../rules/permission-catalogue.ts';
import type { KeyRing } from '../../tokens/key-ring.ts';
import { ref } from '../../http/schemas.ts';
import { ServerMetadata } from '../oauth/oauth-schemas.ts';

export interface MetadataRoutesOptions {
  publicUrl: string;
  catalogue: readonly CatalogueEntry[];
  keyRing: Pick<KeyRing, 'accessTokenAlgorithms'>;
}

const MAX_AGE_SECONDS = 300;
const authMethods = ['client_secret_basic', 'client_secret_post'];

/** RFC 8414: how an OAuth client finds everything, from the issuer alone. */
export const metadataRoutes: FastifyPluginAsyncTypebox<MetadataRoutesOptions> = async (app, options) => {
  const { publicUrl, catalogue, keyRing } = options;
  const metadata = {
    issuer: publicUrl,
    token_endpoint: `${publicUrl}${API_PREFIX}/token/`,
    introspection_endpoint: `${publicUrl}${API_PREFIX}/introspect/`,
    revocation_endpoint: `${publicUrl}${API_PREFIX}/revoke/`,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    scopes_supported: catalogue.map(({ name }) => name),
    response_types_supported: [],
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: authMethods,
    introspection_endpoint_auth_methods_supported: authMethods,
    revocation_endpoint_auth_methods_supported: authMethods,
    service_documentation: `${publicUrl}/docs`,
  };

  const describe = (operationId: string, summary: string) => ({
    config: { access: 'public' as const },
    schema: { operationId, summary, tags: ['Service'], response: { 200: ref(ServerMetadata) } },
  });
  const send = (reply: FastifyReply) =>
    reply
      .code(200)
      .header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
      .send({ ...metadata, access_token_signing_alg_values_supported: keyRing.accessTokenAlgorithms });

  const oauth = describe('getServerMetadata', 'Read the OAuth server metadata');
  app.get('/.well-known/oauth-authorization-server', oauth, async (_request, reply) => send(reply));
  // For libraries that ask only there (RFC 8414 §5): nobody logs in here by OpenID Connect.
  const openid = describe('getOpenidConfiguration', 'Read the OAuth server metadata where OpenID Connect has it');
  app.get('/.well-known/openid-configuration', openid, async (_request, reply) => send(reply));
};
