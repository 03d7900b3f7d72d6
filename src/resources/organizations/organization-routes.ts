import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { memberOf, userOf } from '../../identity/callers.ts';
import { entityTag, readIfMatch } from '../../http/preconditions.ts';
import { etagHeader, IfMatch, OrganizationParams, ref, withHeaders } from '../../http/schemas.ts';
import { answerOnce } from '../../plugins/safe-retries.ts';
import { givenPasswordOf, reauthenticationProblems } from '../accounts/reauthentication.ts';
import type { Reauthentication } from '../accounts/reauthentication.ts';
import type { Organization } from './organization-repository.ts';
import {
  OrganizationCreate,
  OrganizationDelete,
  OrganizationRecord,
  OrganizationUpdate,
} from './organization-schemas.ts';
import type { OrganizationService } from './organization-service.ts';

export interface OrganizationRoutesOptions {
  organizations: OrganizationService;
  reauthentication: Reauthentication;
}

const tags = ['Organizations'];

export const organizationRoutes: FastifyPluginAsyncTypebox<OrganizationRoutesOptions> = async (
  app,
  { organizations, reauthentication },
) => {
  app.get(
    '/organizations/me/',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listOrganizations',
        summary: 'List my organizations',
        tags,
        response: {
          200: Type.Array(ref(OrganizationRecord), {
            description: 'The organizations the caller is a member of, oldest first; the first 1,000 of them.',
          }),
        },
      },
    },
    async (request, reply) => reply.code(200).send((await organizations.list(userOf(request))).map(toRecord)),
  );

  app.post(
    '/organizations/',
    {
      config: { access: 'user', problems: ['quota_reached'], isRepeatable: true },
      schema: {
        operationId: 'createOrganization',
        summary: 'Create an organization',
        description: 'The caller becomes its owner. `contact_email` defaults to the caller’s own.',
        tags,
        body: ref(OrganizationCreate),
        response: { 201: withHeaders(ref(OrganizationRecord), etagHeader) },
      },
    },
    async (request, reply) =>
      answerOnce(request, reply, {
        make: (retry) => organizations.create({ ...userOf(request), retry }, request.body),
        toAnswer: (made) => ({ status: 201, version: made.version, body: toRecord(made) }),
      }),
  );

  app.get(
    '/organizations/:org/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'getOrganization',
        summary: 'Read an organization',
        tags,
        params: OrganizationParams,
        response: { 200: withHeaders(ref(OrganizationRecord), etagHeader) },
      },
    },
    async (request, reply) => send(reply.code(200), await organizations.get(memberOf(request))),
  );

  app.patch(
    '/organizations/:org/',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'updateOrganization',
        summary: 'Change an organization',
        tags,
        params: OrganizationParams,
        headers: IfMatch,
        body: ref(OrganizationUpdate),
        response: { 200: withHeaders(ref(OrganizationRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      const change = { input: request.body, versions: readIfMatch(request) };
      return send(reply.code(200), await organizations.update(memberOf(request), change));
    },
  );

  app.delete(
    '/organizations/:org/',
    {
      config: { access: 'owner', problems: [...reauthenticationProblems, 'confirmation_required'] },
      schema: {
        operationId: 'deleteOrganization',
        summary: 'Delete an organization with everything in it',
        description:
          'Needs the name of the organization as `confirm`, else 422, and a password that was given within 15 minutes.',
        tags,
        params: OrganizationParams,
        headers: IfMatch,
        body: ref(OrganizationDelete),
        response: { 204: Type.Null({ description: 'Gone, with its applications, API clients and secrets.' }) },
      },
    },
    async (request, reply) => {
      await reauthentication.require(memberOf(request), givenPasswordOf(request, reply));
      const target = { confirm: request.body.confirm, versions: readIfMatch(request) };
      await organizations.delete(memberOf(request), target);
      return reply.code(204).send(null);
    },
  );
};

function send(reply: FastifyReply, organization: Organization): FastifyReply {
  return reply.header('etag', tagOf(organization)).send(toRecord(organization));
}

/** The record shows the caller's role, which is no part of its version: an owner's tag is the version alone. */
function tagOf({ version, role }: Organization): string {
  return entityTag(version, role === 'owner' ? '' : role);
}

function toRecord({ id, name, contactEmail, role, createdAt }: Organization): OrganizationRecord {
  return { uuid: id, name, contact_email: contactEmail, role, created_at: createdAt };
}
