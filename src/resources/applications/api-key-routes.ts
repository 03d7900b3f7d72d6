import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Cursors } from '../../http/cursor.ts';
import { readListRequest } from '../../http/pagination.ts';
import { linkHeader, OrganizationParams, ref, withHeaders } from '../../http/schemas.ts';
import { memberOf } from '../../identity/callers.ts';
import type { ApiClient } from '../api-clients/api-client.ts';
import type { ApiClientService } from '../api-clients/api-client-service.ts';
import { ApiKeyPage, ApiKeyQuery } from './api-key-schemas.ts';
import type { ApiKeyRecord } from './api-key-schemas.ts';
import { ApplicationParams } from './application-routes.ts';
import type { ApplicationService } from './application-service.ts';

export interface ApiKeyRoutesOptions {
  applications: ApplicationService;
  apiClients: ApiClientService;
  cursors: Cursors;
}

/** API clients as clients of other services ask for them: as the keys there are, without the keys. */
export const apiKeyRoutes: FastifyPluginAsyncTypebox<ApiKeyRoutesOptions> = async (app, options) => {
  const { applications, apiClients, cursors } = options;
  app.get(
    '/organizations/:org/api-keys/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'listApiKeys',
        summary: 'List API keys',
        description:
          'The API clients of the organization, those of its applications included, with the hints of their secrets.',
        tags: ['API clients'],
        params: OrganizationParams,
        querystring: ApiKeyQuery,
        response: { 200: withHeaders(ref(ApiKeyPage), linkHeader) },
      },
    },
    async (request, reply) => {
      const { page, respond } = readListRequest<ApiKeyQuery>(cursors, request, reply);
      return reply.code(200).send(respond(await apiClients.list(memberOf(request), page, {}), toRecord));
    },
  );

  app.get(
    '/organizations/:org/applications/:app/api-keys/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'listApplicationApiKeys',
        summary: 'List the API keys of an application',
        description: 'Its API clients, the primary one included, with the hints of their secrets.',
        tags: ['Applications'],
        params: ApplicationParams,
        querystring: ApiKeyQuery,
        response: { 200: withHeaders(ref(ApiKeyPage), linkHeader) },
      },
    },
    async (request, reply) => {
      const caller = memberOf(request);
      const { id } = await applications.get(caller, request.params.app);
      const { page, respond } = readListRequest<ApiKeyQuery>(cursors, request, reply);
      return reply.code(200).send(respond(await apiClients.list(caller, page, { application_id: id }), toRecord));
    },
  );
};

function toRecord(client: ApiClient): ApiKeyRecord {
  return {
    client_id: client.clientId,
    name: client.name,
    environment: client.environment,
    permissions: client.permissions,
    status: client.status,
    application_id: client.applicationId,
    api_key_hint: client.clientSecretHint,
    expires_at: client.expiresAt,
    last_used_at: client.lastUsedAt,
    created_at: client.createdAt,
  };
}
