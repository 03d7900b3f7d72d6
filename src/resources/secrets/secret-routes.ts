import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { memberOf } from '../../identity/callers.ts';
import { entityTag, readIfMatch } from '../../http/preconditions.ts';
import { etagHeader, Id, IfMatch, linkHeader, PageQuery, ref, withHeaders } from '../../http/schemas.ts';
import type { Cursors } from '../../http/cursor.ts';
import { readListRequest } from '../../http/pagination.ts';
import type { SecretSummary } from '../../secrets/client-secret-repository.ts';
import { toSecretAnswer } from '../api-clients/api-client-record.ts';
import { answerOnce } from '../../plugins/safe-retries.ts';
import { ApiClientParams } from '../api-clients/api-client-routes.ts';
import { ApiClientWithSecret } from '../api-clients/api-client-schemas.ts';
import {
  RevokeQuery,
  SecretPage,
  SecretRegenerate,
  SecretSummaryRecord,
  SecretUpdate,
  toRotation,
} from './secret-schemas.ts';
import type { SecretService } from './secret-service.ts';

export interface SecretRoutesOptions {
  secrets: SecretService;
  cursors: Cursors;
}

const tags = ['API clients'];
const SecretQuery = PageQuery({});
const SecretParams = Type.Object({
  ...ApiClientParams.properties,
  secret: { ...Id, description: 'The `uuid` of the secret.' },
});

/** The secrets of one API client. */
export const secretRoutes: FastifyPluginAsyncTypebox<SecretRoutesOptions> = async (app, { secrets, cursors }) => {
  app.post(
    '/organizations/:org/api-clients/:client_id/regenerate-secret/',
    {
      config: { access: 'developer', problems: ['rotation_in_progress', 'policy_violation'], isRepeatable: true },
      schema: {
        operationId: 'regenerateSecret',
        summary: 'Replace an API client’s secret',
        description:
          'The old secret is refused from the moment of the answer, or at the end of `overlap_seconds`. The answer is ' +
          'the only one that ever holds the new `client_secret`. The body may be left out. At most two secrets work at ' +
          'a time: while the one before the active one still does, 409 unless `force` ends it at once. On a primary ' +
          'client this is an admin’s.',
        tags,
        params: ApiClientParams,
        headers: IfMatch,
        body: ref(SecretRegenerate),
        response: { 200: withHeaders(ref(ApiClientWithSecret), etagHeader) },
      },
    },
    async (request, reply) => {
      const change = {
        clientId: request.params.client_id,
        rotation: toRotation(request.body),
        versions: readIfMatch(request),
      };
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
        summary: 'List an API client’s secrets',
        description: 'Those that work, at most two, and those that ended within the last 90 days.',
        tags,
        params: ApiClientParams,
        querystring: SecretQuery,
        response: { 200: withHeaders(ref(SecretPage), linkHeader) },
      },
    },
    async (request, reply) => {
      const { page, respond } = readListRequest<Static<typeof SecretQuery>>(cursors, request, reply);
      const found = await secrets.list(memberOf(request), request.params.client_id, page);
      return reply.code(200).send(respond(found, toRecord));
    },
  );

  app.patch(
    '/organizations/:org/api-clients/:client_id/secrets/:secret/',
    {
      config: { access: 'developer', problems: ['secret_ended', 'policy_violation'] },
      schema: {
        operationId: 'updateSecret',
        summary: 'Change the end of a secret',
        description:
          'The secret is refused from `expires_at` on. `If-Match` takes the `ETag` of the API client, whose new one is in ' +
          'the answer. On a primary client this is an admin’s.',
        tags,
        params: SecretParams,
        headers: IfMatch,
        body: ref(SecretUpdate),
        response: { 200: withHeaders(ref(SecretSummaryRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      const { client_id: clientId, secret: secretId } = request.params;
      const { expires_at: expiresAt } = request.body;
      const change = { clientId, secretId, expiresAt, versions: readIfMatch(request) };
      const { secret, client } = await secrets.update(memberOf(request), change);
      return reply.code(200).header('etag', entityTag(client.version)).send(toRecord(secret));
    },
  );

  app.delete(
    '/organizations/:org/api-clients/:client_id/secrets/:secret/',
    {
      config: { access: 'developer', problems: ['secret_ended', 'last_secret', 'secret_in_use'] },
      schema: {
        operationId: 'revokeSecret',
        summary: 'Revoke one of two secrets of an API client',
        description:
          'Ends the retiring one before its time. Or the active one, which cancels the rotation: the retiring one is ' +
          'active again, without the end that the rotation gave it. The last one that works stays (409). `If-Match` takes ' +
          'the `ETag` of the API client. On a primary client this is an admin’s.',
        tags,
        params: SecretParams,
        headers: IfMatch,
        querystring: RevokeQuery,
        response: { 204: Type.Null({ description: 'Gone; it is refused from now on.' }) },
      },
    },
    async (request, reply) => {
      const { client_id: clientId, secret: secretId } = request.params;
      const { force: isForced = false } = request.query;
      await secrets.revoke(memberOf(request), { clientId, secretId, isForced, versions: readIfMatch(request) });
      return reply.code(204).send(null);
    },
  );
};

/** A secret as callers see it. */
function toRecord(secret: SecretSummary): SecretSummaryRecord {
  return {
    uuid: secret.id,
    hint: secret.hint,
    status: secret.status,
    created_at: secret.createdAt,
    created_by: secret.createdBy,
    expires_at: secret.expiresAt,
    last_used_at: secret.lastUsedAt,
    last_used_ip: secret.lastUsedIp,
    ended_at: secret.endedAt,
    ended_by: secret.endedBy,
  };
}
