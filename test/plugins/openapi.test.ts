import { readFile } from 'node:fs/promises';
import t from 'tap';
import { parse } from 'yaml';
import { describeApi } from '../../src/app.ts';
import { readConfig } from '../../src/settings/config.ts';
import { errorCatalogue } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { createSchemaCompiler, operationsOf, requestExamplesOf, responseOf } from '../support/api-document.ts';
import type { ApiDocument } from '../support/api-document.ts';
import { build } from '../support/build-app.ts';

const PROBLEM = 'application/problem+json';
const committed = await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8');
const document = parse(committed) as ApiDocument;
const operations = operationsOf(document);

void t.test('openapi.yaml in the repository is what the service serves under default settings', async (t) => {
  const { request } = await build(t);
  const yaml = await request('GET', '/openapi.yaml');
  t.equal(yaml.headers['content-type'], 'application/yaml');
  t.equal(yaml.body, committed, 'openapi.yaml is stale: run npm run openapi');
  const json = await request('GET', '/openapi.json');
  t.match(json.headers['content-type'], /^application\/json/);
  t.same(json.json(), document);
});

void t.test('the document names the address of the deployment', async (t) => {
  const made = (await describeApi(
    readConfig({ PUBLIC_URL: 'https://id.acme.example', LOG_LEVEL: 'silent' }),
  )) as ApiDocument;
  t.equal(made.servers[0]?.url, 'https://id.acme.example');
  const usual = (await describeApi(readConfig({ LOG_LEVEL: 'silent' }))) as ApiDocument;
  t.same(made, { ...usual, servers: made.servers }, 'and is otherwise the same');
});

void t.test('the document holds every route of the service and no other', async (t) => {
  const { app } = await build(t);
  const routes = app.routeTable
    .filter(({ method }) => method !== 'HEAD')
    .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  const described = operations.map(({ method, path }) => `${method} ${path}`);
  t.same(described.filter((route) => !route.startsWith('HEAD ')).sort(), routes.sort());
  t.same(
    described.filter((route) => route.startsWith('HEAD ')),
    ['HEAD /auth/v2/verify/'],
    'what gateways ask',
  );
});

void t.test(
  'every operation says what it is, what it is about, who may call it and what each status means',
  async (t) => {
    const tags = document.tags.map(({ name }) => name);
    const schemes = ['adminToken', 'apiKey', 'clientBasic', 'accessToken'];
    t.same(Object.keys(document.components.securitySchemes), schemes);
    t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length, 'each has its own name');
    t.same(
      [...new Set(operations.flatMap((operation) => operation.tags))].sort(),
      [...tags].sort(),
      'no tag is without use',
    );
    for (const operation of operations) {
      const { operationId, responses, parameters = [] } = operation;
      t.ok(operation.summary.length > 0 && operation.tags.length === 1, `${operationId}: summary and tag`);
      t.ok(
        operation.security.every((way) => Object.keys(way).every((scheme) => schemes.includes(scheme))),
        `${operationId}: security`,
      );
      t.ok(
        Object.keys(responses).some((status) => status.startsWith('2')),
        `${operationId}: a success`,
      );
      for (const status of Object.keys(responses)) {
        const response = responseOf(document, operation, status);
        t.not(response?.description ?? 'Default Response', 'Default Response', `${operationId} ${status}: description`);
        t.ok(
          response?.headers !== undefined && 'x-request-id' in response.headers,
          `${operationId} ${status}: request id`,
        );
        const isWithoutBody = ['204', '304'].includes(status) || operation.method === 'HEAD';
        t.equal(response?.content === undefined, isWithoutBody, `${operationId} ${status}: content`);
      }
      for (const { name, in: place, description } of parameters) {
        if (place !== 'query') t.ok(description, `${operationId}: ${name} is described`);
      }
    }
  },
);

void t.test('every refusal tells its headers and shows a problem document for each code it can hold', async (t) => {
  const compile = createSchemaCompiler(document);
  const validate = compile(['components', 'schemas', 'Problem']);
  const headersOf: Record<string, string> = { 401: 'WWW-Authenticate', 429: 'Retry-After', 503: 'Retry-After' };
  for (const operation of operations) {
    for (const status of Object.keys(operation.responses).filter((status) => Number(status) >= 400)) {
      const title = `${operation.operationId} ${status}`;
      const response = responseOf(document, operation, status);
      const header = headersOf[status];
      if (header !== undefined)
        t.ok(response?.headers !== undefined && header in response.headers, `${title}: ${header}`);
      if (operation.method === 'HEAD') continue;
      // The OAuth routes answer as RFC 6749 says.
      if (response?.content?.[PROBLEM] === undefined) {
        t.same(
          response?.content,
          { 'application/json': { schema: { $ref: '#/components/schemas/OAuthProblem' } } },
          title,
        );
        continue;
      }
      for (const [code, { value }] of Object.entries(response.content[PROBLEM].examples ?? {})) {
        t.ok(validate(value), `${title}: the example of ${code} is a problem document`);
        const { title: meaning } = errorCatalogue[code as ErrorCode];
        t.match(value, { type: `urn:latchkey:problem:${code}`, code, status: Number(status), title: meaning }, title);
      }
    }
  }
});

void t.test('every code that a problem can have is in the document', async (t) => {
  t.same(document.components.schemas.Problem?.properties.code?.enum, Object.keys(errorCatalogue));
});

void t.test('every schema is JSON Schema 2020-12 as other tools understand it, and its examples obey it', async (t) => {
  const compile = createSchemaCompiler(document);
  for (const [name, { examples = [] }] of Object.entries(document.components.schemas)) {
    const validate = compile(['components', 'schemas', name]);
    for (const example of examples) t.ok(validate(example), `${name}: ${JSON.stringify(validate.errors)}`);
  }
  const formats = [...committed.matchAll(/ format: (\S+)/g)].map(([, format]) => format);
  t.same([...new Set(formats)].sort(), ['date', 'date-time', 'email', 'password', 'uri', 'uuid']);
});

void t.test('every body has an example', async (t) => {
  for (const operation of operations) {
    for (const [mediaType, examples] of requestExamplesOf(document, operation)) {
      t.ok(examples.length > 0, `${operation.operationId} ${mediaType}`);
    }
  }
});

void t.test('a body in which nothing is required may be left out', async (t) => {
  const optional = operations
    .filter(({ requestBody }) => requestBody?.required === false)
    .map(({ operationId }) => operationId);
  t.ok(optional.includes('createApplication') && optional.includes('regenerateSecret'));
  t.not(optional.includes('createApiClient') || optional.includes('login') || optional.includes('issueToken'), true);
});
