import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { countMails, waitForMail } from '../support/accounts.ts';
import { createSchemaCompiler, operationsOf, requestExamplesOf, responseOf } from '../support/api-document.ts';
import type { ApiDocument, PlacedOperation } from '../support/api-document.ts';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { insertInvitation, insertMember, subjectOf } from '../support/factories.ts';
import { Lines, readLines } from '../support/lines.ts';
import { basic } from '../support/machines.ts';
import { pageHeaders } from '../support/console.ts';
import { makeSession } from '../support/every-route.ts';
import { readInvitation } from '../support/members.ts';
import { managementOperations, operations } from '../support/operations.ts';
import { codeOf, removeTotp, setUpPasskey, setUpTotp } from '../support/second-factor.ts';

const EMAIL = 'ada@acme.example';
const NDJSON = 'application/x-ndjson';
const FORM = 'application/x-www-form-urlencoded';
/** Documented headers whose absence has a meaning. */
const optionalHeaders = ['Link', 'x-application-id', 'idempotency-replayed'];

/** What the document leaves open: ids, credentials, and the values that only a mail or an earlier answer holds. */
interface Given {
  path?: Record<string, string>;
  headers?: Record<string, string>;
  substitute?: object;
}

void t.test(
  'every request example of the document works as it stands, and every answer is as documented',
  async (t) => {
    const test = await build(t, { env: { RATE_LIMIT_ENABLED: 'true' } });
    const { send, sent, document } = createSender(t, test);

    await send('resendCode');
    await send('register');
    const first = await send('verifyEmail', { substitute: { code: await test.readCode(EMAIL) } });
    const session = first.json<{ refresh_token: string }>();
    const login = (await send('login')).json<{ access_token: string }>();
    const headers = { authorization: `Bearer ${login.access_token}` };

    await send('refresh', { substitute: { refresh_token: session.refresh_token } });
    const other = (await send('login')).json<{ refresh_token: string }>();
    await send('logout', { substitute: { refresh_token: other.refresh_token } });

    await send('openConsoleSession', { headers: pageHeaders });
    await send('getConsoleSession', { headers: pageHeaders });
    await send('endConsoleSession', { headers: pageHeaders });

    const { uuid: org } = (await send('createOrganization', { headers })).json<{ uuid: string }>();
    const path = { org };

    const { uuid: app } = (await send('createApplication', { path, headers })).json<{ uuid: string }>();

    const { client_id } = (await send('createApiClient', { path, headers })).json<{ client_id: string }>();
    const client = { path: { org, client_id }, headers };
    const { client_secret } = (await send('regenerateSecret', client)).json<{ client_secret: string }>();
    const { results } = (await send('listSecrets', client)).json<{ results: { uuid: string }[] }>();

    const basicHeaders = { authorization: basic(client_id, client_secret) };
    const { access_token } = (await send('issueToken', { headers: basicHeaders })).json<{ access_token: string }>();
    const credentials = [{ 'x-api-key': client_secret }, basicHeaders, { authorization: `Bearer ${access_token}` }];
    for (const credential of credentials) {
      await send('verifyCredential', { headers: credential });
      await send('verifyCredentialHead', { headers: credential });
      await send('verifyCredentialWith', { headers: credential });
    }
    const substitute = { token: access_token };
    const introspection = await send('introspectToken', { headers: basicHeaders, substitute });
    t.match(introspection.json(), { active: true, client_id });
    await send('revokeToken', { headers: basicHeaders, substitute });

    // All that has no order of its own, before what ends things.
    const ownSession = await makeSession(test, login.access_token);
    const people = { member: await insertMember(test, org), invitation: await insertInvitation(test, org) };
    const all = {
      path: { org, app, client_id, secret: results[0]?.uuid ?? '', session: ownSession, ...people },
      headers,
    };
    const retiring = { path: { ...all.path, secret: results[1]?.uuid ?? '' }, headers };
    const ends = /^(?:delete|revoke|change)|^updateOrganization$/;
    const ready = async (operationId: string) => {
      const { body: own, ...ids } = (await operations[operationId]?.ready?.(test, login.access_token)) ?? {};
      return { ...all, path: { ...all.path, ...ids }, ...(own === undefined ? {} : { substitute: own }) };
    };
    for (const operationId of managementOperations.filter((id) => !ends.test(id) && !sent.has(id))) {
      await send(operationId, await ready(operationId));
    }
    await sendSecondFactors();
    for (const operationId of ['deleteTotp', 'deletePasskey']) await send(operationId, await ready(operationId));
    await send('changePassword', { headers });
    await send('acceptInvitation', { substitute: { token: await readInvitation(test, 'edsger@acme.example') } });
    await send('deleteInvitation', all);
    await send('deleteMember', all);
    await send('revokeSecret', retiring);
    await send('deleteApiClient', client);
    await send('deleteApplication', { path: { org, app }, headers });
    await send('deleteOrganization', { path, headers });
    const renamed = (await send('createOrganization', { headers })).json<{ uuid: string }>();
    await send('updateOrganization', { path: { org: renamed.uuid }, headers });

    for (const [operationId] of Object.entries(operations).filter(([, { neverFails }]) => neverFails !== undefined)) {
      await send(operationId);
    }
    await waitForMail(test);
    const mails = countMails(test, EMAIL);
    await send('forgotPassword');
    await send('resetPassword', { substitute: { code: await test.readCode(EMAIL, mails + 1) } });

    async function sendSecondFactors(): Promise<void> {
      const user = { token: login.access_token, userId: subjectOf(login.access_token) };
      await removeTotp(test, user.token);
      const { secret } = await setUpTotp(test, user);
      const { authenticator } = await setUpPasskey(test, user);
      const begin = async () => (await send('login')).json<{ temp_token: string }>().temp_token;
      await send('verifySecondFactor', { substitute: { temp_token: await begin(), otp_token: codeOf(secret) } });
      const substitute = { temp_token: await begin() };
      const asked = (await send('createPasskeyLoginOptions', { substitute })).json<{ challenge: string }>();
      await send('verifyPasskey', { substitute: { ...substitute, credential: authenticator.get(asked) } });
    }

    const documented = operationsOf(document).map(({ operationId }) => operationId);
    t.same(
      documented.filter((operationId) => !sent.has(operationId)),
      [],
      'no operation was left out',
    );
  },
);

function createSender(t: Pick<typeof import('tap').t, 'equal' | 'ok'>, { app, request }: TestApp) {
  const document = app.swagger() as unknown as ApiDocument;
  const compile = createSchemaCompiler(document);
  const described = new Map(operationsOf(document).map((operation) => [operation.operationId, operation]));
  const sent = new Set<string>();

  /** Sends every example of an operation's body, or nothing where it has none, and returns the last answer. */
  async function send(operationId: string, given: Given = {}): Promise<LightMyRequestResponse> {
    const operation = described.get(operationId);
    if (operation === undefined) throw new Error(`the document has no operation ${operationId}`);
    const bodies = requestExamplesOf(document, operation).flatMap(([mediaType, examples]) =>
      examples.map((example) => ({ mediaType, example: { ...(example as object), ...given.substitute } })),
    );
    let answer: LightMyRequestResponse | undefined;
    for (const { mediaType, example } of bodies.length === 0 ? [{ mediaType: undefined, example: {} }] : bodies) {
      answer = await request(operation.method, fill(operation.path, given.path), {
        headers: { ...given.headers, ...(mediaType === undefined ? {} : { 'content-type': mediaType }) },
        ...(mediaType === undefined ? {} : { body: encode(mediaType, example) }),
      });
      check(operation, answer);
    }
    sent.add(operationId);
    if (answer === undefined) throw new Error(`${operationId} has no example to send`);
    return answer;
  }

  function check(operation: PlacedOperation, answer: LightMyRequestResponse): void {
    const { operationId, path, method } = operation;
    const success = operations[operationId]?.status ?? 200;
    t.equal(answer.statusCode, success, `${operationId}: ${answer.body}`);
    const response = responseOf(document, operation, answer.statusCode);
    const [mediaType] = Object.keys(response?.content ?? {});
    if (method !== 'HEAD') {
      t.equal(answer.headers['content-type']?.toString().split(';')[0], mediaType, `${operationId}: media type`);
    }
    for (const name of Object.keys(response?.headers ?? {})) {
      if (optionalHeaders.includes(name)) continue;
      t.ok(answer.headers[name.toLowerCase()] !== undefined, `${operationId}: the header ${name}`);
    }
    if (mediaType === undefined) {
      t.equal(answer.body, '', `${operationId}: no body`);
      return;
    }
    const status = String(answer.statusCode);
    const validate = compile([
      ...['paths', path, method.toLowerCase(), 'responses', status],
      ...['content', mediaType, 'schema'],
    ]);
    const isJson = mediaType.includes('json');
    const contents = mediaType === NDJSON ? readLines(answer.body) : [isJson ? answer.json() : answer.body];
    for (const content of contents) t.ok(validate(content), `${operationId}: ${JSON.stringify(validate.errors)}`);
  }

  return { document, send, sent };
}

function fill(path: string, values: Record<string, string> = {}): string {
  return path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing to put in the place of {${name}}`);
    return value;
  });
}

function encode(mediaType: string, example: object): unknown {
  if (mediaType === NDJSON) return new Lines([example]);
  return mediaType === FORM ? new URLSearchParams(example as Record<string, string>).toString() : example;
}
