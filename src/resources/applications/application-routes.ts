import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Cursors } from '../../http/cursor.ts';
import { readListRequest } from '../../http/pagination.ts';
import { memberOf } from '../../identity/callers.ts';
import { entityTag, readIfMatch } from '../../http/preconditions.ts';
import {
  etagHeader,
  Id,
  IfMatch,
  linkHeader,
  OrganizationParams,
  PageQuery,
  ref,
  URL_LISTS_BODY_LIMIT,
  withHeaders,
} from '../../http/schemas.ts';
import { answerOnce } from '../../plugins/safe-retries.ts';
import type { Answer } from '../../plugins/safe-retries.ts';
import { SecretRegenerate, toRotation } from '../secrets/secret-schemas.ts';
import type { Application } from './application-repository.ts';
import * as schemas from './application-schemas.ts';
import type { ApplicationSecret, ApplicationService } from './application-service.ts';

export interface ApplicationRoutesOptions {
  applications: ApplicationService;
  cursors: Cursors;
}

const tags = ['Applications'];
export const ApplicationParams = Type.Object({
  ...OrganizationParams.properties,
  app: { ...Id, description: 'The `uuid` of the application.' },
});
/** As many as an organization has, by default. */
const ApplicationQuery = PageQuery({}, 100);

export const applicationRoutes: FastifyPluginAsyncTypebox<ApplicationRoutesOptions> = async (app, options) => {
  const { applications, cursors } = options;
  app.get(
    '/organizations/:org/applications/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'listApplications',
        summary: 'List applications',
        tags,
        params: OrganizationParams,
        querystring: ApplicationQuery,
        response: { 200: withHeaders(ref(schemas.ApplicationPage), linkHeader) },
      },
    },
    async (request, reply) => {
      const { page, respond } = readListRequest<Static<typeof ApplicationQuery>>(cursors, request, reply);
      return reply.code(200).send(respond(await applications.list(memberOf(request), page), toRecord));
    },
  );

  app.post(
    '/organizations/:org/applications/',
    {
      bodyLimit: URL_LISTS_BODY_LIMIT,
      config: { access: 'admin', problems: ['quota_reached', 'policy_violation'], isRepeatable: true },
      schema: {
        operationId: 'createApplication',
        summary: 'Register an application with its API key',
        description:
          'Makes the application and its primary API client. The answer is the only one that ever holds this `api_key`. ' +
          'The body may be left out: the name defaults to that of the organization and “App”. `expires_at` and `allowed_ips` ' +
          'are those of the primary client, for organizations whose credential policy asks for them.',
        tags,
        params: OrganizationParams,
        body: ref(schemas.ApplicationCreate),
        response: { 201: withHeaders(ref(schemas.ApplicationWithApiKey), etagHeader) },
      },
    },
    async (request, reply) =>
      answerOnce(request, reply, {
        make: (retry) => applications.create({ ...memberOf(request), retry }, request.body),
        toAnswer: (made) => toKeyAnswer(201, made),
      }),
  );

  app.get(
    '/organizations/:org/applications/:app/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'getApplication',
        summary: 'Read an application',
        tags,
        params: ApplicationParams,
        response: { 200: withHeaders(ref(schemas.ApplicationRecord), etagHeader) },
      },
    },
    async (request, reply) => send(reply.code(200), await applications.get(memberOf(request), request.params.app)),
  );

  app.patch(
    '/organizations/:org/applications/:app/',
    {
      bodyLimit: URL_LISTS_BODY_LIMIT,
      config: { access: 'admin' },
      schema: {
        operationId: 'updateApplication',
        summary: 'Change an application',
        tags,
        params: ApplicationParams,
        headers: IfMatch,
        body: ref(schemas.ApplicationUpdate),
        response: { 200: withHeaders(ref(schemas.ApplicationRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      const change = { id: request.params.app, input: request.body, versions: readIfMatch(request) };
      return send(reply.code(200), await applications.update(memberOf(request), change));
    },
  );

  app.delete(
    '/organizations/:org/applications/:app/',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'deleteApplication',
        summary: 'Delete an application with its API clients',
        tags,
        params: ApplicationParams,
        headers: IfMatch,
        response: { 204: Type.Null({ description: 'Gone; the secrets of its API clients are refused from now on.' }) },
      },
    },
    async (request, reply) => {
      await applications.delete(memberOf(request), { id: request.params.app, versions: readIfMatch(request) });
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/organizations/:org/applications/:app/regenerate-api-key/',
    {
      config: { access: 'admin', problems: ['rotation_in_progress', 'policy_violation'], isRepeatable: true },
      schema: {
        operationId: 'regenerateApiKey',
        summary: 'Replace an application’s API key',
        description:
          'The old key is refused from the moment of the answer, or at the end of `overlap_seconds`. The answer is the ' +
          'only one that ever holds the new `api_key`. The body may be left out. While the key before still works, 409 ' +
          'unless `force` ends it at once.',
        tags,
        params: ApplicationParams,
        headers: IfMatch,
        body: ref(SecretRegenerate),
        response: { 200: withHeaders(ref(schemas.ApplicationWithApiKey), etagHeader) },
      },
    },
    async (request, reply) => {
      const change = { id: request.params.app, rotation: toRotation(request.body), versions: readIfMatch(request) };
      return answerOnce(request, reply, {
        make: (retry) => applications.regenerateApiKey({ ...memberOf(request), retry }, change),
        toAnswer: (made) => toKeyAnswer(200, made),
      });
    },
  );
};

function send(reply: FastifyReply, application: Application): FastifyReply {
  return reply.header('etag', entityTag(application.version)).send(toRecord(application));
}

function toKeyAnswer(status: number, { application, apiKey }: ApplicationSecret): Answer {
  return { status, version: application.version, body: { ...toRecord(application), api_key: apiKey } };
}

function toRecord(application: Application): schemas.ApplicationRecord {
  return {
    uuid: application.id,
    name: application.name,
    client_id: application.clientId,
    website_url: application.websiteUrl,
    redirect_uris: application.redirectUris,
    terms_url: application.termsUrl,
    privacy_url: application.privacyUrl,
    description: application.description,
    created_at: application.createdAt,
    updated_at: application.updatedAt,
    api_key_hint: application.apiKeyHint,
  };
}
