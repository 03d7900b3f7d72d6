import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { API_PREFIX } from '../../http/api-prefix.ts';
import type { CatalogueEntry } from '../../rules/permission-catalogue.ts';
import { ref } from '../../http/schemas.ts';
import { ServerMetadata } from '../oauth/oauth-schemas.ts';

export interface MetadataRoutesOptions {
  publicUrl: string;
  catalogue: readonly CatalogueEntry[];
}

const MAX_AGE_SECONDS = 300;
const authMethods = ['client_secret_basic', 'client_secret_post'];

/** RFC 8414: how an OAuth client finds everything, from the issuer alone. */
export const metadataRoutes: FastifyPluginAsyncTypebox<MetadataRoutesOptions> = async (app, options) => {
  const { publicUrl, catalogue } = options;
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

  app.get(
    '/.well-known/oauth-authorization-server',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getServerMetadata',
        summary: 'Read the OAuth server metadata',
        tags: ['Service'],
        response: { 200: ref(ServerMetadata) },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`);
      return reply.code(200).send(metadata);
    },
  );
};
