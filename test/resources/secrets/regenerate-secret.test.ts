import t from 'tap';
import { build } from '../../support/build-app.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import { check, clientPath, listSecrets, regenerate } from '../../support/machines.ts';
import type { Regenerated } from '../../support/machines.ts';
import { isProblem } from '../../support/problems.ts';

const MONTH_SECONDS = 30 * 86_400;

const test = await build(t);
const owner = await registerUser(test);

const post = (clientId: string, body?: unknown, headers: Record<string, string> = {}) =>
  test.request('POST', clientPath(owner, clientId, 'regenerate-secret/'), { token: owner.token, body, headers });
const read = (clientId: string) => test.request('GET', clientPath(owner, clientId), { token: owner.token });

async function statuses(...secrets: string[]): Promise<number[]> {
  return Promise.all(secrets.map(async (secret) => (await check(test, secret)).statusCode));
}

/** Brings the end of every overlap of a client to now. */
async function endOverlap(clientId: string): Promise<void> {
  await test.query(
    `update secrets set expires_at = now() - interval '1 second'
     from api_clients where api_clients.id = api_client_id and client_id = $1 and secrets.expires_at is not null`,
    [clientId],
  );
}

void t.test('200 with the whole record and a new secret, which no later read shows', async (t) => {
  const client = await createClient(test, owner);
  const before = (await read(client.client_id)).json<object>();
  const response = await post(client.client_id);
  t.equal(response.statusCode, 200);
  t.equal(response.headers['cache-control'], 'no-store');
  const { client_secret, ...record } = response.json<Regenerated>();
  t.match(client_secret, /^lk_live_[0-9A-Za-z]{71}$/);
  t.not(client_secret, client.client_secret);
  const { updated_at } = response.json<{ updated_at: string }>();
  t.same(record, { ...before, client_secret_hint: client_secret.slice(-4), updated_at });
  const after = await read(client.client_id);
  t.same(after.json(), record);
  t.equal(after.headers.etag, response.headers.etag);
  const secrets = await test.request('GET', clientPath(owner, client.client_id, 'secrets/'), { token: owner.token });
  t.notOk(secrets.body.includes(client_secret));
});

void t.test('without an overlap the old secret is dead at once, however that is said', async (t) => {
  const json = { 'content-type': 'application/json' };
  const ways: [unknown, Record<string, string>?][] = [
    [undefined],
    [{}],
    [{ overlap_seconds: 0 }],
    ['', json],
    ['', { 'content-type': 'text/plain' }],
  ];
  for (const [body, headers] of ways) {
    const client = await createClient(test, owner, { environment: 'staging' });
    const response = await post(client.client_id, body, headers);
    t.equal(response.statusCode, 200, JSON.stringify(body));
    const { client_secret } = response.json<Regenerated>();
    t.match(client_secret, /^lk_staging_/);
    t.same(await statuses(client.client_secret, client_secret), [401, 200]);
  }
});

void t.test('with an overlap both secrets work until its end, then only the new one', async (t) => {
  const client = await createClient(test, owner);
  const fresh = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
  t.same(await statuses(client.client_secret, fresh.client_secret), [200, 200]);
  t.match((await read(client.client_id)).json(), { client_secret_hint: fresh.client_secret_hint });

  const [left] = await test.query<{ seconds: number }>(
    `select extract(epoch from secrets.expires_at - now())::float as seconds
     from secrets join api_clients on api_clients.id = api_client_id
     where client_id = $1 and secrets.expires_at is not null`,
    [client.client_id],
  );
  t.ok(left!.seconds > 3500 && left!.seconds <= 3600, 'the overlap counts from now');

  await endOverlap(client.client_id);
  t.same(await statuses(client.client_secret, fresh.client_secret), [401, 200]);
});

void t.test('an overlap may last from one second to 30 days', async (t) => {
  for (const overlap_seconds of [1, MONTH_SECONDS]) {
    const client = await createClient(test, owner);
    t.equal((await post(client.client_id, { overlap_seconds })).statusCode, 200);
  }
});

void t.test('400 for an overlap of more than 30 days, below zero, or that is no whole number', async (t) => {
  const client = await createClient(test, owner);
  for (const overlap_seconds of [MONTH_SECONDS + 1, -1, 1.5, '60', null, true]) {
    const response = await post(client.client_id, { overlap_seconds });
    t.equal(response.statusCode, 400, String(overlap_seconds));
    t.match(response.json(), { errors: [{ pointer: '/overlap_seconds' }] });
  }
  const several = await post(client.client_id, { overlap_seconds: -1, now: true });
  t.same(
    several
      .json<{ errors: { pointer: string }[] }>()
      .errors.map(({ pointer }) => pointer)
      .sort(),
    ['/now', '/overlap_seconds'],
  );
  t.same(await statuses(client.client_secret), [200], 'the secret is untouched');
});

void t.test('415 for a body that is not declared as JSON', async (t) => {
  const client = await createClient(test, owner);
  const response = await post(client.client_id, '{"overlap_seconds":60}', { 'content-type': 'text/plain' });
  t.equal(response.statusCode, 415);
  t.same(await statuses(client.client_secret), [200]);
});

void t.test(
  '409 while the old secret still works: the answer says which, until when, and nothing changes',
  async (t) => {
    const client = await createClient(test, owner);
    const second = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
    const [, retiring] = await listSecrets(test, owner, client.client_id);
    for (const body of [undefined, { overlap_seconds: 3600 }, { overlap_seconds: 60, force: false }]) {
      const response = await post(client.client_id, body);
      const members = { secret_id: retiring!.uuid, expires_at: retiring!.expires_at! };
      isProblem(t, response, { code: 'rotation_in_progress', members });
      const words = `The secret that ends in ${retiring!.hint} works until ${members.expires_at}.`;
      t.match(response.json<{ detail: string }>().detail, words);
    }
    t.same(await statuses(client.client_secret, second.client_secret), [200, 200]);
    t.equal((await listSecrets(test, owner, client.client_id)).length, 2);
  },
);

void t.test(
  'force ends the retiring one at once: the active one retires, or ends too without an overlap',
  async (t) => {
    const client = await createClient(test, owner);
    const second = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
    const third = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 60, force: true });
    t.same(await statuses(client.client_secret, second.client_secret, third.client_secret), [401, 200, 200]);
    const fourth = await regenerate(test, owner, { clientId: client.client_id, force: true });
    t.same(await statuses(second.client_secret, third.client_secret, fourth.client_secret), [401, 401, 200]);
  },
);

void t.test('an overlap that has ended is in nobody’s way', async (t) => {
  const client = await createClient(test, owner);
  const second = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
  await endOverlap(client.client_id);
  const third = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
  t.same(await statuses(client.client_secret, second.client_secret, third.client_secret), [401, 200, 200]);
});

void t.test('the new secret may have an end of its own, which verify/ tells', async (t) => {
  const client = await createClient(test, owner);
  const end = new Date(Date.now() + 7 * 86_400_000).toISOString();
  const fresh = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 60, expiresAt: end });
  const [active, retiring] = await listSecrets(test, owner, client.client_id);
  t.match(active, { status: 'active', expires_at: end, hint: fresh.client_secret_hint });
  const verified = (await check(test, fresh.client_secret)).json<object>();
  t.match(verified, { secret_id: active!.uuid, expires_at: end });
  const old = (await check(test, client.client_secret)).json<object>();
  t.match(old, { secret_id: retiring!.uuid, expires_at: retiring!.expires_at });
  await test.query(`update secrets set expires_at = now() - interval '1 second' where id = $1`, [active!.uuid]);
  t.same(await statuses(client.client_secret, fresh.client_secret), [200, 401]);
});

void t.test('400 for an end that is past, no time, or a force that is no truth value', async (t) => {
  const client = await createClient(test, owner);
  for (const [body, pointer] of [
    [{ expires_at: '2020-01-01T00:00:00Z' }, '/expires_at'],
    [{ expires_at: 'tomorrow' }, '/expires_at'],
    [{ force: 'true' }, '/force'],
    [{ overlap: 60 }, '/overlap'],
  ] as const) {
    const response = await post(client.client_id, body);
    isProblem(t, response, { code: 'invalid_request', pointers: [pointer] });
  }
  t.same(await statuses(client.client_secret), [200]);
});

void t.test('a client without any secret gets a new one, with and without an overlap', async (t) => {
  for (const overlapSeconds of [0, 60]) {
    const client = await createClient(test, owner);
    await test.query('delete from secrets where hint = $1', [client.client_secret_hint]);
    t.match((await read(client.client_id)).json(), { client_secret_hint: null });
    const fresh = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds });
    t.same(await statuses(fresh.client_secret), [200]);
  }
});

void t.test('20 regenerations at the same time all succeed, and exactly one secret is usable afterwards', async (t) => {
  const client = await createClient(test, owner);
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(client.client_id)));
  const secrets = answers.map((answer) => {
    t.equal(answer.statusCode, 200);
    const { client_secret, client_secret_hint } = answer.json<Regenerated>();
    t.equal(client_secret_hint, client_secret.slice(-4), 'each answer is about its own secret');
    return client_secret;
  });
  const found = await statuses(client.client_secret, ...secrets);
  t.equal(found.filter((status) => status === 200).length, 1);
  t.equal(found[0], 401);
  const usable = secrets[found.indexOf(200) - 1]!;
  t.match((await read(client.client_id)).json(), { client_secret_hint: usable.slice(-4) });
});

void t.test('of 20 regenerations with an overlap at the same time one goes through, the others are told', async (t) => {
  const client = await createClient(test, owner);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => post(client.client_id, { overlap_seconds: 3600 })),
  );
  const made = answers.filter(({ statusCode }) => statusCode === 200).map((answer) => answer.json<Regenerated>());
  t.equal(made.length, 1);
  t.equal(answers.filter(({ statusCode }) => statusCode === 409).length, 19);
  t.same(await statuses(client.client_secret, made[0]!.client_secret), [200, 200]);
});
