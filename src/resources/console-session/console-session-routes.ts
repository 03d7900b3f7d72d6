import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ref } from '../../http/schemas.ts';
import { callerOf } from '../../identity/callers.ts';
import { unauthorized } from '../../identity/unauthorized.ts';
import { perAddress } from '../../plugins/rate-limit.ts';
import { LoginRequest } from '../accounts/account-schemas.ts';
import { loginOriginOf } from '../accounts/login-origin.ts';
import type { LoginService } from '../accounts/login-service.ts';
import { pageProblems } from './console-door.ts';
import type { ConsoleDoor } from './console-door.ts';
import * as schemas from './console-session-schemas.ts';
import type { ConsoleSessionService } from './console-session-service.ts';

export interface ConsoleSessionRoutesOptions {
  consoleDoor: ConsoleDoor;
  consoleLogins: ConsoleSessionService;
  logins: LoginService;
}

const tags = ['Console'];
const OWN_PAGE =
  'For the service’s own page: only requests that it makes itself are heard, with `x-latchkey-console: 1`, of the same origin.';

/** The session of the console, behind a cookie. No other origin is ever told anything here. */
export const consoleSessionRoutes: FastifyPluginAsyncTypebox<ConsoleSessionRoutesOptions> = async (app, options) => {
  const { consoleDoor, consoleLogins, logins } = options;
  const url = '/console/session/';

  app.post(
    url,
    {
      config: {
        access: 'public',
        usesPassword: true,
        cors: false,
        rateLimit: perAddress(60, 'minute'),
        problems: ['unauthorized', 'invalid_login', ...pageProblems, 'account_locked'],
      },
      schema: {
        operationId: 'openConsoleSession',
        summary: 'Log in to the console',
        description: `${OWN_PAGE} The rules and answers are those of \`login/\`. Sets the cookie of a new session; who has a second factor gets it from the routes under \`2fa/\`.`,
        tags,
        body: ref(LoginRequest),
        response: { 200: ref(schemas.ConsoleLoginAnswer) },
      },
    },
    async (request, reply) => {
      consoleDoor.requireOwnPage(request);
      if (!consoleDoor.isOwn(request)) throw unauthorized('a login that the console did not ask for');
      const login = { ...request.body, origin: loginOriginOf(request, reply) };
      const open = consoleLogins.opener(consoleDoor.heldCookie(request));
      const opened = await logins.login(callerOf(request), login, open);
      if (!('cookie' in opened)) return reply.code(200).send(opened);
      consoleDoor.setCookie(reply, opened.cookie);
      return reply.code(200).send(await consoleLogins.describe(opened.cookie));
    },
  );

  app.get(
    url,
    {
      config: { access: 'public', cors: false },
      schema: {
        operationId: 'getConsoleSession',
        summary: 'Read who is logged in to the console',
        description: `${OWN_PAGE} With the cookie other routes take \`x-latchkey-user\`, the \`uuid\` of the user whose page it is: where the cookie is another user’s it is a request without one. Without a session \`user\` is null. Asking is no use of the session: it ends as if nobody had asked.`,
        tags,
        response: { 200: ref(schemas.ConsoleSession) },
      },
    },
    async (request, reply) => reply.code(200).send(await consoleLogins.describe(consoleDoor.heldCookie(request))),
  );

  app.delete(
    url,
    {
      config: { access: 'public', cors: false, rateLimit: perAddress(120, 'minute') },
      schema: {
        operationId: 'endConsoleSession',
        summary: 'Log out of the console',
        description: `${OWN_PAGE} Takes the cookie away. Without a session there is nothing to do, which is an answer too.`,
        tags,
        response: { 204: Type.Null({ description: 'Nobody is logged in.' }) },
      },
    },
    async (request, reply) => {
      const held = consoleDoor.heldCookie(request);
      if (held !== undefined) await consoleLogins.logOut(callerOf(request), held);
      if (consoleDoor.isOwn(request)) consoleDoor.setCookie(reply, null);
      return reply.code(204).send(null);
    },
  );
};
