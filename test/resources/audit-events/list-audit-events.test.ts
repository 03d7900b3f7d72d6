import { createHash } from 'node:crypto';
import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import { createAuditEventService } from '../../../src/resources/audit-events/audit-event-service.ts';
import { toCanonicalJson } from '../../../src/rules/canonical-json.ts';
import type { Json } from '../../../src/rules/canonical-json.ts';
import { createAuditHeads } from '../../../src/tokens/audit-heads.ts';
import { fillChain, startKeyRing } from '../../support/audit.ts';
import { build } from '../../support/build-app.ts';
import type { RequestOptions } from '../../support/build-app.ts';
import { createApplication, makeCompany } from '../../support/company.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import { clientPath } from '../../support/machines.ts';
import { pointersOf } from '../../support/problems.ts';
import { recordStatements } from '../../support/statements.ts';

interface Event extends Record<string, Json> {
  sequence: number;
  at: string;
  action: string;
  actor: Record<string, Json>;
  target: Record<string, Json>;
  changes: Record<string, Json>;
  previous_hash: string;
  hash: string;
}
interface Page {
  results: Event[];
  next_cursor: string | null;
}

const test = await build(t);
const company = await makeCompany(test);
const { owner, admin, developer, reader, stranger, path } = company;
const url = `${path}/audit-events/`;
const list = async (query = '', options: RequestOptions = { token: owner.token }) =>
  (await test.request('GET', `${url}${query}`, options)).json<Page>();
const lines = async (query = '') => {
  const headers = { accept: 'application/x-ndjson' };
  const response = await test.request('GET', `${url}${query}`, { token: admin.token, headers });
  return { response, events: response.body.split('\n').slice(0, -1) };
};

void t.test('200 with what was done, newest first, as it was hashed', async (t) => {
  const client = await createClient(test, owner, { name: 'Backend' });
  const headers = { 'user-agent': 'curl/8' };
  const body = { status: 'paused', name: 'Backend' };
  const changed = await test.request('PATCH', clientPath(owner, client.client_id), {
    ...{ token: developer.token, body, headers, from: '192.0.2.7' },
  });
  const { results } = await list('?limit=2');
  t.match(results, [
    {
      actor: { type: 'user', id: developer.userId, email: developer.email },
      action: 'api_client.update',
      target: { type: 'api_client', id: client.client_id, name: 'Backend' },
      ip: '192.0.2.7',
      user_agent: 'curl/8',
      request_id: changed.headers['x-request-id'],
    },
    { actor: { id: owner.userId }, action: 'api_client.create', target: { id: client.client_id } },
  ]);
  t.same(results[0]?.changes, { status: { from: 'active', to: 'paused' } });
  t.match(results[1]?.changes, {
    name: { from: null, to: 'Backend' },
    permissions: { from: null, to: ['api.read'] },
    client_secret_hint: { from: null, to: client.client_secret_hint },
  });
  t.equal(results[0]?.previous_hash, results[1]?.hash);
  for (const { hash, ...event } of results) {
    t.equal(createHash('sha256').update(toCanonicalJson(event)).digest('hex'), hash);
  }
});

void t.test('the pages hold every event once, by a cursor of this list', async (t) => {
  for (let i = 0; i < 5; i += 1) await createApplication(test, company, { name: `App ${i}` });
  const all = (await list('?limit=100')).results.map(({ sequence }) => sequence);
  const turned = (await list('?limit=100&order=oldest')).results.map(({ sequence }) => sequence);
  t.same(turned, all.toReversed(), 'order=oldest turns it');
  const paged: number[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page = await list(`?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
    paged.push(...page.results.map(({ sequence }) => sequence));
    cursor = page.next_cursor;
  }
  t.same(paged, all);
  t.same(
    all,
    all.map((_, index) => all.length - index),
    'without gaps',
  );
});

void t.test('filters by actor, action, target and time', async (t) => {
  const client = await createClient(test, developer.organizationId === owner.organizationId ? developer : owner);
  await test.request('DELETE', clientPath(owner, client.client_id), { token: developer.token });
  const { results } = await list('?limit=100');
  const expect = (query: string, isMatch: (event: Event) => boolean) => async () =>
    t.same((await list(`?limit=100&${query}`)).results, results.filter(isMatch), query);
  await expect(`actor=${developer.userId}`, ({ actor }) => actor.id === developer.userId)();
  await expect('action=api_client.delete', ({ action }) => action === 'api_client.delete')();
  await expect(`target=${client.client_id}`, ({ target }) => target.id === client.client_id)();
  const middle = results[Math.floor(results.length / 2)]?.at ?? '';
  await expect(`from=${middle}`, ({ at }) => at >= middle)();
  await expect(`to=${middle}`, ({ at }) => at < middle)();
  await expect(`from=${middle}&to=${middle}`, () => false)();
  const all = `actor=${developer.userId}&action=api_client.delete&target=${client.client_id}`;
  await expect(`${all}&from=0001-01-01T00:00:00Z&to=9999-01-01T00:00:00Z`, ({ actor, action, target }) => {
    return actor.id === developer.userId && action === 'api_client.delete' && target.id === client.client_id;
  })();
  await expect('from=9999-01-01T00:00:00Z', () => false)();
  await expect('to=0001-01-01T00:00:00Z', () => false)();
  t.ok(results.some(({ at }) => at < middle) || results.length < 3);
});

void t.test('400 for an action that is not in the list, and for what is no moment', async (t) => {
  for (const query of ['?action=made.up', '?from=yesterday', '?actor=']) {
    const response = await test.request('GET', `${url}${query}`, { token: owner.token });
    t.equal(response.statusCode, 400, query);
  }
});

void t.test('with Accept: application/x-ndjson all events come, oldest first, as the page has them', async (t) => {
  const { response, events } = await lines();
  t.equal(response.statusCode, 200);
  t.equal(response.headers['content-type'], 'application/x-ndjson');
  t.equal(response.headers.vary, 'accept');
  t.same(
    events.map((line) => JSON.parse(line) as Event),
    (await list('?limit=100')).results.toReversed(),
  );
  const one = await lines('?action=organization.create');
  t.equal(one.events.length, 1);
  const refused = await lines('?cursor=x');
  t.equal(refused.response.statusCode, 400);
  t.same(pointersOf(refused.response), ['?cursor']);
});

void t.test('an export is more than one batch long, and is whole', async (t) => {
  const user = await registerUser(test);
  const id = user.organizationId;
  await fillChain(test.app.db, { type: 'organization', id }, 350);
  const response = await test.request('GET', `${path.replace(owner.organizationId, id)}/audit-events/`, {
    ...{ token: user.token, headers: { accept: 'application/x-ndjson' } },
  });
  const sequences = response.body
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as Event).sequence);
  t.same(
    sequences,
    Array.from({ length: 352 }, (_, index) => index + 1),
  );
});

void t.test('what nobody has asked for yet has not been read', async (t) => {
  const id = uuidv7();
  const chain = { type: 'organization' as const, id };
  await fillChain(test.app.db, chain, 1_000);
  const heads = createAuditHeads({ keyRing: await startKeyRing(t, test), clock: { now: Date.now }, issuer: 'x' });
  const service = createAuditEventService({ db: test.app.db, heads });
  const lines = (await service.export(chain, {}))[Symbol.asyncIterator]();
  const isRead = (text: string) => text.includes('from "audit_events"');
  const take = async (count: number) => {
    const statements = await recordStatements(async () => {
      for (let i = 0; i < count; i += 1) await lines.next();
    });
    return statements.filter(isRead).length;
  };
  t.equal(await take(100), 0, 'the first batch was there');
  t.equal(await take(1), 1);
  t.equal(await take(99), 0);
  t.equal(await take(101), 2);
  await lines.return?.();
  t.match(await lines.next(), { done: true });
});

void t.test('a HEAD of an export reads none of it', async (t) => {
  const statements = await recordStatements(async () => {
    const options = { token: owner.token, headers: { accept: 'application/x-ndjson' } };
    const response = await test.request('HEAD', url, options);
    t.equal(response.statusCode, 200);
    t.equal(response.headers['content-type'], 'application/x-ndjson');
    t.equal(response.body, '');
  });
  t.same(
    statements.filter((text) => text.includes('from "audit_')),
    [],
  );
});

void t.test('200 for a moment that RFC 3339 knows and Postgres does not', async (t) => {
  const moments = ['2026-01-01T00:00:00%2B16:00', '0000-12-31T23:00:00-02:00'];
  for (const moment of moments) {
    for (const name of ['from', 'to']) {
      const response = await test.request('GET', `${url}?${name}=${moment}`, { token: owner.token });
      t.equal(response.statusCode, 200, `${name} ${moment}`);
    }
  }
});

void t.test('403 for a developer and a reader, 404 for a stranger', async (t) => {
  for (const address of [url, `${url}head/`]) {
    for (const { token } of [developer, reader]) {
      t.equal((await test.request('GET', address, { token })).statusCode, 403);
    }
    t.equal((await test.request('GET', address, { token: stranger.token })).statusCode, 404);
  }
});

void t.test('the events of an organization stay when it is deleted, and its chain ends with that', async (t) => {
  const user = await registerUser(test);
  const { organizationId: id, organizationName: confirm } = user;
  const gone = path.replace(owner.organizationId, id);
  await test.request('DELETE', `${gone}/`, { token: user.token, body: { confirm } });
  t.equal((await test.request('GET', `${gone}/audit-events/`, { token: user.token })).statusCode, 404);
  const rows = await test.query('select action from audit_events where chain_id = $1 order by sequence desc', [id]);
  t.match(rows, [
    { action: 'organization.delete' },
    { action: 'application.create' },
    { action: 'organization.create' },
  ]);
});
