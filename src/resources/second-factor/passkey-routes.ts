import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Cursors } from '../../http/cursor.ts';
import { readListRequest } from '../../http/pagination.ts';
import { Id, linkHeader, ref, withHeaders } from '../../http/schemas.ts';
import { callerOf, userOf } from '../../identity/callers.ts';
import { perAddress } from '../../plugins/rate-limit.ts';
import { answerOnce } from '../../plugins/safe-retries.ts';
import { loginOriginOf } from '../accounts/login-origin.ts';
import { givenPasswordOf, reauthenticationProblems } from '../accounts/reauthentication.ts';
import type { Reauthentication } from '../accounts/reauthentication.ts';
import type { Passkey } from './passkey-repository.ts';
import * as schemas from './passkey-schemas.ts';
import type { PasskeyService } from './passkey-service.ts';
import { pageProblems } from '../console-session/console-door.ts';
import type { ConsoleDoor, FinishLogin } from '../console-session/console-door.ts';
import { FinishedLogin } from '../console-session/console-session-schemas.ts';
import type { SecondFactorLogin } from './second-factor-login.ts';
import { SecondFactorChange } from './second-factor-schemas.ts';

export interface PasskeyRoutesOptions {
  passkeys: PasskeyService;
  reauthentication: Reauthentication;
  secondFactorLogins: SecondFactorLogin;
  consoleDoor: ConsoleDoor;
  cursors: Cursors;
}

const tags = ['Second factor'];
const NEEDS_PASSWORD = 'Needs a password that was given within 15 minutes.';
const PasskeyParams = Type.Object({ passkey: { ...Id, description: 'The `uuid` of the passkey.' } });

/** Logging in with a passkey, once the password was right. */
export const passkeyLoginRoutes: FastifyPluginAsyncTypebox<PasskeyRoutesOptions> = async (
  app,
  { secondFactorLogins, consoleDoor },
) => {
  app.post(
    '/2fa/passkey/options/',
    {
      config: {
        access: 'public',
        usesPassword: true,
        rateLimit: perAddress(60, 'minute'),
        problems: ['invalid_second_factor'],
      },
      schema: {
        operationId: 'createPasskeyLoginOptions',
        summary: 'Begin to finish a login with a passkey',
        description: 'The challenge is good once, as long as the `temp_token` is; a newer one takes its place.',
        tags,
        body: ref(schemas.PasskeyLoginOptionsRequest),
        response: { 200: ref(schemas.PasskeyRequestOptions) },
      },
    },
    async (request, reply) =>
      reply.code(200).send(await secondFactorLogins.makePasskeyOptions(request.body.temp_token)),
  );

  app.post(
    '/2fa/passkey/verify/',
    {
      config: {
        access: 'public',
        usesPassword: true,
        rateLimit: perAddress(60, 'minute'),
        problems: ['invalid_second_factor', 'account_locked', ...pageProblems],
      },
      schema: {
        operationId: 'verifyPasskey',
        summary: 'Finish a login with a passkey',
        description: 'Takes the answer to the newest challenge. It counts as a try of `2fa/verify/` does.',
        tags,
        body: ref(schemas.PasskeyProof),
        response: { 200: ref(FinishedLogin) },
      },
    },
    async (request, reply) => {
      const { temp_token: tempToken, credential } = request.body;
      const origin = loginOriginOf(request, reply);
      const proof = { tempToken, credential };
      const finish: FinishLogin = (open) =>
        secondFactorLogins.verifyPasskey(callerOf(request), proof, { origin, open });
      return reply.code(200).send(await consoleDoor.finish(request, reply, finish));
    },
  );
};

/** One's own passkeys. */
export const passkeyRoutes: FastifyPluginAsyncTypebox<PasskeyRoutesOptions> = async (
  app,
  { passkeys, reauthentication, cursors },
) => {
  app.get(
    '/account/passkeys/',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listPasskeys',
        summary: 'List my passkeys',
        tags,
        querystring: schemas.PasskeyQuery,
        response: { 200: withHeaders(ref(schemas.PasskeyPage), linkHeader) },
      },
    },
    async (request, reply) => {
      const { page, respond } = readListRequest<schemas.PasskeyQuery>(cursors, request, reply);
      return reply.code(200).send(respond(await passkeys.list(userOf(request), page), toRecord));
    },
  );

  app.post(
    '/account/passkeys/options/',
    {
      config: { access: 'user', problems: [...reauthenticationProblems, 'quota_reached'] },
      schema: {
        operationId: 'createPasskeyOptions',
        summary: 'Begin to make a passkey',
        description: `The challenge is good once, for five minutes; a newer one takes its place. ${NEEDS_PASSWORD}`,
        tags,
        body: ref(SecondFactorChange),
        response: { 200: ref(schemas.PasskeyCreationOptions) },
      },
    },
    async (request, reply) => {
      await reauthentication.require(userOf(request), givenPasswordOf(request, reply));
      return reply.code(200).send(await passkeys.makeOptions(userOf(request)));
    },
  );

  app.post(
    '/account/passkeys/',
    {
      config: { access: 'user', problems: ['invalid_passkey', 'quota_reached'], isRepeatable: true },
      schema: {
        operationId: 'createPasskey',
        summary: 'Keep the passkey that was made',
        description:
          'Takes the answer to the newest challenge of `options/`, from a page of `PUBLIC_URL` or of `CORS_ORIGINS`. At most ' +
          '20 of one user. The user was verified by the authenticator; what made it is not asked for.',
        tags,
        body: ref(schemas.PasskeyCreate),
        response: { 201: ref(schemas.PasskeyCreated) },
      },
    },
    async (request, reply) =>
      answerOnce(request, reply, {
        make: (retry) => passkeys.create({ ...userOf(request), retry }, request.body),
        toAnswer: ({ passkey, recoveryCodes }) => ({
          status: 201,
          version: null,
          body: { ...toRecord(passkey), recovery_codes: recoveryCodes },
        }),
      }),
  );

  app.delete(
    '/account/passkeys/:passkey/',
    {
      config: { access: 'user', problems: reauthenticationProblems },
      schema: {
        operationId: 'deletePasskey',
        summary: 'Remove a passkey',
        description: NEEDS_PASSWORD,
        tags,
        params: PasskeyParams,
        body: ref(SecondFactorChange),
        response: { 204: Type.Null({ description: 'Removed.' }) },
      },
    },
    async (request, reply) => {
      const { passkey } = request.params;
      await passkeys.requireOwn(userOf(request), passkey);
      await reauthentication.require(userOf(request), givenPasswordOf(request, reply));
      await passkeys.delete(userOf(request), passkey);
      return reply.code(204).send(null);
    },
  );
};

function toRecord({ id, name, createdAt, lastUsedAt }: Passkey): schemas.PasskeyRecord {
  return { uuid: id, name, created_at: createdAt, last_used_at: lastUsedAt };
}
