import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ref } from '../../http/schemas.ts';
import { callerOf, userOf } from '../../identity/callers.ts';
import { perAddress } from '../../plugins/rate-limit.ts';
import { answerOnce } from '../../plugins/safe-retries.ts';
import { loginOriginOf } from '../accounts/login-origin.ts';
import { givenPasswordOf, reauthenticationProblems } from '../accounts/reauthentication.ts';
import type { Reauthentication } from '../accounts/reauthentication.ts';
import { pageProblems } from '../console-session/console-door.ts';
import type { ConsoleDoor, FinishLogin } from '../console-session/console-door.ts';
import { FinishedLogin } from '../console-session/console-session-schemas.ts';
import type { SecondFactorLogin } from './second-factor-login.ts';
import * as schemas from './second-factor-schemas.ts';
import type { SecondFactorService } from './second-factor-service.ts';

export interface SecondFactorRoutesOptions {
  reauthentication: Reauthentication;
  secondFactors: SecondFactorService;
  secondFactorLogins: SecondFactorLogin;
  consoleDoor: ConsoleDoor;
}

const tags = ['Second factor'];
const NEEDS_PASSWORD = 'Needs a password that was given within 15 minutes.';

/** The authenticator app and the recovery codes: setting them up, and logging in with them. */
export const secondFactorRoutes: FastifyPluginAsyncTypebox<SecondFactorRoutesOptions> = async (
  app,
  { secondFactors, secondFactorLogins, consoleDoor, reauthentication },
) => {
  app.post(
    '/2fa/verify/',
    {
      config: {
        access: 'public',
        usesPassword: true,
        rateLimit: perAddress(60, 'minute'),
        problems: ['invalid_second_factor', 'account_locked', ...pageProblems],
      },
      schema: {
        operationId: 'verifySecondFactor',
        summary: 'Finish a login with a code',
        description:
          'Five tries, five minutes. Wrong ones count in the lockout of `login/`. A code of the app is good once, also for a ' +
          'moment before and after the half minute it is shown in, and so is a recovery code.',
        tags,
        body: ref(schemas.SecondFactorProof),
        response: { 200: ref(FinishedLogin) },
      },
    },
    async (request, reply) => {
      const { temp_token: tempToken, otp_token: code } = request.body;
      const origin = loginOriginOf(request, reply);
      const finish: FinishLogin = (open) =>
        secondFactorLogins.verifyCode(callerOf(request), { tempToken, code }, { origin, open });
      return reply.code(200).send(await consoleDoor.finish(request, reply, finish));
    },
  );

  app.post(
    '/account/2fa/totp/',
    {
      config: { access: 'user', problems: [...reauthenticationProblems, 'second_factor_exists'], isRepeatable: true },
      schema: {
        operationId: 'createTotp',
        summary: 'Begin to set up an authenticator app',
        description:
          'It changes nothing before a code was confirmed, and begins anew when it is called again. ' + NEEDS_PASSWORD,
        tags,
        body: ref(schemas.SecondFactorChange),
        response: { 201: ref(schemas.TotpSetup) },
      },
    },
    async (request, reply) => {
      await reauthentication.require(userOf(request), givenPasswordOf(request, reply));
      return answerOnce(request, reply, {
        make: (retry) => secondFactors.createTotp({ ...userOf(request), retry }),
        toAnswer: ({ secret, otpauthUrl }) => ({
          status: 201,
          version: null,
          body: { secret, otpauth_url: otpauthUrl },
        }),
      });
    },
  );

  app.post(
    '/account/2fa/totp/confirm/',
    {
      config: { access: 'user', problems: ['invalid_code'], isRepeatable: true },
      schema: {
        operationId: 'confirmTotp',
        summary: 'Make the authenticator app a second factor',
        description: 'From the answer on, a login asks for it. Logins that are open go on. The code is used up.',
        tags,
        body: ref(schemas.TotpConfirmation),
        response: { 200: ref(schemas.RecoveryCodes) },
      },
    },
    async (request, reply) =>
      answerOnce(request, reply, {
        make: (retry) => secondFactors.confirmTotp({ ...userOf(request), retry }, request.body.code),
        toAnswer: (codes) => ({ status: 200, version: null, body: { recovery_codes: codes } }),
      }),
  );

  app.delete(
    '/account/2fa/totp/',
    {
      config: {
        access: 'user',
        usesPassword: true,
        problems: ['not_found', 'wrong_password', 'invalid_code', 'account_locked'],
      },
      schema: {
        operationId: 'deleteTotp',
        summary: 'Remove the authenticator app',
        description: 'Takes the password and a code, or a recovery code. Wrong ones count in the lockout of `login/`.',
        tags,
        body: ref(schemas.TotpRemoval),
        response: { 204: Type.Null({ description: 'Removed.' }) },
      },
    },
    async (request, reply) => {
      await secondFactors.deleteTotp(userOf(request), request.body, loginOriginOf(request, reply));
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/account/2fa/recovery-codes/',
    {
      config: {
        access: 'user',
        problems: [...reauthenticationProblems, 'no_second_factor', 'invalid_code'],
        isRepeatable: true,
      },
      schema: {
        operationId: 'regenerateRecoveryCodes',
        summary: 'Replace the recovery codes',
        description:
          'With an authenticator app it takes a code of it, or a recovery code; wrong ones count in the lockout of `login/`. ' +
          NEEDS_PASSWORD,
        tags,
        body: ref(schemas.RecoveryCodesRenewal),
        response: { 200: ref(schemas.RecoveryCodes) },
      },
    },
    async (request, reply) => {
      await reauthentication.require(userOf(request), givenPasswordOf(request, reply));
      const { code } = request.body;
      const { source } = loginOriginOf(request, reply);
      return answerOnce(request, reply, {
        make: (retry) => secondFactors.regenerateRecoveryCodes({ ...userOf(request), retry }, { code, source }),
        toAnswer: (codes) => ({ status: 200, version: null, body: { recovery_codes: codes } }),
      });
    },
  );
};
