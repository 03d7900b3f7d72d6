import type pg from 'pg';
import t from 'tap';
import type { Test } from 'tap';
import { MasterKey } from '../../../src/master-key/master-key.ts';
import { Argon2Gate } from '../../../src/secrets/argon2-gate.ts';
import { createHasher } from '../../../src/secrets/hasher.ts';
import { build, waitFor } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import type { TestClient } from '../../support/factories.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { check, clientPath, connect, regenerate, revokeOldSecret } from '../../support/machines.ts';

const CHECKS = 1000;

const test = await build(t);
const owner = await registerUser(test);

/** Another process of the service: it shares the database and the master key, and nothing else. */
const second = await build(t, { beside: test });

const send = (method: 'DELETE' | 'PATCH', url: string, body?: object) =>
  test.request(method, url, { token: owner.token, ...(body === undefined ? {} : { body }) });
const pause = ({ client_id }: TestClient) => send('PATCH', clientPath(owner, client_id), { status: 'paused' });

const revoke = (client: TestClient) => revokeOldSecret(test, owner, client);

/** Every way to end a secret. Resolves when its answer has arrived. */
const endings: Record<string, (client: TestClient) => Promise<unknown>> = {
  regenerate: ({ client_id }) => regenerate(test, owner, { clientId: client_id }),
  delete: ({ client_id }) => send('DELETE', clientPath(owner, client_id)),
  pause,
  'revoke one secret': revoke,
};

/** How many of so many checks at the same time are answered with each status. */
async function storm(secret: string, count = CHECKS, processes: TestApp[] = [test]): Promise<Record<number, number>> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => check(processes[index % processes.length]!, secret)),
  );
  const counts: Record<number, number> = {};
  for (const { statusCode } of answers) counts[statusCode] = (counts[statusCode] ?? 0) + 1;
  return counts;
}

for (const [name, end] of Object.entries(endings)) {
  void t.test(`after the answer to ${name}, 1,000 checks give not one acceptance`, async (t) => {
    const warm = await createClient(test, owner);
    t.same(await storm(warm.client_secret, 10), { 200: 10 });
    await end(warm);
    t.same(await storm(warm.client_secret), { 401: CHECKS }, 'a secret the service knows');

    const cold = await createClient(test, owner);
    await end(cold);
    t.same(await storm(cold.client_secret), { 401: CHECKS }, 'a secret that was never checked before');
  });

  void t.test(`${name} in one process ends the secret in every other process as well`, async (t) => {
    const client = await createClient(test, owner);
    t.same(await storm(client.client_secret, 20, [test, second]), { 200: 20 });
    await end(client);
    t.same(await storm(client.client_secret, 100, [test, second]), { 401: 100 });
  });

  void t.test(`${name} amid a stream of checks: none that begins after the answer is accepted`, async (t) => {
    const client = await createClient(test, owner);
    const before: number[] = [];
    const after: number[] = [];
    let seen = before;
    const streams = Array.from({ length: 20 }, async () => {
      while (after.length < 200) {
        const statuses = seen;
        statuses.push((await check(test, client.client_secret)).statusCode);
      }
    });
    await waitFor(() => (before.includes(200) ? true : undefined));
    await end(client);
    seen = after;
    await Promise.all(streams);
    t.same([...new Set(after)], [401]);
  });
}

/** Makes a comparison with the client's secret last for several requests, or longer. */
async function slowDown(client: TestClient, passes: number): Promise<void> {
  const hasher = createHasher({
    gate: new Argon2Gate({ concurrency: 1, queueMax: 1 }),
    masterKey: new MasterKey(test.config.masterKeys),
    passwordCost: test.config.passwordCost,
    secretCost: { memoryKib: 65_536, passes, parallelism: 1 },
  });
  const { hash } = await hasher.hashSecret(client.client_secret);
  await test.query('update secrets set hash = $2 where hint = $1', [client.client_secret_hint, hash]);
}

/** Waits until the service has read the state of a secret since `start`, and may have asked for changes since. */
async function stateReadSince(start: string): Promise<void> {
  await waitFor(async () => {
    const [found] = await test.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'latchkey'
       and state = 'idle' and query like '%state_changes%' and query_start > $1::timestamptz`,
      [start],
    );
    return found;
  });
}

async function now(): Promise<string> {
  const [row] = await test.query<{ now: string }>('select clock_timestamp()::text as now');
  return row!.now;
}

for (const [name, end, reason] of [
  ['deleted', endings.delete!, 'revoked while it was checked'],
  ['revoked', revoke, 'revoked while it was checked'],
  ['paused', pause, 'client paused'],
] as const) {
  void t.test(`a secret that is ${name} while it is being compared is refused`, async (t) => {
    let seen: string | undefined;
    // Where the comparison is over before the secret ends, it says nothing, and is made to last longer.
    for (const passes of [8, 40, 200]) {
      const client = await createClient(test, owner);
      // The new secret is made by now, and waits for no comparison.
      await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
      await slowDown(client, passes);
      const start = await now();
      const answer = check(test, client.client_secret);
      await stateReadSince(start);
      await end(client);
      if ((await answer).statusCode !== 401) continue;
      seen = test.logs.findLast((line) => line.includes('"reason"'));
      break;
    }
    t.match(seen, `"reason":"${reason}"`);
  });
}

/** Asks about a redirect URL, and calls `meanwhile` while the service waits for the lists of the applications. */
async function askDuring(
  t: Pick<Test, 'teardown'>,
  client: TestClient,
  meanwhile: (locker: pg.Client) => Promise<unknown>,
): Promise<number> {
  const locker = await connect(t, test);
  await locker.query('begin');
  await locker.query('lock table applications in access exclusive mode');
  const answer = test.request('POST', `${API}/verify/`, {
    headers: { 'x-api-key': client.client_secret },
    body: { redirect_url: 'https://acme.example/' },
  });
  await waitFor(async () => {
    const [found] = await test.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'latchkey'
       and wait_event_type = 'Lock'`,
    );
    return found;
  });
  await meanwhile(locker);
  await locker.query('commit');
  return (await answer).statusCode;
}

void t.test('a secret that ends while a redirect URL is looked up is refused', async (t) => {
  const lasting = await createClient(test, owner);
  t.equal(await askDuring(t, lasting, async () => undefined), 200);
  const revoked = await createClient(test, owner);
  // The route itself would wait for the applications as well.
  const end = (locker: pg.Client) =>
    locker.query('delete from secrets using api_clients as owner where owner.id = api_client_id and client_id = $1', [
      revoked.client_id,
    ]);
  t.equal(await askDuring(t, revoked, end), 401);
  const deleted = await createClient(test, owner);
  const remove = (locker: pg.Client) =>
    locker.query('delete from api_clients where client_id = $1', [deleted.client_id]);
  t.equal(await askDuring(t, deleted, remove), 401);
});

void t.test('a paused client works again when it is resumed, and not before', async (t) => {
  const client = await createClient(test, owner);
  await pause(client);
  const fresh = await regenerate(test, owner, { clientId: client.client_id });
  t.equal((await check(test, fresh.client_secret)).statusCode, 401, 'a new secret does not wake it');
  await send('PATCH', clientPath(owner, client.client_id), { status: 'active' });
  t.equal((await check(test, fresh.client_secret)).statusCode, 200);
  t.equal((await check(test, client.client_secret)).statusCode, 401, 'nor does waking it bring back an old secret');
});

void t.test('an end that is put off or taken away lets the client work again', async (t) => {
  const client = await createClient(test, owner);
  for (const expires_at of ['2099-01-01T00:00:00Z', null]) {
    await test.query('update api_clients set expires_at = now() - make_interval(secs => 0.001) where client_id = $1', [
      client.client_id,
    ]);
    t.equal((await check(test, client.client_secret)).statusCode, 401);
    await send('PATCH', clientPath(owner, client.client_id), { expires_at });
    t.equal((await check(test, client.client_secret)).statusCode, 200);
  }
});

void t.test('permissions that are taken away bite at once, permissions that are given help at once', async (t) => {
  const client = await createClient(test, owner, { permissions: ['api.read', 'api.write'] });
  const ask = (permission: string) =>
    test.request('GET', `${API}/verify/?permission=${permission}`, { headers: { 'x-api-key': client.client_secret } });
  t.equal((await ask('api.write')).statusCode, 200);
  await send('PATCH', clientPath(owner, client.client_id), { permissions: ['api.read'] });
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask('api.write')));
  t.same([...new Set(answers.map(({ statusCode }) => statusCode))], [403]);
  t.equal((await check(test, client.client_secret)).headers['x-permissions'], 'api.read');
  await send('PATCH', clientPath(owner, client.client_id), { permissions: ['api.write'] });
  t.equal((await ask('api.write')).statusCode, 200);
});
