import t from 'tap';
import { settings } from '../../src/settings/settings.ts';
import type { RouteEntry } from '../../src/identity/admin-auth.ts';
import { build } from '../support/build-app.ts';
import { fillPath, isManagement, makeUnknownTarget } from '../support/every-route.ts';
import { registerUser } from '../support/factories.ts';
import { operationOf } from '../support/operations.ts';

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  not?: object;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

interface Operation {
  operationId: string;
  summary?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, object>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, object> };
  tags: { name: string }[];
}

/** What browsers make: new ones put in more than old ones (WebAuthn Level 3 §5.1). */
const openOfBrowsers = [
  'PasskeyAttestation',
  'PasskeyAttestationResponse',
  'PasskeyAssertion',
  'PasskeyAssertionResponse',
];

/** RFC 6749 §3.2 and RFC 7662 §2.1: parameters nobody knows are passed over, so these may hold more. */
const open = ['TokenRequest', 'TokenHint', ...openOfBrowsers];

const verbs =
  /^(?:register|resend|verify|login|refresh|logout|forgot|reset|list|create|get|update|delete|regenerate|revoke|check|issue|introspect|change|reauthenticate|confirm|open|end|invite|accept|import|export)(?:[A-Z][A-Za-z]*)?$/;

void t.test('every route is guarded and described', async (t) => {
  const test = await build(t);
  const document = test.app.swagger() as unknown as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const routes = test.app.routeTable
    .filter(({ method }) => method !== 'HEAD')
    .map((route) => ({ ...route, operationId: String(route.operationId) }));
  const find = ({ method, url }: RouteEntry) =>
    operations.find((entry) => entry.method === method && entry.path === url.replaceAll(/:(\w+)/g, '{$1}'))?.operation;

  await t.test('the document has every route that was registered, and no other', async (t) => {
    t.same(
      routes.filter((route) => find(route) === undefined),
      [],
    );
    t.equal(operations.filter(({ method }) => method !== 'HEAD').length, routes.length);
    const heads = test.app.routeTable.filter(({ method }) => method === 'HEAD');
    for (const { url, access } of heads) {
      t.ok(
        routes.some((route) => route.method === 'GET' && route.url === url && route.access === access),
        `HEAD ${url}`,
      );
    }
  });

  await t.test('each has an operationId of its own that says what it does, a summary and a known tag', async (t) => {
    const ids = operations.map(({ operation }) => operation.operationId);
    t.same(
      ids.filter((id, i) => ids.indexOf(id) !== i),
      [],
    );
    const known = document.tags.map(({ name }) => name);
    for (const { method, path, operation } of operations) {
      const { operationId, summary = '', tags = [] } = operation;
      t.match(operationId, verbs, `${method} ${path}`);
      t.match(summary, /^[A-Z].{2,119}[^.]$/, operationId);
      t.ok(tags.length === 1 && tags.every((tag) => known.includes(tag)), operationId);
    }
  });

  await t.test(
    'each that is not public says which credential it takes, and each that is says that it takes none',
    async (t) => {
      for (const route of routes) {
        const schemes = find(route)?.security?.flatMap((scheme) => Object.keys(scheme)) ?? [];
        t.same(
          schemes.filter((scheme) => !(scheme in document.components.securitySchemes)),
          [],
          route.operationId,
        );
        if (route.access === 'public') t.same(schemes, [], route.operationId);
        else if (route.access === 'public-or-user') t.same(find(route)?.security, [{ adminToken: [] }, {}]);
        else if (route.access === 'machine') t.ok(schemes.includes('clientBasic'), route.operationId);
        else t.same(schemes, ['adminToken'], route.operationId);
      }
    },
  );

  await t.test('every value of a request has a bound', async (t) => {
    for (const { operation } of operations) {
      const faults = (operation.parameters ?? []).flatMap(({ name, schema }) =>
        findUnbounded(document, schema, `?${name}`),
      );
      for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
        faults.push(...findUnbounded(document, schema, ''));
      }
      t.same(faults, [], operation.operationId);
    }
  });

  await t.test('every management route refuses a query parameter that it does not know', async (t) => {
    const user = await registerUser(test);
    const target = { ...makeUnknownTarget(), org: user.organizationId };
    for (const route of routes.filter(isManagement)) {
      const url = `${fillPath(route.url, target)}?unknown=1`;
      const body = operationOf(route).body?.(target);
      const options = { token: user.token, ...(body === undefined ? {} : { body }) };
      const response = await test.request(route.method, url, options);
      t.equal(response.statusCode, 400, route.operationId);
      t.match(response.body, '"pointer":"?unknown"', route.operationId);
      t.ok('400' in (find(route)?.responses ?? {}), `${route.operationId} names 400`);
    }
  });

  await t.test('every management and machine answer must not be stored', async (t) => {
    for (const route of routes.filter(({ url }) => url.startsWith('/auth/v2/'))) {
      const response = await test.request(route.method, fillPath(route.url, makeUnknownTarget()), bodyOf(route));
      t.equal(response.headers['cache-control'], 'no-store', route.operationId);
    }
  });
});

void t.test('every number among the settings has an upper and a lower bound', async (t) => {
  for (const [name, { fallback, parse }] of Object.entries(settings)) {
    if (typeof fallback !== 'number') continue;
    t.equal(parse(String(fallback)), fallback, name);
    for (const text of ['-1', '9999999999', '1e3', 'Infinity', 'NaN', '0x10', ''])
      t.throws(() => parse(text), `${name}=${text}`);
  }
});

function bodyOf({ method }: RouteEntry): { body?: object } {
  return method === 'GET' || method === 'DELETE' ? {} : { body: {} };
}

/** What in a schema lets a caller send as much as they like. */
function findUnbounded(document: Document, schema: Schema, path: string): string[] {
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) {
    const target = document.components.schemas[name];
    if (target === undefined) return [`${path} refers to nothing`];
    return findUnbounded(document, target, path).filter((fault) => fault !== `${path}: open` || !open.includes(name));
  }
  const parts = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (parts !== undefined) return parts.flatMap((part) => findUnbounded(document, part, path));
  // Matches nothing: a member that must not be sent.
  if (schema.not !== undefined && Object.keys(schema.not).length === 0) return [];
  if (schema.enum !== undefined || schema.const !== undefined) return [];
  const types = [schema.type ?? 'anything'].flat();
  return types.flatMap((type) => findUnboundedOf(document, { ...schema, type }, path));
}

function findUnboundedOf(document: Document, schema: Schema & { type: string }, path: string): string[] {
  switch (schema.type) {
    case 'null':
    case 'boolean':
      return [];
    case 'string':
      return schema.maxLength === undefined ? [`${path}: no maxLength`] : [];
    case 'integer':
    case 'number':
      return schema.minimum === undefined || schema.maximum === undefined ? [`${path}: no bounds`] : [];
    case 'array':
      return [
        ...(schema.maxItems === undefined ? [`${path}: no maxItems`] : []),
        ...findUnbounded(document, schema.items ?? {}, `${path}[]`),
      ];
    case 'object':
      return [
        ...(schema.additionalProperties === false ? [] : [`${path}: open`]),
        ...Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
          findUnbounded(document, member, `${path}/${name}`),
        ),
      ];
    default:
      return [`${path}: ${schema.type}`];
  }
}
