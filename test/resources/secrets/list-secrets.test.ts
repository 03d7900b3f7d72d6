import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import { build, waitFor } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { addColleague, check, clientPath, clientsPath, listSecrets, regenerate } from '../../support/machines.ts';

const test = await build(t);
const owner = await registerUser(test);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const path = (clientId: string) => clientPath(owner, clientId, 'secrets/');
const list = (clientId: string) => listSecrets(test, owner, clientId);

void t.test('200 with the secrets, newest first, by their last four characters, and who made them', async (t) => {
  const client = await createClient(test, owner);
  const [only, ...none] = await list(client.client_id);
  t.same(none, []);
  t.match(only, { uuid, created_at: moment });
  t.same(only, {
    uuid: only!.uuid,
    hint: client.client_secret.slice(-4),
    status: 'active',
    created_at: only!.created_at,
    created_by: owner.email,
    expires_at: null,
    last_used_at: null,
    last_used_ip: null,
    ended_at: null,
    ended_by: null,
  });

  const colleague = await addColleague(test, owner, 'developer');
  const asColleague = { ...colleague, organizationId: owner.organizationId };
  const fresh = await regenerate(test, asColleague, { clientId: client.client_id, overlapSeconds: 3600 });
  const [current, old] = await list(client.client_id);
  t.match(old, { uuid: only!.uuid, hint: only!.hint, status: 'retiring', expires_at: moment, ended_at: null });
  t.match(current, { hint: fresh.client_secret_hint, status: 'active', expires_at: null, created_by: colleague.email });
});

void t.test('a secret that was regenerated away is revoked: when, by whom, and without its hash', async (t) => {
  const client = await createClient(test, owner);
  const colleague = await addColleague(test, owner, 'admin');
  await regenerate(test, { ...colleague, organizationId: owner.organizationId }, { clientId: client.client_id });
  const [, old] = await list(client.client_id);
  t.match(old, { status: 'revoked', ended_at: moment, ended_by: colleague.email, hint: client.client_secret_hint });
  t.equal(old!.expires_at, old!.ended_at);
  const rows = await test.query<{ hash: unknown; lookup_id: unknown; pepper_version: unknown }>(
    'select hash, lookup_id, pepper_version from secrets where id = $1',
    [old!.uuid],
  );
  t.same(rows, [{ hash: null, lookup_id: null, pepper_version: null }]);
});

void t.test(
  'a secret that has run out is expired from that moment, written down or not, and nobody did it',
  async (t) => {
    const client = await createClient(test, owner);
    const fresh = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
    const [, retiring] = await list(client.client_id);
    const [ended] = await test.query<{ at: Date }>(
      `update secrets set expires_at = now() - interval '1 minute' where id = $1 returning expires_at as at`,
      [retiring!.uuid],
    );
    const expected = { uuid: retiring!.uuid, status: 'expired', ended_at: ended!.at.toISOString(), ended_by: null };
    t.match((await list(client.client_id))[1], expected);
    await regenerate(test, owner, { clientId: client.client_id });
    const [, second, first] = await list(client.client_id);
    t.match(first, expected);
    t.match(second, { status: 'revoked', hint: fresh.client_secret_hint });
  },
);

void t.test('pages: a limit, a cursor and a Link lead through all of them once', async (t) => {
  const client = await createClient(test, owner);
  for (let round = 0; round < 4; round += 1) await regenerate(test, owner, { clientId: client.client_id });
  const all = await list(client.client_id);
  t.equal(all.length, 5);
  const seen: string[] = [];
  let url: string | undefined = `${path(client.client_id)}?limit=2`;
  while (url !== undefined) {
    const response: LightMyRequestResponse = await test.request('GET', url, { token: owner.token });
    seen.push(...response.json<{ results: { uuid: string }[] }>().results.map(({ uuid: id }) => id));
    url = /<(.*)>/.exec(String(response.headers.link))?.[1];
  }
  t.same(
    seen,
    all.map(({ uuid: id }) => id),
  );
});

void t.test('a secret shows when it was last used, and from which network, never from which address', async (t) => {
  const client = await createClient(test, owner);
  const ask = (from: string) =>
    test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': client.client_secret }, from });
  for (const [address, network] of [
    ['198.51.100.77', '198.51.100.0/24'],
    ['2001:db8:85a3:8d3:1319:8a2e:370:7348', '2001:db8:85a3::/48'],
    ['::ffff:203.0.113.9', '203.0.113.0/24'],
  ] as const) {
    t.equal((await ask(address)).statusCode, 200);
    const [secret] = await waitFor(async () => {
      const found = await list(client.client_id);
      return found[0]!.last_used_ip === network ? found : undefined;
    });
    t.match(secret, { last_used_at: moment, last_used_ip: network });
  }
});

void t.test('404 for a secret of another client, of nobody, and for no uuid at all, all alike', async (t) => {
  const client = await createClient(test, owner);
  const other = await createClient(test, owner);
  const [foreign] = await list(other.client_id);
  const answers = [];
  for (const secretId of [foreign!.uuid, uuidv7(), 'newest', client.client_secret]) {
    const headers = { 'x-request-id': 'one-request' };
    const url = `${path(client.client_id)}${secretId}/`;
    answers.push(await test.request('DELETE', url, { token: owner.token, headers }));
  }
  for (const answer of answers) {
    t.equal(answer.statusCode, 404);
    t.equal(answer.body, answers[0]!.body);
  }
  t.equal((await check(test, other.client_secret)).statusCode, 200);
});

void t.test('API clients are listed by whether an old secret still works beside the new one', async (t) => {
  const other = await registerUser(test);
  const [quiet, rotating, over] = [
    await createClient(test, other),
    await createClient(test, other),
    await createClient(test, other),
  ];
  for (const { client_id: clientId } of [rotating, over]) {
    await regenerate(test, other, { clientId, overlapSeconds: 3600 });
  }
  const [, ended] = await listSecrets(test, other, over.client_id);
  await test.query(`update secrets set expires_at = now() - interval '1 second' where id = $1`, [ended!.uuid]);
  const find = async (value: string) => {
    const url = `${clientsPath(other)}?has_retiring_secret=${value}`;
    const response = await test.request('GET', url, { token: other.token });
    return response
      .json<{ results?: { client_id: string }[] }>()
      .results?.map(({ client_id: id }) => id)
      .sort();
  };
  t.same(await find('true'), [rotating.client_id]);
  t.same(await find('false'), [quiet.client_id, over.client_id, other.clientId].sort());
  t.equal(await find('1'), undefined);
});
