import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance, HTTPMethods, RouteOptions } from 'fastify';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { fillPath, makeTarget } from '../support/every-route.ts';
import { registerUser } from '../support/factories.ts';

const KIB = 1024;
const FORM = 'application/x-www-form-urlencoded';
/** A hundred faults, and each may stand behind a few looks: of the first check, of the search, of the words. */
const LOOKS_MAX = 600;
const FAULTS_MAX = 100;

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  items?: object;
  anyOf?: Schema[];
}

interface Route {
  method: HTTPMethods;
  url: string;
  body: Schema;
  isForm: boolean;
  bodyLimit: number;
}

/** Every route that takes a body, and how much of the last one was looked at while it was checked. */
async function watchBodies() {
  const routes: RouteOptions[] = [];
  const seen = { looks: 0, faults: 0 };
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', (route) => {
      // Lines are read one by one, each within bounds of its own.
      const { body, consumes } = (route.schema ?? {}) as { body?: unknown; consumes?: string[] };
      if (body !== undefined && consumes?.[0] !== 'application/x-ndjson') routes.push(route);
    });
    fastify.addHook('preValidation', async (request) => {
      seen.looks = 0;
      request.body = countLooks(request.body, seen);
    });
    fastify.addHook('onSend', async (request) => {
      seen.faults = request.getValidationFunction('body')?.errors?.length ?? 0;
    });
  };
  subscribe('fastify.initialization', watch);
  const test = await build(t, { env: { LOG_LEVEL: 'silent' } });
  unsubscribe('fastify.initialization', watch);
  const schemas = test.app.getSchemas() as Record<string, Schema>;
  const list = routes.map(({ method, url, schema, bodyLimit = test.app.initialConfig.bodyLimit }): Route => {
    const body = schema?.body as Schema;
    const isForm = (schema as { consumes?: string[] }).consumes?.[0] === FORM;
    const shared = schemas[body.$ref?.replace('#', '') ?? ''];
    return { method: method as HTTPMethods, url, body: shared ?? body, isForm, bodyLimit: Number(bodyLimit) };
  });
  return { test, routes: list, seen };
}

function countLooks(value: unknown, seen: { looks: number }): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const look = () => (seen.looks += 1);
  return new Proxy(value, {
    get(target, key, receiver) {
      look();
      return countLooks(Reflect.get(target, key, receiver), seen);
    },
    getOwnPropertyDescriptor(target, key) {
      look();
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
    has(target, key) {
      look();
      return Reflect.has(target, key);
    },
  });
}

/** As many of a thing as fit, each after its number; in JSON, with a comma between them. */
function fill(bytes: number, make: (index: number) => string): string {
  const parts: string[] = [];
  for (let size = 0; size < bytes; size += (parts.at(-1)?.length ?? 0) + 1) parts.push(make(parts.length));
  return parts.slice(0, -1).join(',');
}

/** JSON values that take the most work, of about this size. */
function worstValues(bytes: number): string[] {
  const almostEqual = fill(bytes / 100 - 20, () => '0');
  return [
    ...['0', '[]', '"a"'].map((item) => `[${fill(bytes, () => item)}]`),
    `[${fill(bytes, (index) => `"${index}"`)}]`,
    `[${fill(bytes, (index) => `[${almostEqual},${index}]`)}]`,
    `{${fill(bytes, (index) => `"k${index}":0`)}}`,
    `"${'a'.repeat(bytes)}"`,
    `"${'\\ud800'.repeat(bytes / 6)}"`,
    `"https://${'a.'.repeat(bytes / 2 - 10)}"`,
    `"${'a@'.repeat(bytes / 2)}"`,
    '['.repeat(bytes / 2) + ']'.repeat(bytes / 2),
    '0',
    'null',
  ];
}

function worstBodies({ body, isForm, bodyLimit }: Route): string[] {
  const names = Object.keys(body.properties ?? {});
  const bytes = bodyLimit - 200;
  if (isForm) {
    const form = (name: string) => fill(bytes, (index) => `${name}=${index}`).replaceAll(',', '&');
    return [...names.map(form), fill(bytes, (index) => `k${index}=0`).replaceAll(',', '&'), 'a'.repeat(bytes)];
  }
  return [
    ...worstValues(bytes),
    ...names.flatMap((name) => worstValues(bytes).map((value) => `{${JSON.stringify(name)}:${value}}`)),
    ...['[0]', '0', '{}', '[[0]]'].map((item) => {
      const share = (bytes - 40 * names.length) / Math.max(1, names.length);
      const list = item === '0' ? '0' : `[${fill(share, () => item)}]`;
      const members = names.map((name) => `${JSON.stringify(name)}:${list}`);
      return `{${[...members, fill(bytes / 4, (index) => `"k${index}":0`)].join(',')}}`.slice(0, bodyLimit);
    }),
  ];
}

const { test, routes, seen } = await watchBodies();
const user = await registerUser(test);
const { token, organizationId: org, organizationName: orgName } = user;
const target = await makeTarget(test, { token, org, orgName });

function send({ method, url, isForm }: Route, body: string) {
  const isMachine = url.endsWith('verify/');
  return test.app.inject({
    method: method as 'POST',
    url: fillPath(url, target),
    headers: {
      'content-type': isForm ? FORM : 'application/json',
      ...(isMachine ? { 'x-api-key': user.apiKey } : { authorization: `Bearer ${token}` }),
    },
    payload: body,
  });
}

void t.test('the worst body of every route is refused after a bounded number of looks and faults', async (t) => {
  t.ok(routes.length > 10);
  let most = 0;
  for (const route of routes) {
    for (const body of worstBodies(route)) {
      const { statusCode } = await send(route, body);
      const title = `${String(route.method)} ${route.url} ${body.slice(0, 40)}`;
      if (statusCode >= 500) t.fail(`${title}: ${statusCode}`);
      if (seen.looks > LOOKS_MAX || seen.faults > FAULTS_MAX) {
        t.fail(`${title}: ${seen.looks} looks, ${seen.faults} faults`);
      }
      most = Math.max(most, seen.looks);
    }
  }
  t.ok(most > 100, `looks are counted: ${most}`);
});

void t.test('413 beyond 16 KiB, and beyond 256 KiB where lists of URLs go in', async (t) => {
  for (const route of routes) {
    const hasUrls = Object.keys(route.body.properties ?? {}).some((name) => /redirect_ur(?:i|l)s$/.test(name));
    const limit = (hasUrls ? 256 : 16) * KIB;
    const title = `${String(route.method)} ${route.url}`;
    t.equal(route.bodyLimit, limit, title);
    t.equal((await send(route, ' '.repeat(limit + 1))).statusCode, 413, title);
    t.not((await send(route, ' '.repeat(limit))).statusCode, 413, title);
  }
});

void t.test('401 from verify/ before the body is read, for a request without a credential', async (t) => {
  for (const [headers, payload] of [
    [{ 'content-type': 'application/json' }, '{"permission":['],
    [{ 'content-type': 'application/json' }, 'x'.repeat(300_000)],
    [{ 'content-type': 'text/plain' }, 'x'],
  ] as const) {
    const answer = await test.app.inject({ method: 'POST', url: '/auth/v2/verify/', headers, payload });
    t.equal(answer.statusCode, 401);
    t.match(answer.json(), { code: 'invalid_credential' });
  }
});
