import { randomBytes, randomUUID } from 'node:crypto';
import bcrypt from 'bcrypt';
import t from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import type { Fallback } from '../../src/secrets/near-states.ts';
import { createPromiseRepository } from '../../src/secrets/promise-repository.ts';
import { build, waitFor } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { query } from '../support/embedded-service.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import { importLine, importLines, lookupOf, random } from '../support/imports.ts';
import { clientPath } from '../support/machines.ts';
import { readFigures } from '../support/metrics.ts';
import { issueToken, sendAs } from '../support/oauth.ts';
import { requireStandby, startReplication, withoutReplication } from '../support/replication.ts';

void t.test('checks that are answered from a streaming replica', { skip: withoutReplication }, async (t) => {
  const [primary, replica] = await startReplication(t, 1);
  if (primary === undefined || replica === undefined) throw new Error('two servers were started');
  const databaseUrl = primary.directUrl;
  await migrateDatabase(databaseUrl);
  const writer = await build(t, { databaseUrl, plantAt: databaseUrl });
  const reader = await build(t, {
    beside: writer,
    databaseUrl,
    env: { DATABASE_READ_URL: replica.databaseUrl, REPLICA_LEASE_SECONDS: '1' },
  });
  const owner = await registerUser(writer);
  const statusOf = async (test: TestApp, client: { client_secret: string }) =>
    (await test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': client.client_secret } })).statusCode;
  const fromReplica = async () => {
    const figures = await readFigures(reader);
    const count = (source: string) => figures.get('latchkey_replica_answers_total', { source }) ?? 0;
    return count('memory') + count('replica');
  };
  const fallbacks = async (reason: Fallback) =>
    (await readFigures(reader)).get('latchkey_replica_fallbacks_total', { reason }) ?? 0;
  const untilReadFromReplica = (client: { client_secret: string }) =>
    waitFor(async () => {
      const before = await fromReplica();
      const status = await statusOf(reader, client);
      return status === 200 && (await fromReplica()) > before ? true : undefined;
    });

  await t.test('what has just been made is accepted, and soon from the replica', async (t) => {
    const client = await createClient(writer, owner);
    t.equal(await statusOf(reader, client), 200);
    await untilReadFromReplica(client);
    t.same((await reader.request('GET', '/readyz')).json(), { status: 'ok', state_reads: 'replica' });
    t.same((await writer.request('GET', '/readyz')).json(), { status: 'ok' });
  });

  await t.test('what was taken away is refused once that is answered', async (t) => {
    for (let round = 0; round < 10; round += 1) {
      const client = await createClient(writer, owner);
      const token = await issueToken(writer, client);
      await untilReadFromReplica(client);
      const verifyToken = () =>
        reader.request('GET', `${API}/verify/`, { headers: { authorization: `Bearer ${token}` } });
      t.equal((await verifyToken()).statusCode, 200);
      await sendAs(writer, client, { route: 'revoke', form: { token } });
      t.equal((await verifyToken()).statusCode, 401);
      const path = clientPath(owner, client.client_id);
      await writer.request('PATCH', path, { token: owner.token, body: { status: 'paused' } });
      t.equal(await statusOf(reader, client), 401);
      await writer.request('PATCH', path, { token: owner.token, body: { status: 'active' } });
      t.equal(await statusOf(reader, client), 200);
      await writer.request('DELETE', path, { token: owner.token });
      t.equal(await statusOf(reader, client), 401);
    }
  });

  await t.test('a repeated request is answered no earlier than the one that is still waited for', async (t) => {
    const client = await createClient(writer, owner);
    await untilReadFromReplica(client);
    const path = clientPath(owner, client.client_id);
    const pause = () => writer.request('PATCH', path, { token: owner.token, body: { status: 'paused' } });
    const remove = () => writer.request('DELETE', path, { token: owner.token });
    for (const request of [pause, remove]) {
      const answers = Array.from({ length: 3 }, () => request().then(() => statusOf(reader, client)));
      t.same(await Promise.all(answers), [401, 401, 401]);
    }
  });

  await t.test(
    'a replica that has stopped to replay is not believed, and is waited for no longer than a lease',
    async (t) => {
      const client = await createClient(writer, owner);
      await untilReadFromReplica(client);
      await replica.pauseReplay();
      await writer.request('DELETE', clientPath(owner, client.client_id), { token: owner.token });
      t.equal(await statusOf(reader, client), 401);
      t.same((await reader.request('GET', '/readyz')).json(), { status: 'ok', state_reads: 'primary' });
      await replica.replay();
      await untilReadFromReplica(await createClient(writer, owner));
    },
  );

  await t.test('a replica that is away, or says nothing, makes no check fail', async (t) => {
    const client = await createClient(writer, owner);
    const ways: [Fallback, () => Promise<void> | void, () => Promise<void> | void][] = [
      ['not_accepted', () => replica.door.cut(), () => replica.door.mend()],
      [
        'silent',
        () => {
          replica.door.hush();
        },
        () => {
          replica.door.unhush();
        },
      ],
    ];
    for (const [reason, leave, comeBack] of ways) {
      await untilReadFromReplica(client);
      const before = await fallbacks(reason);
      await leave();
      await waitFor(async () => {
        t.equal(await statusOf(reader, client), 200, reason);
        return (await fallbacks(reason)) > before || undefined;
      });
      await comeBack();
    }
    await untilReadFromReplica(client);
  });

  await t.test(
    'a secret with a hash from elsewhere is accepted from the replica, and a wrong one by nobody',
    async (t) => {
      const secret = randomBytes(32).toString('base64url');
      const clientId = `svc-${randomUUID()}`;
      const imported = importLine(clientId, {
        secret: { hash: await bcrypt.hash(secret, 10), random, lookup: lookupOf(secret) },
      });
      t.match(await importLines(writer, owner, [imported]), { end: { imported: 1 } });
      const client = { client_secret: secret };
      await untilReadFromReplica(client);
      t.equal(await statusOf(reader, { client_secret: `${secret}x` }), 401);
    },
  );

  await t.test('who has stopped to read from the replica is waited for by nobody', async (t) => {
    const untilReaders = (count: number) =>
      waitFor(async () => (await writer.query('select from state_promises')).length === count || undefined);
    await untilReaders(1);
    await reader.app.close();
    t.ok(await untilReaders(0));
  });

  await t.test('a reader has its row no earlier than the standbys that commits wait for have it', async (t) => {
    await requireStandby(primary, replica.name);
    const pool = createPool({ databaseUrl, poolMax: 1 });
    t.teardown(() => pool.end());
    const waiting = `select from pg_stat_activity where wait_event = 'SyncRep' and query like '%grant_state_promise%'`;
    replica.feed().hush('answers');
    const granted = createPromiseRepository(createDb(pool), randomUUID(), 1_000).grant();
    const isWaiting = waitFor(async () => (await query(databaseUrl, waiting)).length > 0 || undefined);
    t.equal(await Promise.race([isWaiting, granted]), true);
    replica.feed().unhush();
    t.ok(await granted);
  });
});
