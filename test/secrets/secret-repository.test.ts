import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import { createSecretRepository } from '../../src/secrets/secret-repository.ts';
import { build } from '../support/build-app.ts';
import type { TestClient, TestUser } from '../support/factories.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { connect, regenerate } from '../support/machines.ts';
import { openDb } from '../support/secret-tools.ts';

interface Row {
  id: string;
  client: string;
  used_at: string | null;
  client_used_at: string | null;
}

const test = await build(t);
const owner: TestUser = await registerUser(test);
const repository = createSecretRepository(openDb(t, test).db);

type Times = 'used_at' | 'client_used_at';

/** A client's secrets, oldest first, with the times of use that are stored. */
async function read({ client_id }: TestClient): Promise<Row[]> {
  const rows = await test.query<Omit<Row, Times> & Record<Times, Date | null>>(
    `select secrets.id, api_clients.id as client, secrets.last_used_at as used_at,
       api_clients.last_used_at as client_used_at
     from secrets join api_clients on api_clients.id = api_client_id where client_id = $1 order by secrets.id`,
    [client_id],
  );
  return rows.map((row) => ({
    ...row,
    used_at: row.used_at?.toISOString() ?? null,
    client_used_at: row.client_used_at?.toISOString() ?? null,
  }));
}

async function makeSecret(): Promise<{ client: TestClient; id: string }> {
  const client = await createClient(test, owner);
  return { client, id: (await read(client))[0]!.id };
}

const noon = '2026-01-31T12:00:00.000Z';
const later = '2026-01-31T12:00:00.001Z';
const recordUses = (uses: [secretId: string, at: string, network?: string][]) =>
  repository.recordUses(
    new Map(uses.map(([secretId, at, network = null]) => [secretId, { usedAt: Date.parse(at), network }])),
  );

void t.test('a use is written to the secret and to its client', async (t) => {
  const { client, id } = await makeSecret();
  t.same(await recordUses([[id, noon]]), []);
  t.match(await read(client), [{ used_at: noon, client_used_at: noon }]);
});

void t.test('times of use never go back, and those that are not newer change nothing', async (t) => {
  const { client, id } = await makeSecret();
  await recordUses([[id, later]]);
  await recordUses([[id, noon]]);
  t.match(await read(client), [{ used_at: later, client_used_at: later }]);
});

void t.test('two secrets of one client in one batch: each has its own time, the client the latest', async (t) => {
  const { client } = await makeSecret();
  await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 60 });
  const [old, current] = await read(client);
  t.same(
    await recordUses([
      [old!.id, later],
      [current!.id, noon],
    ]),
    [],
  );
  t.match(await read(client), [
    { used_at: later, client_used_at: later },
    { used_at: noon, client_used_at: later },
  ]);
});

void t.test('no uses, and uses of secrets that are gone, are nothing to write and nothing to keep', async (t) => {
  t.same(await recordUses([]), []);
  const { client, id } = await makeSecret();
  t.same(
    await recordUses([
      [uuidv7(), noon],
      [id, noon],
    ]),
    [],
  );
  t.match(await read(client), [{ used_at: noon }]);
});

void t.test(
  'a row that somebody holds is not waited for: its use is handed back, the others are written',
  async (t) => {
    const [heldSecret, heldClient, free] = [await makeSecret(), await makeSecret(), await makeSecret()];
    const other = await connect(t, test);
    await other.query('begin');
    await other.query('select from secrets where id = $1 for update', [heldSecret.id]);
    await other.query('select from api_clients where client_id = $1 for update', [heldClient.client.client_id]);
    const uses = [heldSecret, heldClient, free].map(({ id }): [string, string] => [id, noon]);
    t.same((await recordUses(uses)).sort(), [heldSecret.id, heldClient.id].sort());
    await other.query('rollback');
    t.match(await read(heldSecret.client), [{ used_at: null, client_used_at: null }]);
    t.match(await read(heldClient.client), [{ used_at: null, client_used_at: null }]);
    t.match(await read(free.client), [{ used_at: noon, client_used_at: noon }]);
    t.same(await recordUses(uses), []);
    t.match(await read(heldSecret.client), [{ used_at: noon, client_used_at: noon }]);
  },
);

void t.test('a batch is one statement, whatever it holds', async (t) => {
  const made = [await makeSecret(), await makeSecret(), await makeSecret()];
  await test.query('create table statements (target text, transaction bigint, at timestamptz)');
  await test.query(
    `create function count_statement() returns trigger language plpgsql as $$ begin
       insert into statements values (tg_table_name, txid_current(), statement_timestamp()); return null; end $$`,
  );
  for (const table of ['secrets', 'api_clients']) {
    await test.query(
      `create trigger counted after update on ${table} for each statement execute function count_statement()`,
    );
  }
  await recordUses(made.map(({ id }) => [id, noon]));
  const counted = await test.query<{ target: string; transaction: string; at: string }>(
    'select target, transaction, at::text from statements order by target',
  );
  t.same(
    counted.map(({ target }) => target),
    ['api_clients', 'secrets'],
  );
  t.equal(counted[0]!.transaction, counted[1]!.transaction);
  t.equal(counted[0]!.at, counted[1]!.at);
  for (const { client } of made) t.match(await read(client), [{ used_at: noon }]);
});

void t.test('a hash is replaced only where it still is the one that was compared', async (t) => {
  const { client, id } = await makeSecret();
  const readHash = async () =>
    (await test.query<{ hash: string }>('select hash from secrets where id = $1', [id]))[0]!.hash;
  const before = await readHash();
  const fresh = { hash: '$argon2id$fresh', pepperVersion: 'new' };
  await repository.updateHash(id, '$argon2id$other', fresh);
  t.equal(await readHash(), before);
  await repository.updateHash(id, before, fresh);
  t.equal(await readHash(), fresh.hash);
  t.equal((await read(client)).length, 1);
});

void t.test('the network of the last use stays where a later use does not tell its own', async (t) => {
  const { id } = await makeSecret();
  const readNetwork = async () =>
    (await test.query<{ last_used_ip: string | null }>('select last_used_ip from secrets where id = $1', [id]))[0]!
      .last_used_ip;
  await recordUses([[id, noon]]);
  t.equal(await readNetwork(), null);
  await recordUses([[id, later, '192.0.2.0/24']]);
  t.equal(await readNetwork(), '192.0.2.0/24');
  await recordUses([[id, noon, '198.51.100.0/24']]);
  t.equal(await readNetwork(), '192.0.2.0/24', 'an earlier use changes nothing');
  await recordUses([[id, '2026-01-31T12:00:01.000Z']]);
  t.equal(await readNetwork(), '192.0.2.0/24');
  await recordUses([[id, '2026-01-31T12:00:02.000Z', '2001:db8:1::/48']]);
  t.equal(await readNetwork(), '2001:db8:1::/48');
});
