import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Cursors } from '../../http/cursor.ts';
import { readListRequest } from '../../http/pagination.ts';
import { entityTag, readIfMatch } from '../../http/preconditions.ts';
import { etagHeader, Id, IfMatch, linkHeader, OrganizationParams, ref, withHeaders } from '../../http/schemas.ts';
import { callerOf, memberOf } from '../../identity/callers.ts';
import { perAddress } from '../../plugins/rate-limit.ts';
import { answerOnce } from '../../plugins/safe-retries.ts';
import { loginOriginOf } from '../accounts/login-origin.ts';
import { givenPasswordOf, reauthenticationProblems } from '../accounts/reauthentication.ts';
import type { Reauthentication } from '../accounts/reauthentication.ts';
import { toRole } from '../members/role-catalogue.ts';
import { pageProblems } from '../console-session/console-door.ts';
import type { ConsoleDoor } from '../console-session/console-door.ts';
import type { InvitationAcceptance } from './invitation-acceptance.ts';
import type { Invitation } from './invitation-repository.ts';
import * as schemas from './invitation-schemas.ts';
import type { InvitationService } from './invitation-service.ts';

export interface InvitationRoutesOptions {
  invitations: InvitationService;
  invitationAcceptance: InvitationAcceptance;
  consoleDoor: ConsoleDoor;
  reauthentication: Reauthentication;
  cursors: Cursors;
}

const tags = ['Members'];
const InvitationParams = Type.Object({
  ...OrganizationParams.properties,
  invitation: { ...Id, description: 'The `uuid` of the invitation.' },
});
const INVITING =
  'Mails a link that works once, within 7 days. Who is a member or invited already gets no mail. The answer is the same ' +
  'whether or not an address has an account. An organization sends at most 100 such mails an hour and 200 a day; at most ' +
  '5 an hour and 20 a day reach one address, and no more are sent to it then. Only owners invite owners, with a ' +
  'password that was given within 15 minutes.';

/** How people who are no members yet become some. */
export const invitationRoutes: FastifyPluginAsyncTypebox<InvitationRoutesOptions> = async (app, options) => {
  const { invitations, invitationAcceptance, consoleDoor, reauthentication, cursors } = options;
  app.post(
    '/organizations/:org/members/invite/',
    {
      config: { access: 'admin', problems: [...reauthenticationProblems, 'quota_reached'], isRepeatable: true },
      schema: {
        operationId: 'inviteMembers',
        summary: 'Invite one to five people by email',
        description: INVITING,
        tags,
        params: OrganizationParams,
        body: ref(schemas.MembersInvite),
        response: { 200: ref(schemas.InviteResults) },
      },
    },
    async (request, reply) => {
      const { emails, role } = request.body;
      const caller = memberOf(request);
      const isProven = await reauthentication.check(caller, givenPasswordOf(request, reply));
      return answerOnce(request, reply, {
        make: (retry) => invitations.invite({ ...caller, retry }, { emails, role: toRole(role), isProven }),
        toAnswer: (made) => ({ status: 200, version: null, body: made }),
      });
    },
  );

  app.post(
    '/organizations/:org/members/',
    {
      config: { access: 'admin', problems: [...reauthenticationProblems, 'quota_reached'], isRepeatable: true },
      schema: {
        operationId: 'inviteMember',
        summary: 'Invite one person by email',
        description: `The same as \`members/invite/\` with one email. ${INVITING}`,
        tags,
        params: OrganizationParams,
        body: ref(schemas.MemberInvite),
        response: { 200: ref(schemas.InviteResults) },
      },
    },
    async (request, reply) => {
      const { email, role = 'reader' } = request.body;
      const caller = memberOf(request);
      const isProven = await reauthentication.check(caller, givenPasswordOf(request, reply));
      return answerOnce(request, reply, {
        make: (retry) => invitations.invite({ ...caller, retry }, { emails: [email], role: toRole(role), isProven }),
        toAnswer: (made) => ({ status: 200, version: null, body: made }),
      });
    },
  );

  app.get(
    '/organizations/:org/members/pending/',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'listInvitations',
        summary: 'List open invitations',
        tags,
        params: OrganizationParams,
        querystring: schemas.InvitationQuery,
        response: { 200: withHeaders(ref(schemas.InvitationPage), linkHeader) },
      },
    },
    async (request, reply) => {
      const { page, respond } = readListRequest<schemas.InvitationQuery>(cursors, request, reply);
      return reply.code(200).send(respond(await invitations.list(memberOf(request), page), toRecord));
    },
  );

  app.get(
    '/organizations/:org/members/pending/:invitation/',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'getInvitation',
        summary: 'Read an open invitation',
        tags,
        params: InvitationParams,
        response: { 200: withHeaders(ref(schemas.InvitationRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      const invitation = await invitations.get(memberOf(request), request.params.invitation);
      return reply.code(200).header('etag', entityTag(invitation.version)).send(toRecord(invitation));
    },
  );

  app.post(
    '/organizations/:org/members/pending/:invitation/',
    {
      config: { access: 'admin', problems: [...reauthenticationProblems], isRepeatable: true },
      schema: {
        operationId: 'resendInvitation',
        summary: 'Send an invitation again',
        description:
          'With a new link, which works for 7 days; the one before works no longer. Counts as `members/invite/` says, and ' +
          'where no mail is sent any more nothing changes, and `sent_at` stays: the last link goes on.',
        tags,
        params: InvitationParams,
        headers: IfMatch,
        body: ref(schemas.InvitationResend),
        response: { 200: withHeaders(ref(schemas.InvitationRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      const caller = memberOf(request);
      const isProven = await reauthentication.check(caller, givenPasswordOf(request, reply));
      const target = { id: request.params.invitation, versions: readIfMatch(request), isProven };
      return answerOnce(request, reply, {
        make: (retry) => invitations.resend({ ...caller, retry }, target),
        toAnswer: (sent) => ({ status: 200, version: sent.version, body: toRecord(sent) }),
      });
    },
  );

  app.delete(
    '/organizations/:org/members/pending/:invitation/',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'deleteInvitation',
        summary: 'Withdraw an invitation',
        tags,
        params: InvitationParams,
        headers: IfMatch,
        response: { 204: Type.Null({ description: 'Its link is good for nothing from now on.' }) },
      },
    },
    async (request, reply) => {
      const target = { id: request.params.invitation, versions: readIfMatch(request) };
      await invitations.withdraw(memberOf(request), target);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/programmatic/invitations/accept/',
    {
      config: {
        access: 'public-or-user',
        usesPassword: 'unless logged in',
        rateLimit: perAddress(60, 'minute'),
        problems: ['invalid_invitation', 'login_required', 'wrong_account', 'quota_reached', ...pageProblems],
      },
      schema: {
        operationId: 'acceptInvitation',
        summary: 'Accept an invitation',
        description:
          'Without an admin token and with a `password` it makes the account of the email that was invited, and logs in: the ' +
          'mail has proven the email. Where that email has an account, its admin token is needed (401 `login_required` ' +
          'without, 403 `wrong_account` with somebody else’s), and no password.',
        tags: ['Accounts'],
        body: ref(schemas.InvitationAccept),
        response: { 200: ref(schemas.InvitationAccepted) },
      },
    },
    async (request, reply) => {
      const { token, password } = request.body;
      const { source } = loginOriginOf(request, reply);
      const open = consoleDoor.openerFor(request);
      const joined = await invitationAcceptance.accept(callerOf(request), { token, password, source }, open);
      const { organization, role, opened } = joined;
      const tokens = opened === null ? {} : await consoleDoor.handOver(reply, opened);
      return reply
        .code(200)
        .send({ ...tokens, organization: { uuid: organization.id, name: organization.name }, role });
    },
  );
};

function toRecord(invitation: Invitation): schemas.InvitationRecord {
  const { id, email, role, invitedBy, createdAt, sentAt, expiresAt } = invitation;
  return {
    ...{ uuid: id, email, role, invited_by: invitedBy },
    ...{ created_at: createdAt, sent_at: sentAt, expires_at: expiresAt },
  };
}
