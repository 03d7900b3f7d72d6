import fc from 'fast-check';
import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { createSchemaCompiler, operationsOf, responseOf } from '../support/api-document.ts';
import type { ApiDocument, PlacedOperation } from '../support/api-document.ts';
import { build } from '../support/build-app.ts';
import { makeTarget, makeUnknownTarget } from '../support/every-route.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import { addColleague, basic, check } from '../support/machines.ts';
import { Lines, readLines } from '../support/lines.ts';
import { operations } from '../support/operations.ts';
import type { Target } from '../support/operations.ts';
import { chosenSeed, countOr, requestsTo } from '../support/request-generator.ts';
import type { GeneratedRequest } from '../support/request-generator.ts';

const requestsMax = countOr(2_000);
const seed = chosenSeed();
/** So often there is something new to ask about. */
const REQUESTS_PER_TARGET = 40;

// Generated requests make more than a tenant may have.
const test = await build(t, { env: { LATCHKEY_QUOTAS: '{"organizations":0,"applications":0,"api_clients":0}' } });
const document = (await test.request('GET', '/openapi.json')).json<ApiDocument>();
const documented = operationsOf(document);
const compile = createSchemaCompiler(document);
const validators = new Map<string, ReturnType<typeof compile>>();

const owner = await registerUser(test);
const colleague = await addColleague(test, owner, 'reader');
const stranger = await registerUser(test);
/** Whose credentials no request carries. */
const bystander = await registerUser(test);
const bystanderClient = await createClient(test, bystander);
const foreign = await makeTarget(test, ofUser(bystander));
const client = await createClient(test, owner);
let target = await makeTarget(test, ofUser(owner));

void t.test(`the answers to ${requestsMax} generated requests are as the document says (seed ${seed})`, async (t) => {
  const rowsBefore = await readBystander();
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const requests = fc.sample(requestsTo(document, documented), { numRuns: requestsMax, seed });
  for (const [index, request] of requests.entries()) {
    if (index % REQUESTS_PER_TARGET === REQUESTS_PER_TARGET - 1) target = await makeNewTarget();
    const response = await send(request);
    statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1);
    const fault = findFault(request.operation, response);
    if (fault !== undefined) faults.push(`request ${index}, ${request.operation.operationId}: ${fault}`);
  }
  t.same(faults.slice(0, 10), []);
  t.comment(`statuses: ${JSON.stringify(Object.fromEntries(statuses))}`);
  for (const status of [200, 201, 204, 400, 401, 403, 404]) t.ok(statuses.has(status), `${status} was reached`);

  t.same(await readBystander(), rowsBefore, 'no row of an organization that nobody asked for has changed');
  t.equal((await check(test, bystander.apiKey)).statusCode, 200);
  t.equal((await check(test, bystanderClient.client_secret)).statusCode, 200);
  for (const [name, statement] of Object.entries(impossible)) t.same(await test.query(statement), [], name);
  t.equal((await test.request('GET', '/readyz')).statusCode, 200);
});

/** What no sequence of requests may lead to. */
const impossible = {
  'the primary client of an application is its own': `select a.id from applications a
    left join api_clients c on c.id = a.primary_client_id where c.application_id is distinct from a.id`,
  'a client is of the organization of its application': `select c.id from api_clients c
    join applications a on a.id = c.application_id where a.organization_id <> c.organization_id`,
  'at most two secrets of a client are usable': `select api_client_id from secrets
    where ended_at is null group by api_client_id having count(*) > 2`,
  'a client has a usable secret or one that ran out, or came without': `select id from api_clients c
    where not exists (select from secrets s where s.api_client_id = c.id and s.status <> 'revoked')
    and not exists (select from audit_events e where e.target_id = c.client_id and e.action = 'api_client.import')`,
};

function ofUser({ token, organizationId, organizationName }: typeof owner) {
  return { token, org: organizationId, orgName: organizationName };
}

/** In an organization of its own, which may be deleted. */
async function makeNewTarget(): Promise<Target> {
  const name = 'Generated';
  const made = await test.request('POST', `${API}/organizations/`, { token: owner.token, body: { name } });
  const { uuid: org } = made.json<{ uuid: string }>();
  return makeTarget(test, { token: owner.token, org, orgName: name });
}

async function send(request: GeneratedRequest): Promise<LightMyRequestResponse> {
  const { operation, aim, isValid, mediaType, garbage } = request;
  const aims: Record<GeneratedRequest['aim'], Target> = {
    own: target,
    foreign,
    unknown: makeUnknownTarget(),
    garbage: {
      org: garbage,
      orgName: garbage,
      app: garbage,
      clientId: garbage,
      secret: garbage,
      session: garbage,
      member: garbage,
      invitation: garbage,
      passkey: garbage,
    },
  };
  const ids: Record<string, string> = { ...aims[aim], client_id: aims[aim].clientId };
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => wellFormed(ids[name] ?? ''));
  const query = Object.entries(request.query).map(([name, value]) => `${name}=${wellFormed(textOf(value))}`);
  const body = (isValid ? operations[operation.operationId]?.body?.(aims[aim]) : undefined) ?? request.body;
  return test.request(operation.method, query.length === 0 ? path : `${path}?${query.join('&')}`, {
    headers: {
      ...credentialsOf(request),
      ...(request.ifMatch === undefined ? {} : { 'if-match': request.ifMatch }),
      ...(mediaType === undefined || body === undefined ? {} : { 'content-type': mediaType }),
    },
    ...(body === undefined ? {} : { body: encode(body, mediaType) }),
  });
}

function credentialsOf({ operation, caller, garbage }: GeneratedRequest): Record<string, string> {
  const isMachine = operation.security.some((way) => 'apiKey' in way || 'clientBasic' in way || 'basic' in way);
  const text = garbage.replaceAll(/[^\u0021-\u007e]/g, '.') || '.';
  switch (caller) {
    case 'own':
      if (!isMachine) return { authorization: `Bearer ${owner.token}` };
      return operation.path.includes('/verify/')
        ? { 'x-api-key': owner.apiKey }
        : { authorization: basic(client.client_id, client.client_secret) };
    case 'colleague':
      return { authorization: `Bearer ${colleague.token}` };
    case 'stranger':
      return { authorization: `Bearer ${stranger.token}` };
    case 'nobody':
      return {};
    case 'garbage':
      return { authorization: `Bearer ${text}`, 'x-api-key': text };
  }
}

function encode(body: unknown, mediaType = ''): string {
  if (body instanceof Lines) return body.text;
  if (!mediaType.includes('urlencoded')) return JSON.stringify(body);
  if (typeof body !== 'object' || body === null) return wellFormed(textOf(body));
  return Object.entries(body)
    .map(([name, value]) => `${wellFormed(name)}=${wellFormed(textOf(value))}`)
    .join('&');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function wellFormed(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** What is wrong with an answer: its status, its body or its problem document. */
function findFault(operation: PlacedOperation, response: LightMyRequestResponse): string | undefined {
  const { statusCode: status, body, headers } = response;
  if (status >= 500) return `${status} ${body}`;
  const documented = responseOf(document, operation, status);
  if (documented === undefined) return `${status} is not in the document: ${body}`;
  if (documented.content === undefined) return body === '' ? undefined : `${status} has a body: ${body}`;
  const mediaType = String(headers['content-type']).replace(/;.*/, '');
  const media = documented.content[mediaType];
  if (media === undefined) return `${status} as ${mediaType}`;
  if (!mediaType.includes('json')) return undefined;
  const validate = validatorOf(operation, status, mediaType);
  if (mediaType === 'application/x-ndjson') {
    const isFine = readLines<object>(body).every((line) => validate(line));
    return isFine ? undefined : `${status} ${JSON.stringify(validate.errors)}: ${body}`;
  }
  const value = response.json<Record<string, unknown>>();
  if (!validate(value)) return `${status} ${JSON.stringify(validate.errors)}: ${body}`;
  if (mediaType !== 'application/problem+json') return undefined;
  const isWhole = value.status === status && value.request_id === headers['x-request-id'];
  return isWhole ? undefined : `${status} says ${body}`;
}

function validatorOf({ path, method, responses }: PlacedOperation, status: number, mediaType: string) {
  const name = responses[status]?.$ref?.split('/').at(-1);
  const place =
    name === undefined
      ? ['paths', path, method.toLowerCase(), 'responses', String(status)]
      : ['components', 'responses', name];
  const pointer = [...place, 'content', mediaType, 'schema'];
  const key = pointer.join(' ');
  const known = validators.get(key) ?? compile(pointer);
  validators.set(key, known);
  return known;
}

/** All that is the bystander's, but for what time and use change. */
async function readBystander(): Promise<object[]> {
  const id = [bystander.organizationId];
  return [
    ...(await test.query('select to_jsonb(o) as row from organizations o where id = $1', id)),
    ...(await test.query('select to_jsonb(a) as row from applications a where organization_id = $1 order by id', id)),
    ...(await test.query('select to_jsonb(c) as row from api_clients c where organization_id = $1 order by id', id)),
    ...(await test.query('select to_jsonb(m) as row from memberships m where organization_id = $1 order by id', id)),
    ...(await test.query(
      `select to_jsonb(s) - 'last_used_at' - 'last_used_ip' as row from secrets s join api_clients c on c.id = s.api_client_id
       where c.organization_id = $1 order by s.id`,
      id,
    )),
  ];
}
