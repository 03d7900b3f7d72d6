import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { databaseErrorOf } from '../../src/errors.ts';
import { build } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { clientPath } from '../support/machines.ts';
import { migrations } from '../support/migrations.ts';

const test = await build(t);
const owner = await registerUser(test);

interface Row {
  status?: string;
  expires_at?: string | null;
  lookup_id?: string | null;
  hash?: string | null;
  pepper_version?: string | null;
  imported_strength?: string | null;
  imported_lookup?: string | null;
  imported_digest?: string | null;
}

const imported: Row = { hash: '$2b$10$x', imported_strength: 'random', imported_digest: 'd' };

/** A client without a secret. */
async function makeClient(): Promise<string> {
  const { client_id: clientId } = await createClient(test, owner);
  await test.query('delete from secrets where api_client_id = (select id from api_clients where client_id = $1)', [
    clientId,
  ]);
  return clientId;
}

/** Inserts a secret and gives the rule that refuses it. */
async function refusalOf(clientId: string, row: Row): Promise<unknown> {
  const names = Object.keys(row);
  const values = names.map((_name, index) => `$${index + 3}`);
  try {
    await test.query(
      `insert into secrets (id, api_client_id, hint, ${names.join()})
       values ($1, (select id from api_clients where client_id = $2), 'hint', ${values.join()})`,
      [randomUUID(), clientId, ...(Object.values(row) as unknown[])],
    );
    return undefined;
  } catch (err) {
    return databaseErrorOf(err)?.constraint;
  }
}

void t.test('an imported secret is found by its client alone, or by a lookup that no other has', async (t) => {
  const [one, other] = [await makeClient(), await makeClient()];
  const wrong: [Row, string][] = [
    [{ imported_strength: null }, 'secrets__hash_check'],
    [{ imported_strength: 'great' }, 'secrets__imported_strength_check'],
    [{ imported_strength: 'unknown', imported_lookup: 'l' }, 'secrets__imported_lookup_check'],
    [{ pepper_version: '1' }, 'secrets__hash_check'],
    [{ lookup_id: 'A'.repeat(22) }, 'secrets__status_check'],
    [{ imported_digest: null }, 'secrets__status_check'],
    [{ hash: null }, 'secrets__status_check'],
  ];
  for (const [fields, rule] of wrong) {
    t.equal(await refusalOf(one, { ...imported, ...fields }), rule, JSON.stringify(fields));
  }
  t.equal(await refusalOf(one, { ...imported, imported_lookup: 'l' }), undefined);
  t.equal(await refusalOf(other, { ...imported, imported_lookup: 'l' }), 'secrets__imported_lookup_key');
  const second = { ...imported, status: 'retiring', expires_at: 'tomorrow' };
  t.equal(await refusalOf(one, second), 'secrets__imported_key');
});

void t.test('whose a client_id was is kept, whichever way its client went', async (t) => {
  const user = await registerUser(test);
  const deleted = await createClient(test, user);
  await test.request('DELETE', clientPath(user, deleted.client_id), { token: user.token });
  const spent = () =>
    test.query<{ client_id: string }>('select client_id from spent_client_ids where organization_id = $1', [
      user.organizationId,
    ]);
  t.same(await spent(), [{ client_id: deleted.client_id }]);
  await test.query('delete from organizations where id = $1', [user.organizationId]);
  t.same(new Set((await spent()).map((row) => row.client_id)), new Set([deleted.client_id, user.clientId]));
});

void t.test('a session without a search path deletes clients as any other', async (t) => {
  const user = await registerUser(test);
  const { client_id: clientId } = await createClient(test, user);
  await test.query(
    `begin; set local search_path = ''; delete from public.api_clients where client_id = '${clientId}'; commit`,
  );
  t.same(await test.query('select organization_id from spent_client_ids where client_id = $1', [clientId]), [
    { organization_id: user.organizationId },
  ]);
});

void t.test('of clients that went before that was kept, the audit trail tells whose they were', async (t) => {
  const [user, gone] = [await registerUser(test), await registerUser(test)];
  const [kept, deleted, theirs] = [
    await createClient(test, user),
    await createClient(test, user),
    await createClient(test, gone),
  ];
  await test.request('DELETE', clientPath(user, deleted.client_id), { token: user.token });
  await test.query('delete from organizations where id = $1', [gone.organizationId]);
  const all = () =>
    test.query<{ client_id: string; organization_id: string }>(
      'select client_id, organization_id from spent_client_ids',
    );
  const before = await all();
  await test.query('delete from spent_client_ids where client_id <> $1', [deleted.client_id]);
  await test.query('update spent_client_ids set organization_id = $1', [owner.organizationId]);
  await test.query(await readFile(join(migrations, '0022_keep_client_ids_of_before.sql'), 'utf8'));
  const after = new Map((await all()).map((row) => [row.client_id, row.organization_id]));
  t.equal(after.get(theirs.client_id), gone.organizationId);
  t.equal(after.get(gone.clientId), gone.organizationId, 'the primary client of an application');
  t.equal(after.get(deleted.client_id), owner.organizationId, 'what is kept already stays as it is');
  t.same(new Set(after.keys()), new Set(before.map((row) => row.client_id)), 'and no client that is there');
  for (const clientId of [kept.client_id, user.clientId]) t.notOk(after.has(clientId));
});
