import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Cursors } from '../../http/cursor.ts';
import { readListRequest } from '../../http/pagination.ts';
import { entityTag, readIfMatch } from '../../http/preconditions.ts';
import { etagHeader, Id, IfMatch, linkHeader, OrganizationParams, ref, withHeaders } from '../../http/schemas.ts';
import { memberOf } from '../../identity/callers.ts';
import { givenPasswordOf, reauthenticationProblems } from '../accounts/reauthentication.ts';
import type { Reauthentication } from '../accounts/reauthentication.ts';
import type { Member } from './member-repository.ts';
import * as schemas from './member-schemas.ts';
import type { MemberService } from './member-service.ts';
import { roleCatalogue } from './role-catalogue.ts';

export interface MemberRoutesOptions {
  members: MemberService;
  reauthentication: Reauthentication;
  cursors: Cursors;
}

const tags = ['Members'];
const MemberParams = Type.Object({
  ...OrganizationParams.properties,
  member: { ...Id, description: 'The `uuid` of the member.' },
});

/** Who belongs to an organization, and as what. */
export const memberRoutes: FastifyPluginAsyncTypebox<MemberRoutesOptions> = async (app, options) => {
  const { members, reauthentication, cursors } = options;
  app.get(
    '/organizations/:org/members/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'listMembers',
        summary: 'List members',
        tags,
        params: OrganizationParams,
        querystring: schemas.MemberQuery,
        response: { 200: withHeaders(ref(schemas.MemberPage), linkHeader) },
      },
    },
    async (request, reply) => {
      const { page, respond } = readListRequest<schemas.MemberQuery>(cursors, request, reply);
      return reply.code(200).send(respond(await members.list(memberOf(request), page), toRecord));
    },
  );

  app.get(
    '/organizations/:org/members/:member/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'getMember',
        summary: 'Read a member',
        tags,
        params: MemberParams,
        response: { 200: withHeaders(ref(schemas.MemberRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      const member = await members.get(memberOf(request), request.params.member);
      return reply.code(200).header('etag', tagOf(member)).send(toRecord(member));
    },
  );

  app.patch(
    '/organizations/:org/members/:member/',
    {
      config: { access: 'admin', problems: [...reauthenticationProblems, 'last_owner'] },
      schema: {
        operationId: 'updateMember',
        summary: 'Change the role of a member',
        description:
          'Who becomes an owner or was one is decided by owners alone, with a password that was given within 15 minutes. The ' +
          'last owner stays one (409). Holds from the next request of that person on.',
        tags,
        params: MemberParams,
        headers: IfMatch,
        body: ref(schemas.MemberUpdate),
        response: { 200: withHeaders(ref(schemas.MemberRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      const caller = memberOf(request);
      const isProven = await reauthentication.check(caller, givenPasswordOf(request, reply));
      const change = { id: request.params.member, input: request.body, versions: readIfMatch(request), isProven };
      const member = await members.update(caller, change);
      return reply.code(200).header('etag', tagOf(member)).send(toRecord(member));
    },
  );

  app.delete(
    '/organizations/:org/members/:member/',
    {
      config: { access: 'reader', problems: [...reauthenticationProblems, 'insufficient_role', 'last_owner'] },
      schema: {
        operationId: 'deleteMember',
        summary: 'Remove a member, or leave',
        description:
          'Anybody may leave; others are removed by admins, owners by owners alone, and an owner leaves or is removed with a ' +
          'password that was given within 15 minutes. The last owner stays (409). What the person has made goes on; the ' +
          'person’s tokens are good for nothing here from now on.',
        tags,
        params: MemberParams,
        headers: IfMatch,
        body: ref(schemas.MemberDelete),
        response: { 204: Type.Null({ description: 'No member any more.' }) },
      },
    },
    async (request, reply) => {
      const caller = memberOf(request);
      const isProven = await reauthentication.check(caller, givenPasswordOf(request, reply));
      await members.delete(caller, { id: request.params.member, versions: readIfMatch(request), isProven });
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/organizations/:org/roles/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'listRoles',
        summary: 'List the roles',
        tags,
        params: OrganizationParams,
        response: { 200: ref(schemas.RoleList) },
      },
    },
    async (_request, reply) => reply.code(200).send({ results: [...roleCatalogue] }),
  );
};

/** A second factor comes and goes without the membership: it is no part of its version. */
function tagOf({ version, hasSecondFactor }: Member): string {
  return entityTag(version, hasSecondFactor ? 'secured' : '');
}

function toRecord(member: Member): schemas.MemberRecord {
  const { id, email, role, hasSecondFactor, joinedAt, lastSeenAt } = member;
  return {
    uuid: id,
    email,
    role,
    has_second_factor: hasSecondFactor,
    joined_at: joinedAt,
    last_seen_at: lastSeenAt,
  };
}
