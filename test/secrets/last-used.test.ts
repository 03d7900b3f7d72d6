import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import { LastUsedRecorder } from '../../src/secrets/last-used.ts';
import type { LastUse } from '../../src/secrets/last-used.ts';
import { createSecretRepository } from '../../src/secrets/secret-repository.ts';
import { build, waitFor } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import type { TestClient } from '../support/factories.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import { cutLockWaiters, holdLock, waitForLockWaiters } from '../support/database-session.ts';
import { check, clientPath, connect, forgeSecret, regenerate } from '../support/machines.ts';
import { openDb } from '../support/secret-tools.ts';

const WAITING_MAX = 10_000;

const test = await build(t);
const owner = await registerUser(test);
const { db } = openDb(t, test);
const repository = createSecretRepository(db);
const makeRecorder = () =>
  new LastUsedRecorder({ repository, what: 'secrets', clock: { now: Date.now }, log: test.app.log });

interface Uses {
  secret: Date | null;
  client: Date | null;
}

async function readUses({ query }: TestApp, { client_id }: TestClient): Promise<Uses> {
  const [row] = await query<{ secret: Date | null; client: Date | null }>(
    `select secrets.last_used_at as secret, api_clients.last_used_at as client
     from secrets join api_clients on api_clients.id = api_client_id
     where client_id = $1 and secrets.ended_at is null`,
    [client_id],
  );
  return row!;
}

async function makeSecret(): Promise<{ client: TestClient; id: string }> {
  const client = await createClient(test, owner);
  const [row] = await test.query<{ id: string }>('select id from secrets where hint = $1', [client.client_secret_hint]);
  return { client, id: row!.id };
}

/** Fills a recorder with uses of secrets that are long gone. */
function recordGone(recorder: LastUsedRecorder, count: number): void {
  for (let index = 0; index < count; index++) recorder.record(uuidv7());
}

const hideSecrets = () => test.query('alter table secrets rename to hidden_secrets');
const showSecrets = () => test.query('alter table hidden_secrets rename to secrets');

void t.test('a clean stop writes every acceptance so far, and no refusal counts as a use', async (t) => {
  const service = await build(t);
  const user = await registerUser(service);
  const names = ['accepted', 'by Basic', 'refused', 'forbidden', 'elsewhere'] as const;
  const clients = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await createClient(service, user, { name })] as const)),
  ) as Record<(typeof names)[number], TestClient>;
  const ask = (secret: string, query = '') =>
    service.request('GET', `${API}/verify/${query}`, { headers: { 'x-api-key': secret } });

  const before = new Date();
  t.equal((await ask(clients.accepted.client_secret)).statusCode, 200);
  const { client_id, client_secret } = clients['by Basic'];
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  t.equal((await service.request('GET', `${API}/verify/`, { headers: { authorization } })).statusCode, 200);
  t.equal((await ask(forgeSecret(clients.refused.client_secret, { keepId: true }))).statusCode, 401);
  t.equal((await ask(clients.forbidden.client_secret, '?permission=api.write')).statusCode, 403);
  t.equal((await ask(clients.elsewhere.client_secret, '?environment=staging')).statusCode, 403);
  await service.app.close();
  const after = new Date();

  for (const name of ['accepted', 'by Basic'] as const) {
    const { secret, client } = await readUses(service, clients[name]);
    t.ok(secret !== null && secret >= before && secret <= after, name);
    t.equal(client?.getTime(), secret?.getTime());
  }
  for (const name of ['refused', 'forbidden', 'elsewhere'] as const) {
    t.same(await readUses(service, clients[name]), { secret: null, client: null }, name);
  }
});

void t.test('a use shows in the records within seconds, without a stop', async (t) => {
  const client = await createClient(test, owner);
  t.equal((await check(test, client.client_secret)).statusCode, 200);
  const read = async (rest: string) =>
    (await test.request('GET', clientPath(owner, client.client_id, rest), { token: owner.token })).json<unknown>();
  const record = await waitFor(async () => {
    const found = (await read('')) as { last_used_at: string | null };
    return found.last_used_at === null ? undefined : found;
  });
  t.match(await read('secrets/'), { results: [{ last_used_at: record.last_used_at }] });
});

void t.test('many uses of one secret are one note: the last', async (t) => {
  const { client, id } = await makeSecret();
  const recorder = makeRecorder();
  for (let index = 0; index < 1000; index++) recorder.record(id);
  const before = new Date();
  recorder.record(id);
  await recorder.flush();
  const { secret } = await readUses(test, client);
  t.ok(secret !== null && secret >= before);
  await test.query('update secrets set last_used_at = null where id = $1', [id]);
  await recorder.flush();
  t.equal((await readUses(test, client)).secret, null, 'what was written is not written again');
});

void t.test('the network of the last use that had an address is the one that is written', async (t) => {
  const written = new Map<string, LastUse>();
  const recorder = new LastUsedRecorder({
    repository: {
      async recordUses(uses) {
        for (const [id, use] of uses) written.set(id, use);
        return [];
      },
    },
    ...{ what: 'secrets', clock: { now: Date.now }, log: test.app.log },
  });
  for (const address of ['192.0.2.7', '198.51.100.7', '198.51.100.8', '203.0.113.9', undefined])
    recorder.record('a', address);
  recorder.record('b', '203.0.113.10');
  recorder.record('c');
  recorder.record('a', '198.51.100.9');
  await recorder.flush();
  const networks = ['a', 'b', 'c'].map((id) => written.get(id)?.network);
  t.same(networks, ['198.51.100.0/24', '203.0.113.0/24', null]);
  recorder.record('a');
  await recorder.flush();
  t.equal(written.get('a')?.network, null, 'the next note begins anew');
});

void t.test('what is noted and not written is known, while it is being written too, and only that', async (t) => {
  const { id } = await makeSecret();
  const recorder = makeRecorder();
  t.equal(recorder.lastUseOf(id), undefined);
  const before = Date.now();
  recorder.record(id, '192.0.2.77');
  const usedAt = recorder.lastUseOf(id);
  t.ok(usedAt !== undefined && usedAt >= before);
  const held = await holdLock(test, 'lock table secrets in access exclusive mode');
  const written = recorder.flush();
  t.equal(recorder.lastUseOf(id), usedAt);
  await held.commit();
  await written;
  t.equal(recorder.lastUseOf(id), undefined);
  const rows = await test.query('select last_used_ip from secrets where id = $1', [id]);
  t.same(rows, [{ last_used_ip: '192.0.2.0/24' }]);
});

void t.test('a database error loses nothing: the notes are written with the next batch', async (t) => {
  const { client, id } = await makeSecret();
  const recorder = makeRecorder();
  recorder.record(id);
  const after = new Date();
  await hideSecrets();
  await recorder.flush();
  await showSecrets();
  t.ok(test.logs.some((line) => line.includes('could not be written; trying again')));
  t.equal((await readUses(test, client)).secret, null);
  await recorder.flush();
  const { secret } = await readUses(test, client);
  t.ok(secret !== null && secret <= after, 'with the time of the use');
});

void t.test('a use that is noted while a batch fails is not overwritten by the batch', async (t) => {
  const { client, id } = await makeSecret();
  const recorder = makeRecorder();
  const held = await holdLock(test, 'lock table secrets in access exclusive mode');
  recorder.record(id);
  const failing = recorder.flush();
  await waitForLockWaiters(test);
  const between = new Date();
  await waitFor(() => (new Date() > between ? true : undefined));
  recorder.record(id);
  await cutLockWaiters(test);
  await failing;
  await held.commit();
  await recorder.flush();
  const { secret } = await readUses(test, client);
  t.ok(secret !== null && secret > between);
});

void t.test('a stop waits for a write under way, and tries again where rows are held by others', async (t) => {
  const { client, id } = await makeSecret();
  const other = await connect(t, test);
  await other.query('begin');
  await other.query('select from secrets where id = $1 for update', [id]);
  const recorder = makeRecorder();
  recorder.start();
  recorder.record(id);
  const written = recorder.flush();
  const stopped = recorder.stop();
  // It is done, and the row is still held: nothing was written. The stop tries again for a second from here.
  await written;
  await other.query('rollback');
  await stopped;
  t.not((await readUses(test, client)).secret, null);
});

void t.test('a stop ends also where nothing can be written any more', async (t) => {
  const { client, id } = await makeSecret();
  const recorder = makeRecorder();
  recorder.record(id);
  await hideSecrets();
  await recorder.stop();
  await showSecrets();
  t.equal((await readUses(test, client)).secret, null);
});

void t.test('with ten thousand secrets in use the notes are written early', async (t) => {
  const { client, id } = await makeSecret();
  const recorder = makeRecorder();
  recorder.record(id);
  recordGone(recorder, WAITING_MAX - 1);
  const usedAt = await waitFor(async () => (await readUses(test, client)).secret ?? undefined);
  t.ok(usedAt <= new Date());
});

void t.test('while nothing can be written the notes are bounded: the newest ten thousand stay', async (t) => {
  const [oldest, newest] = [await makeSecret(), await makeSecret()];
  const recorder = makeRecorder();
  await hideSecrets();
  recorder.record(oldest.id);
  recordGone(recorder, WAITING_MAX - 1);
  recordGone(recorder, WAITING_MAX - 1);
  recorder.record(newest.id);
  await recorder.flush();
  await showSecrets();
  await recorder.flush();
  t.not((await readUses(test, newest.client)).secret, null);
  t.equal((await readUses(test, oldest.client)).secret, null);
});

void t.test('writing uses and 50 regenerations at the same time never wait for each other in a circle', async (t) => {
  const clients = await Promise.all(Array.from({ length: 10 }, () => createClient(test, owner)));
  const deadlocks = async () =>
    (
      await test.query<{ count: string }>(
        'select deadlocks as count from pg_stat_database where datname = current_database()',
      )
    )[0]!.count;
  const before = await deadlocks();
  const recorder = makeRecorder();
  const running = new Set<unknown>(['regenerations']);
  const writer = (async () => {
    while (running.size > 0) {
      const rows = await test.query<{ id: string }>('select id from secrets order by random()');
      for (const { id } of rows) recorder.record(id);
      await recorder.flush();
    }
  })();
  const logged = test.logs.length;
  const regenerations = Array.from({ length: 50 }, (_, index) =>
    regenerate(test, owner, { clientId: clients[index % 10]!.client_id, overlapSeconds: index % 3, force: true }),
  );
  t.equal((await Promise.all(regenerations)).length, 50);
  running.clear();
  await writer;
  t.notOk(test.logs.slice(logged).some((line) => line.includes('could not be written')));
  t.equal(await deadlocks(), before);
});
