import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { callerOf } from '../../identity/callers.ts';
import { perAddress } from '../../plugins/rate-limit.ts';
import { ref } from '../../http/schemas.ts';
import { pageProblems } from '../console-session/console-door.ts';
import type { ConsoleDoor } from '../console-session/console-door.ts';
import * as schemas from './account-schemas.ts';
import type { AccountService } from './account-service.ts';
import { loginOriginOf } from './login-origin.ts';
import type { LoginService } from './login-service.ts';
import type { PasswordResetService } from './password-reset-service.ts';
import type { SessionService } from '../../identity/session-service.ts';

export interface AccountRoutesOptions {
  accounts: AccountService;
  consoleDoor: ConsoleDoor;
  logins: LoginService;
  passwordResets: PasswordResetService;
  sessions: SessionService;
}

const tags = ['Accounts'];

/** Registration, by which a person becomes a user. */
export const registrationRoutes: FastifyPluginAsyncTypebox<AccountRoutesOptions> = async (app, options) => {
  const { accounts, consoleDoor } = options;
  app.post(
    '/programmatic/register/',
    {
      config: {
        access: 'public',
        usesPassword: true,
        rateLimit: perAddress(60, 'minute'),
        validRateLimit: perAddress(5, 'hour'),
      },
      schema: {
        operationId: 'register',
        summary: 'Register with an email and a password',
        description:
          'Mails a code for `verify-email/`: at most 5 an hour and 20 a day go to one email, and each starts the minute of ' +
          '`resend-otp/`. The answer is always the same and tells nothing of the email. When an email is registered with ' +
          'two different passwords before its code is entered, neither will open the account: it takes a password reset.',
        tags,
        body: ref(schemas.RegisterRequest),
        response: { 201: ref(schemas.Registration) },
      },
    },
    async (request, reply) => {
      const { email } = request.body;
      await accounts.register(callerOf(request), request.body);
      return reply.code(201).send({ message: 'A code was sent to this address.', email });
    },
  );

  app.post(
    '/programmatic/resend-otp/',
    mailing({
      operationId: 'resendCode',
      summary: 'Ask for a new code',
      description:
        'At most one a minute per email, and not more mails than `register/` says. The older code no longer works.',
    }),
    async (request, reply) => {
      await accounts.resendCode(callerOf(request), request.body.email);
      return reply.code(200).send({ message: 'If this address is waiting for a code, a new one was sent.' });
    },
  );

  app.post(
    '/programmatic/verify-email/',
    {
      config: {
        access: 'public',
        usesPassword: true,
        rateLimit: perAddress(60, 'minute'),
        problems: ['invalid_code', ...pageProblems],
      },
      schema: {
        operationId: 'verifyEmail',
        summary: 'Enter the code and get everything to start with',
        description:
          'Makes the user, an organization and its first application. The answer is the only one that ever holds this ' +
          '`api_key`. Five tries, ten minutes, single use.',
        tags,
        body: ref(schemas.VerifyEmailRequest),
        response: { 200: ref(schemas.FirstAccess) },
      },
    },
    async (request, reply) => {
      const { source } = loginOriginOf(request, reply);
      const open = consoleDoor.openerFor(request);
      const { made, opened } = await accounts.verifyEmail(callerOf(request), { ...request.body, source }, open);
      return reply.code(200).send({ ...(await consoleDoor.handOver(reply, opened)), ...made });
    },
  );
};

/** Logins, and what happens when a password is forgotten. */
export const loginRoutes: FastifyPluginAsyncTypebox<AccountRoutesOptions> = async (app, options) => {
  const { logins, passwordResets, sessions, consoleDoor } = options;
  app.post(
    '/programmatic/login/',
    {
      config: {
        access: 'public',
        usesPassword: true,
        rateLimit: perAddress(60, 'minute'),
        problems: ['invalid_login', 'account_locked'],
      },
      schema: {
        operationId: 'login',
        summary: 'Log in',
        description:
          'Failed logins lock the account for the address they came from: 5 for 15 minutes, 10 for 1 hour, 20 for 24. ' +
          'After 50 in a day from anywhere, it listens only to addresses it was logged in from before. For a user with a ' +
          'second factor the answer has a `temp_token` in the place of tokens: go on with `2fa/verify/`, or with ' +
          '`2fa/passkey/options/`.',
        tags,
        body: ref(schemas.LoginRequest),
        response: { 200: ref(schemas.LoginAnswer) },
      },
    },
    async (request, reply) => {
      consoleDoor.requireNoPage(request);
      const login = { ...request.body, origin: loginOriginOf(request, reply) };
      const answer = await logins.login(callerOf(request), login, sessions.open);
      return reply.code(200).send('claims' in answer ? await sessions.sign(answer) : answer);
    },
  );

  app.post(
    '/programmatic/refresh/',
    {
      config: {
        access: 'public',
        // It prolongs a login that was one with a password.
        usesPassword: true,
        rateLimit: perAddress(120, 'minute'),
        problems: ['invalid_refresh_token'],
      },
      schema: {
        operationId: 'refresh',
        summary: 'Spend a refresh token for new tokens',
        description:
          'A refresh token is good once. Within ten seconds it is answered with the same new refresh token once more, for an ' +
          'answer that was lost; otherwise using it again ends the session with all its tokens. A session ends 90 days ' +
          'after its login.',
        tags,
        body: ref(schemas.RefreshRequest),
        response: { 200: ref(schemas.TokenPair) },
      },
    },
    async (request, reply) => {
      consoleDoor.requireNoPage(request);
      return reply.code(200).send(await sessions.refresh(callerOf(request), request.body.refresh_token));
    },
  );

  app.post(
    '/programmatic/logout/',
    {
      config: { access: 'public', rateLimit: perAddress(120, 'minute'), problems: ['invalid_refresh_token'] },
      schema: {
        operationId: 'logout',
        summary: 'Log out',
        description: 'Ends the session: its refresh token and its admin tokens are refused from now on.',
        tags,
        body: ref(schemas.RefreshRequest),
        response: { 204: Type.Null({ description: 'Logged out.' }) },
      },
    },
    async (request, reply) => {
      await sessions.end(callerOf(request), request.body.refresh_token);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/programmatic/forgot-password/',
    mailing({
      operationId: 'forgotPassword',
      summary: 'Ask for a code to reset the password',
      description:
        'The answer is always the same. At most one mail a minute per email, and not more than `register/` says.',
    }),
    async (request, reply) => {
      await passwordResets.ask(callerOf(request), request.body.email);
      return reply.code(200).send({ message: 'If this address has an account, a code was sent.' });
    },
  );

  app.post(
    '/programmatic/reset-password/',
    {
      config: { access: 'public', usesPassword: true, rateLimit: perAddress(60, 'minute'), problems: ['invalid_code'] },
      schema: {
        operationId: 'resetPassword',
        summary: 'Choose a new password with the code',
        description: 'Ends every session of the user.',
        tags,
        body: ref(schemas.ResetPasswordRequest),
        response: { 200: ref(schemas.Message) },
      },
    },
    async (request, reply) => {
      const { source } = loginOriginOf(request, reply);
      await passwordResets.reset(callerOf(request), { ...request.body, source });
      return reply.code(200).send({ message: 'The password was changed. Log in again.' });
    },
  );
};

/** A route that takes an email and says nothing of it: all else is in a mail. */
function mailing(operation: { operationId: string; summary: string; description: string }) {
  return {
    config: { access: 'public' as const, usesPassword: true as const, rateLimit: perAddress(30, 'hour') },
    schema: {
      ...operation,
      tags,
      body: ref(schemas.EmailRequest),
      response: { 200: ref(schemas.Message) },
    },
  };
}
