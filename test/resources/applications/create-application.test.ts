import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { countRecords, isAccepted, makeCompany, refuseInserts } from '../../support/company.ts';
import type { NewApplication } from '../../support/company.ts';
import { API } from '../../support/factories.ts';
import { isProblem, isSameRefusal, pointersOf, shown } from '../../support/problems.ts';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

async function readExample<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(new URL(`../../examples/${name}`, import.meta.url), 'utf8')) as T;
}

void t.test('POST organizations/{org}/applications/', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, admin, developer, reader, stranger, organizationId, path } = company;
  const url = `${path}/applications/`;
  const create = (body?: unknown, token = admin.token) => test.request('POST', url, { token, body });
  const read = async (uuid: string) => test.request('GET', `${url}${uuid}/`, { token: reader.token });

  await t.test('201 with the example’s record and an API key that works', async (t) => {
    const example = await readExample<object>('application.json');
    const response = await create(example);
    t.equal(response.statusCode, 201);
    t.equal(response.headers.etag, '"1"');
    t.equal(response.headers['cache-control'], 'no-store');
    const record = response.json<NewApplication>();
    const { api_key: apiKey, ...rest } = record;
    t.same(rest, {
      ...example,
      uuid: record.uuid,
      client_id: record.client_id,
      created_at: record.created_at,
      updated_at: record.created_at,
      api_key_hint: apiKey.slice(-4),
    });
    t.match(record.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7/, 'a UUIDv7');
    t.match(record.client_id, /^[A-Za-z0-9_-]{22}$/);
    t.match(record.created_at, RFC_3339);
    t.match(apiKey, /^lk_live_[0-9A-Za-z]{71}$/);
    t.ok(await isAccepted(test, apiKey));
    t.same((await read(record.uuid)).json(), rest, 'a later read has all of it but the key');
  });

  await t.test('201 with every optional member present as null where nothing was said', async (t) => {
    const response = await create({ name: 'Bare' });
    t.match(response.json(), { name: 'Bare', redirect_uris: [] });
    const { website_url, terms_url, privacy_url, description } = response.json<NewApplication>();
    t.same([website_url, terms_url, privacy_url, description], [null, null, null, null]);
  });

  await t.test('201 for a null where a member may have none', async (t) => {
    const nothing = { website_url: null, terms_url: null, privacy_url: null, description: null };
    t.match((await create(nothing)).json(), nothing);
  });

  await t.test(
    '201 without a body, with an empty one and with {}: the name is the organization’s and App',
    async (t) => {
      for (const body of [undefined, '', {}]) {
        const response = await create(body);
        t.equal(response.statusCode, 201);
        t.equal(response.json<NewApplication>().name, `${owner.organizationName} App`);
      }
      t.equal(
        (await test.request('POST', url.slice(0, -1), { token: owner.token })).statusCode,
        201,
        'without the slash',
      );
    },
  );

  await t.test('201 with the default name when the organization’s own takes all the room', async (t) => {
    for (const name of ['x'.repeat(200), '😀'.repeat(200)]) {
      const made = await test.request('POST', `${API}/organizations/`, { token: owner.token, body: { name } });
      const { uuid } = made.json<{ uuid: string }>();
      const response = await test.request('POST', `${API}/organizations/${uuid}/applications/`, { token: owner.token });
      t.equal(response.statusCode, 201);
      t.equal(response.json<NewApplication>().name, `${Array.from(name).slice(0, 196).join('')} App`);
    }
  });

  await t.test('the primary API client belongs to the application and holds the whole catalogue', async (t) => {
    const {
      uuid,
      client_id: clientId,
      name,
      api_key_hint: hint,
    } = (await create({ name: 'Shop' })).json<NewApplication>();
    const client = await test.request('GET', `${path}/api-clients/${clientId}/`, { token: reader.token });
    t.match(client.json(), {
      client_id: clientId,
      name,
      environment: 'live',
      status: 'active',
      permissions: ['api.read', 'api.write', 'flows.execute'],
      application_id: uuid,
      client_secret_hint: hint,
    });
  });

  await t.test('400 names everything that is wrong at once', async (t) => {
    const response = await create({
      name: '',
      website_url: 'acme.example',
      redirect_uris: ['https://acme.example/a', 'https://*.acme.example', 7, 'https://acme.example/a'],
      terms_url: 'ftp://acme.example',
      privacy_url: 1,
      description: 'a\u0000b',
      client_id: 'mine',
      'x/y~z': true,
    });
    isProblem(t, response, {
      code: 'invalid_request',
      pointers: [
        ...['/name', '/website_url', '/redirect_uris/1', '/redirect_uris/2', '/redirect_uris'],
        ...['/terms_url', '/privacy_url', '/description', '/client_id', '/x~1y~0z'],
      ],
    });
  });

  await t.test(
    'the rules of redirect URLs hold for redirect_uris, and each reason is given at its place',
    async (t) => {
      const { accepted, rejected, different } = await readExample<{
        accepted: string[];
        rejected: { url: string; why: string }[];
        different: [string, string][];
      }>('redirect-urls.json');
      const response = await create({ redirect_uris: accepted });
      t.equal(response.statusCode, 201);
      t.same(response.json<NewApplication>().redirect_uris, accepted, 'character for character, in order');
      const refused = await create({ redirect_uris: rejected.map((entry) => entry.url) });
      isProblem(t, refused, { code: 'invalid_request', pointers: rejected.map((_entry, i) => `/redirect_uris/${i}`) });
      for (const pair of different) t.same((await create({ redirect_uris: pair })).statusCode, 201, 'no two are alike');
      const many = Array.from({ length: 101 }, (_, i) => `https://acme.example/${i}`);
      t.equal((await create({ redirect_uris: many.slice(0, 100) })).statusCode, 201);
      isProblem(t, await create({ redirect_uris: many }), { code: 'invalid_request', pointers: ['/redirect_uris'] });
      const long = [`https://acme.example/${'x'.repeat(2048 - 21)}`, `https://acme.example/${'x'.repeat(2048 - 20)}`];
      t.same([...new Set(pointersOf(await create({ redirect_uris: long })))], ['/redirect_uris/1']);
    },
  );

  await t.test(
    '400 for texts that are none: control characters, lone surrogates, blank or too long ones',
    async (t) => {
      const before = await countRecords(test, organizationId);
      const cases: [string, unknown[]][] = [
        ['name', [' ', 'x'.repeat(201), '😀'.repeat(201), 'a\u0000', 'a\nb', 'a\u009b', '\ud800', null, 1]],
        ['description', ['x'.repeat(2001), 'a\u0000', 'a\u0007', '\u009f', '\udfff', 'a\u007f', 7]],
        [
          'website_url',
          ['', 'https://', 'https://a b', 'https://ä.example', 'https://u:p@a.example', 'https://a\u0000'],
        ],
        ['terms_url', ['javascript:alert(1)', `https://a.example/${'x'.repeat(2048)}`, 'https://a.example\n', []]],
        ['redirect_uris', [null, 'https://a.example', {}]],
      ];
      for (const [member, values] of cases) {
        for (const value of values) {
          const response = await create({ [member]: value });
          t.equal(response.statusCode, 400, `${member}: ${shown(value)}`);
          t.same([...new Set(pointersOf(response))], [`/${member}`]);
        }
      }
      t.same(await countRecords(test, organizationId), before, 'nothing was made');
    },
  );

  await t.test('201 for texts of any script, with line breaks where there is room for them', async (t) => {
    const body = {
      name: '応用 😀 Ωμέγα',
      description: 'One\r\n\ttwo\u2028three 👩‍👩‍👧 \ufffd',
      website_url: 'HTTPS://a.example:8443/?q=%C3%A4',
    };
    const response = await create(body);
    t.equal(response.statusCode, 201);
    t.match(response.json(), body);
    const longest = { name: '😀'.repeat(200), description: '😀'.repeat(2000) };
    t.match((await create(longest)).json(), longest);
  });

  await t.test('401, 403 below admin, and the same 404 for another’s organization and for none', async (t) => {
    isProblem(t, await test.request('POST', url), { code: 'unauthorized' });
    for (const { token } of [developer, reader]) isProblem(t, await create({}, token), { code: 'insufficient_role' });
    const foreign = await create({ nonsense: 1 }, stranger.token);
    isProblem(t, foreign, { code: 'not_found' });
    for (const org of [randomUUID(), 'none']) {
      const missing = await test.request('POST', `${API}/organizations/${org}/applications/`, { token: owner.token });
      isSameRefusal(t, foreign, missing);
    }
  });

  await t.test('413 and 415 for a body that is too large or no JSON, 400 for an unknown parameter', async (t) => {
    isProblem(t, await create({ description: 'x'.repeat(300_000) }), { code: 'content_too_large' });
    const headers = { 'content-type': 'text/plain' };
    const text = await test.request('POST', url, { token: admin.token, body: '{}', headers });
    isProblem(t, text, { code: 'unsupported_media_type' });
    const strange = await test.request('POST', `${url}?x=1`, { token: admin.token });
    isProblem(t, strange, { code: 'invalid_request', pointers: ['?x'] });
  });

  await t.test('a failure at any step leaves no application, no client and no secret', async (t) => {
    const before = await countRecords(test, organizationId);
    for (const table of ['applications', 'api_clients', 'secrets']) {
      const restore = await refuseInserts(test, table);
      isProblem(t, await create({ name: 'Half' }), { code: 'internal_error', message: table });
      t.same(await countRecords(test, organizationId), before);
      await restore();
    }
    t.equal((await create({ name: 'Whole' })).statusCode, 201);
  });
});
