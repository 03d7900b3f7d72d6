import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { memberOf } from '../../identity/callers.ts';
import { readIfMatch } from '../../http/preconditions.ts';
import { etagHeader, Id, IfMatch, ref, withHeaders } from '../../http/schemas.ts';
import type { SecretSummary } from '../../secrets/secret-repository.ts';
import { answerOnce } from '../../plugins/safe-retries.ts';
import { toSecretAnswer } from '../api-clients/api-client-record.ts';
import { ApiClientParams } from '../api-clients/api-client-routes.ts';
import { ApiClientWithSecret } from '../api-clients/api-client-schemas.ts';
import { SecretList, SecretRegenerate } from './secret-schemas.ts';
import type { SecretService } from './secret-service.ts';

export interface SecretRoutesOptions {
  secrets: SecretService;
}

const tags = ['API clients'];
const SecretParams = Type.Object({
  ...ApiClientParams.properties,
  secret: { ...Id, description: 'The `uuid` of the secret.' },
});

/** The secrets of one API client. */
export const secretRoutes: FastifyPluginAsyncTypebox<SecretRoutesOptions> = async (app, { secrets }) => {
  app.post(
    '/organizations/:org/api-clients/:client_id/regenerate-secret/',
    {
      config: { access: 'developer', isRepeatable: true },
      schema: {
        operationId: 'regenerateSecret',
        summary: 'Replace an API client’s secret',
        description:
          'The old secret is refused from the moment of the answer, or at the end of `overlap_seconds`. The answer is ' +
          'the only one that ever holds the new `client_secret`. The body may be left out. On a primary client this is ' +
          'an admin’s.',
        tags,
        params: ApiClientParams,
        headers: IfMatch,
        body: ref(SecretRegenerate),
        response: { 200: withHeaders(ref(ApiClientWithSecret), etagHeader) },
      },
    },
    async (request, reply) => {
      const { overlap_seconds: overlapSeconds = 0 } = request.body;
      const change = { clientId: request.params.client_id, overlapSeconds, versions: readIfMatch(request) };
      return answerOnce(request, reply, {
        make: (retry) => secrets.regenerate({ ...memberOf(request), retry }, change),
        toAnswer: (made) => toSecretAnswer(200, made),
      });
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
        response: { 200: ref(SecretList) },
      },
    },
    async (request, reply) => {
      const usable = await secrets.list(memberOf(request), request.params.client_id);
      return reply.code(200).send({ results: usable.map(toRecord) });
    },
  );

  app.delete(
    '/organizations/:org/api-clients/:client_id/secrets/:secret/',
    {
      config: { access: 'developer' },
      schema: {
        operationId: 'revokeSecret',
        summary: 'Revoke one secret of an API client',
        description: '`If-Match` takes the `ETag` of the API client. On a primary client this is an admin’s.',
        tags,
        params: SecretParams,
        headers: IfMatch,
        response: { 204: Type.Null({ description: 'Gone; it is refused from now on.' }) },
      },
    },
    async (request, reply) => {
      const { client_id: clientId, secret: secretId } = request.params;
      await secrets.delete(memberOf(request), { clientId, secretId, versions: readIfMatch(request) });
      return reply.code(204).send(null);
    },
  );
};

/** A secret as callers see it. */
function toRecord({ id, hint, createdAt, expiresAt, lastUsedAt }: SecretSummary) {
  return {
    uuid: id,
    hint,
    status: expiresAt === null ? 'active' : 'expiring',
    created_at: createdAt,
    expires_at: expiresAt,
    last_used_at: lastUsedAt,
  };
}
