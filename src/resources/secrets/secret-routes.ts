import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { memberOf } from '../../identity/callers.ts';
import { entityTag } from '../../http/preconditions.ts';
import { etagHeader, Id, ref, withHeaders } from '../../http/schemas.ts';
import { toApiClientRecord, toSecretRecord } from '../api-clients/api-client-record.ts';
import { ApiClientParams } from '../api-clients/api-client-routes.ts';
import * as schemas from '../api-clients/api-client-schemas.ts';
import type { ApiClientService } from '../api-clients/api-client-service.ts';

export interface SecretRoutesOptions {
  apiClients: ApiClientService;
}

const tags = ['API clients'];
const SecretParams = Type.Object({
  ...ApiClientParams.properties,
  secret: { ...Id, description: 'The `uuid` of the secret.' },
});

/** What hangs on one API client: its secrets and the check of a redirect URL. */
export const secretRoutes: FastifyPluginAsyncTypebox<SecretRoutesOptions> = async (app, { apiClients }) => {
  app.post(
    '/organizations/:org/api-clients/:client_id/regenerate-secret/',
    {
      config: { access: 'developer' },
      schema: {
        operationId: 'regenerateSecret',
        summary: 'Replace an API client’s secret',
        description:
          'The old secret is refused from the moment of the answer, or at the end of `overlap_seconds`. The answer is ' +
          'the only one that ever holds the new `client_secret`. The body may be left out.',
        tags,
        params: ApiClientParams,
        body: ref(schemas.SecretRegenerate),
        response: { 200: withHeaders(ref(schemas.ApiClientWithSecret), etagHeader) },
      },
    },
    async (request, reply) => {
      const { overlap_seconds: overlapSeconds = 0 } = request.body;
      const change = { clientId: request.params.client_id, overlapSeconds };
      const { client, secret } = await apiClients.regenerateSecret(memberOf(request), change);
      reply.code(200).header('etag', entityTag(client.version));
      return reply.send({ ...toApiClientRecord(client), client_secret: secret });
    },
  );

  app.get(
    '/organizations/:org/api-clients/:client_id/secrets/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'listSecrets',
        summary: 'List an API client’s usable secrets',
        tags,
        params: ApiClientParams,
        response: { 200: ref(schemas.SecretList) },
      },
    },
    async (request, reply) => {
      const secrets = await apiClients.listSecrets(memberOf(request), request.params.client_id);
      return reply.code(200).send({ results: secrets.map(toSecretRecord) });
    },
  );

  app.delete(
    '/organizations/:org/api-clients/:client_id/secrets/:secret/',
    {
      config: { access: 'developer' },
      schema: {
        operationId: 'revokeSecret',
        summary: 'Revoke one secret of an API client',
        tags,
        params: SecretParams,
        response: { 204: Type.Null({ description: 'Gone; it is refused from now on.' }) },
      },
    },
    async (request, reply) => {
      const { client_id: clientId, secret: secretId } = request.params;
      await apiClients.deleteSecret(memberOf(request), { clientId, secretId });
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
