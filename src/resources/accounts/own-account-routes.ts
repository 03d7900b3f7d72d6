import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Cursors } from '../../http/cursor.ts';
import { readListRequest } from '../../http/pagination.ts';
import { linkHeader, ref, withHeaders } from '../../http/schemas.ts';
import { userOf } from '../../identity/callers.ts';
import type { OwnSession } from '../../identity/own-session-repository.ts';
import { perAddress } from '../../plugins/rate-limit.ts';
import { Message } from './account-schemas.ts';
import { loginOriginOf } from './login-origin.ts';
import * as schemas from './own-account-schemas.ts';
import type { OwnAccountService } from './own-account-service.ts';
import { givenPasswordOf, reauthenticationProblems } from './reauthentication.ts';
import type { Reauthentication } from './reauthentication.ts';

export interface OwnAccountRoutesOptions {
  ownAccounts: OwnAccountService;
  reauthentication: Reauthentication;
  cursors: Cursors;
}

const tags = ['Accounts'];

/** One's own account: password and sessions. */
export const ownAccountRoutes: FastifyPluginAsyncTypebox<OwnAccountRoutesOptions> = async (app, options) => {
  const { ownAccounts, reauthentication, cursors } = options;

  app.get(
    '/account/',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'getAccount',
        summary: 'Read my account',
        tags,
        response: { 200: ref(schemas.AccountRecord) },
      },
    },
    async (request, reply) => {
      const { id, email, createdAt, hasAuthenticator, hasPasskeys } = await ownAccounts.get(userOf(request));
      const factors = { has_authenticator: hasAuthenticator, has_passkeys: hasPasskeys };
      return reply.code(200).send({ uuid: id, email, created_at: createdAt.toISOString(), ...factors });
    },
  );

  app.post(
    '/account/change-password/',
    {
      config: {
        access: 'user',
        usesPassword: true,
        rateLimit: perAddress(60, 'minute'),
        problems: ['wrong_password', 'account_locked'],
      },
      schema: {
        operationId: 'changePassword',
        summary: 'Change my password',
        description:
          'Ends every session but this one, and tells the user by mail. A wrong `current_password` counts as a failed login.',
        tags,
        body: ref(schemas.PasswordChange),
        response: { 200: ref(Message) },
      },
    },
    async (request, reply) => {
      const { current_password: currentPassword, password } = request.body;
      const origin = loginOriginOf(request, reply);
      await ownAccounts.changePassword(userOf(request), { currentPassword, password, origin });
      return reply.code(200).send({ message: 'The password was changed, and every other session has ended.' });
    },
  );

  app.post(
    '/account/reauthenticate/',
    {
      config: { access: 'user', usesPassword: true, problems: reauthenticationProblems },
      schema: {
        operationId: 'reauthenticate',
        summary: 'Give my password again',
        description:
          'For 15 minutes this session may do what needs a password that was given lately. Any request that needs one also ' +
          'takes it itself, as `password`.',
        tags,
        body: ref(schemas.Reauthentication),
        response: { 204: Type.Null({ description: 'The 15 minutes begin anew.' }) },
      },
    },
    async (request, reply) => {
      await reauthentication.require(userOf(request), givenPasswordOf(request, reply));
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/account/sessions/',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listSessions',
        summary: 'List my sessions',
        description: 'Logins that have not ended. Those of a trusted issuer are not here.',
        tags,
        querystring: schemas.SessionQuery,
        response: { 200: withHeaders(ref(schemas.SessionPage), linkHeader) },
      },
    },
    async (request, reply) => {
      const caller = userOf(request);
      const { page, respond } = readListRequest<schemas.SessionQuery>(cursors, request, reply);
      const sessions = await ownAccounts.listSessions(caller, page);
      return reply.code(200).send(respond(sessions, (session) => toRecord(session, caller.sessionId)));
    },
  );

  app.delete(
    '/account/sessions/:session/',
    {
      config: { access: 'user', problems: reauthenticationProblems },
      schema: {
        operationId: 'endSession',
        summary: 'End one of my sessions',
        description:
          'Its tokens, or its cookie, are refused from the answer on. It may be this one; another one needs a password that ' +
          'was given within 15 minutes.',
        tags,
        params: schemas.SessionParams,
        body: ref(schemas.SessionsEnd),
        response: { 204: Type.Null({ description: 'Ended.' }) },
      },
    },
    async (request, reply) => {
      const caller = userOf(request);
      const isProven = await reauthentication.check(caller, givenPasswordOf(request, reply));
      await ownAccounts.endSession(caller, { sessionId: request.params.session, isProven });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/account/sessions/',
    {
      config: { access: 'user', problems: reauthenticationProblems },
      schema: {
        operationId: 'endOtherSessions',
        summary: 'End all my sessions but this one',
        description: 'Needs a password that was given within 15 minutes.',
        tags,
        body: ref(schemas.SessionsEnd),
        response: { 204: Type.Null({ description: 'Ended, however many there were.' }) },
      },
    },
    async (request, reply) => {
      const caller = userOf(request);
      await reauthentication.require(caller, givenPasswordOf(request, reply));
      await ownAccounts.endOtherSessions(caller);
      return reply.code(204).send(null);
    },
  );
};

function toRecord(session: OwnSession, currentId: string | null): schemas.SessionRecord {
  return {
    uuid: session.id,
    kind: session.kind,
    current: session.id === currentId,
    created_at: session.createdAt.toISOString(),
    password_given_at: session.provenAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    last_seen_ip: session.lastSeenIp,
    user_agent: session.userAgent,
    expires_at: session.expiresAt.toISOString(),
  };
}
