import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Cursors } from '../../http/cursor.ts';
import { readListRequest } from '../../http/pagination.ts';
import { memberOf } from '../../identity/callers.ts';
import { entityTag, readIfMatch } from '../../http/preconditions.ts';
import {
  ClientId,
  etagHeader,
  IfMatch,
  linkHeader,
  OrganizationParams,
  ref,
  URL_LISTS_BODY_LIMIT,
  withHeaders,
} from '../../http/schemas.ts';
import { answerOnce } from '../../plugins/safe-retries.ts';
import { toApiClientRecord, toSecretAnswer } from './api-client-record.ts';
import * as schemas from './api-client-schemas.ts';
import type { ApiClientService } from './api-client-service.ts';

export interface ApiClientRoutesOptions {
  apiClients: ApiClientService;
  cursors: Cursors;
}

const tags = ['API clients'];
export const ApiClientParams = Type.Object({
  ...OrganizationParams.properties,
  client_id: { ...ClientId, description: 'The `client_id` of the API client.' },
});

export const apiClientRoutes: FastifyPluginAsyncTypebox<ApiClientRoutesOptions> = async (app, options) => {
  const { apiClients, cursors } = options;
  app.get(
    '/organizations/:org/api-clients/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'listApiClients',
        summary: 'List API clients',
        tags,
        params: OrganizationParams,
        querystring: schemas.ApiClientQuery,
        response: { 200: withHeaders(ref(schemas.ApiClientPage), linkHeader) },
      },
    },
    async (request, reply) => {
      const { page, filters, respond } = readListRequest<schemas.ApiClientQuery>(cursors, request, reply);
      return reply.code(200).send(respond(await apiClients.list(memberOf(request), page, filters), toApiClientRecord));
    },
  );

  app.post(
    '/organizations/:org/api-clients/',
    {
      bodyLimit: URL_LISTS_BODY_LIMIT,
      config: { access: 'developer', problems: ['quota_reached', 'policy_violation'], isRepeatable: true },
      schema: {
        operationId: 'createApiClient',
        summary: 'Create an API client with its secret',
        description: 'The answer is the only one that ever holds this `client_secret`.',
        tags,
        params: OrganizationParams,
        body: ref(schemas.ApiClientCreate),
        response: { 201: withHeaders(ref(schemas.ApiClientWithSecret), etagHeader) },
      },
    },
    async (request, reply) =>
      answerOnce(request, reply, {
        make: (retry) => apiClients.create({ ...memberOf(request), retry }, request.body),
        toAnswer: (made) => toSecretAnswer(201, made),
      }),
  );

  app.get(
    '/organizations/:org/api-clients/:client_id/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'getApiClient',
        summary: 'Read an API client',
        tags,
        params: ApiClientParams,
        response: { 200: withHeaders(ref(schemas.ApiClientRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      const client = await apiClients.get(memberOf(request), request.params.client_id);
      return reply.code(200).header('etag', entityTag(client.version)).send(toApiClientRecord(client));
    },
  );

  app.patch(
    '/organizations/:org/api-clients/:client_id/',
    {
      bodyLimit: URL_LISTS_BODY_LIMIT,
      config: { access: 'developer', problems: ['policy_violation'] },
      schema: {
        operationId: 'updateApiClient',
        summary: 'Change an API client',
        description:
          'Pausing it, or taking a permission or an address away, holds from the moment of the answer. On a primary client ' +
          '`status`, `permissions`, `allowed_ips` and `expires_at` are an admin’s.',
        tags,
        params: ApiClientParams,
        headers: IfMatch,
        body: ref(schemas.ApiClientUpdate),
        response: { 200: withHeaders(ref(schemas.ApiClientRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      const change = { clientId: request.params.client_id, input: request.body, versions: readIfMatch(request) };
      const client = await apiClients.update(memberOf(request), change);
      return reply.code(200).header('etag', entityTag(client.version)).send(toApiClientRecord(client));
    },
  );

  app.delete(
    '/organizations/:org/api-clients/:client_id/',
    {
      config: { access: 'developer', problems: ['primary_client'] },
      schema: {
        operationId: 'deleteApiClient',
        summary: 'Delete an API client with its secrets',
        description: 'A primary client goes only with its application (409).',
        tags,
        params: ApiClientParams,
        headers: IfMatch,
        response: { 204: Type.Null({ description: 'Gone; its secrets are refused from now on.' }) },
      },
    },
    async (request, reply) => {
      const target = { clientId: request.params.client_id, versions: readIfMatch(request) };
      await apiClients.delete(memberOf(request), target);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/organizations/:org/api-clients/:client_id/redirect-urls/check/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'checkRedirectUrl',
        summary: 'Tell whether an API client may use a redirect URL',
        description: 'Where it may not, names the nearest allowed URL and what differs.',
        tags,
        params: ApiClientParams,
        body: ref(schemas.RedirectUrlCheck),
        response: { 200: ref(schemas.RedirectUrlVerdict) },
      },
    },
    async (request, reply) => {
      const target = { clientId: request.params.client_id, redirectUrl: request.body.redirect_url };
      return reply.code(200).send(await apiClients.checkRedirectUrl(memberOf(request), target));
    },
  );
};
