import Fastify from 'fastify';
import type { RouteOptions } from 'fastify';
import t from 'tap';
import { Type } from 'typebox';
import { IfMatch, immutable, ref } from '../../src/http/schemas.ts';
import { routeProblems } from '../../src/plugins/route-problems.ts';
import { perAddress } from '../../src/plugins/rate-limit.ts';

const Change = Type.Object({ name: Type.String(), created_at: immutable() }, { $id: 'Change' });
const Body = Type.Object({ name: Type.String() });
const usual = [400, 500, 503];

interface Described {
  content?: Record<string, { examples: Record<string, object> }>;
}

/** Registers a route and gives what it describes as its responses, by status. */
async function describe(route: Partial<RouteOptions>): Promise<Record<string, Described>> {
  const app = Fastify();
  await app.register(routeProblems, { apiPrefix: '/api/' });
  app.addSchema(Change);
  let responses: Record<string, Described> = {};
  app.addHook('onRoute', ({ schema }) => {
    responses = (schema?.response ?? {}) as Record<string, Described>;
  });
  app.route({
    exposeHeadRoute: false,
    method: 'GET',
    url: '/api/things/',
    schema: { response: { 200: Body } },
    handler: async () => ({ name: '' }),
    ...route,
  });
  return responses;
}

const statusesOf = (responses: Record<string, Described>) => Object.keys(responses).map(Number);
const codesOf = ({ content }: Described = {}) => Object.keys(content?.['application/problem+json']?.examples ?? {});

void t.test('a route describes the problems that follow from what it is', async (t) => {
  const cases: [string, Partial<RouteOptions>, number[]][] = [
    ['outside the API', { url: '/livez', config: { access: 'public' } }, [500]],
    ['public', { config: { access: 'public' } }, usual],
    ['limited', { config: { access: 'public', rateLimit: perAddress(1, 'minute') } }, [...usual, 429]],
    ['for machines', { config: { access: 'machine' } }, [...usual, 401]],
    ['for users', { config: { access: 'user' } }, [...usual, 401, 429]],
    [
      'for readers of an organization',
      { url: '/api/:org/', config: { access: 'reader' } },
      [...usual, 401, 403, 404, 429],
    ],
    ['for developers of one', { url: '/api/:org/', config: { access: 'developer' } }, [...usual, 401, 403, 404, 429]],
    ['with a body', { method: 'POST', schema: { body: Body }, config: { access: 'public' } }, [...usual, 413, 415]],
    ['that may get a body', { method: 'DELETE', config: { access: 'public' } }, [...usual, 413, 415]],
    ['with a condition', { schema: { headers: IfMatch }, config: { access: 'public' } }, [...usual, 412]],
    [
      'with a member that never changes',
      { method: 'PATCH', schema: { body: ref(Change) }, config: { access: 'public' } },
      [...usual, 413, 415, 422],
    ],
    ['with a problem of its own', { config: { access: 'public', problems: ['primary_client'] } }, [...usual, 409]],
  ];
  for (const [title, route, expected] of cases) {
    const statuses = statusesOf(await describe(route)).filter((status) => status >= 400);
    t.same(
      statuses,
      [...expected].sort((a, b) => a - b),
      title,
    );
  }
});

void t.test('a problem of its own comes before those of every route with the same status', async (t) => {
  const problems = ['invalid_code', 'invalid_request'] as const;
  const responses = await describe({ config: { access: 'public', problems } });
  t.same(codesOf(responses[400]), problems);
  t.same(codesOf((await describe({ config: { access: 'machine' } }))[400]), [
    'invalid_request',
    'ambiguous_credentials',
  ]);
});

void t.test('what a route describes by itself stays', async (t) => {
  const own = { 200: Body, 503: { description: 'Closed.' } };
  const responses = await describe({ schema: { response: own }, config: { access: 'public' } });
  t.match(responses, own);
  t.same(statusesOf(responses), [200, 400, 500, 503]);
  const config = { access: 'public', problems: 'described-by-route' } as const;
  t.same(statusesOf(await describe({ schema: { response: own }, config })), [200, 503]);
});
