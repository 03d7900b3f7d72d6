import { randomBytes } from 'node:crypto';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { check, clientPath, listSecrets, regenerate } from '../support/machines.ts';

const test = await build(t);
const owner = await registerUser(test);

/** What the release that knows of no status sends for a rotation with an overlap, while the newer one already runs. */
async function rotateAsBefore(clientId: string): Promise<void> {
  const [client] = await test.query<{ id: string }>('select id from api_clients where client_id = $1', [clientId]);
  const values = [client!.id];
  await test.query('delete from secrets where api_client_id = $1 and expires_at is not null', values);
  await test.query(
    `update secrets set expires_at = now() + interval '1 hour' where api_client_id = $1 and expires_at is null`,
    values,
  );
  await test.query(
    `insert into secrets (id, api_client_id, lookup_id, hash, pepper_version, hint)
     values (gen_random_uuid(), $1, $2, '$argon2id$none', 'none', 'abcd')`,
    [...values, randomBytes(11).toString('hex')],
  );
}

void t.test('a rotation of the release before leaves the new secret active and the old one retiring', async (t) => {
  const client = await createClient(test, owner);
  await rotateAsBefore(client.client_id);
  const statuses = async () => (await listSecrets(test, owner, client.client_id)).map(({ status }) => status);
  t.same((await statuses()).sort(), ['active', 'retiring']);
  t.equal((await check(test, client.client_secret)).statusCode, 200);
  await rotateAsBefore(client.client_id);
  t.same((await statuses()).sort(), ['active', 'retiring']);
  t.equal((await check(test, client.client_secret)).statusCode, 401);
});

void t.test('what has ended looks run out to the release before, and cannot be found by it', async (t) => {
  const client = await createClient(test, owner);
  await regenerate(test, owner, { clientId: client.client_id });
  const rows = await test.query<{ is_over: boolean; lookup_id: string | null }>(
    `select secrets.expires_at <= now() as is_over, lookup_id from secrets
     join api_clients on api_clients.id = api_client_id where client_id = $1 and ended_at is not null`,
    [client.client_id],
  );
  t.same(rows, [{ is_over: true, lookup_id: null }]);
  const lasting = await test.query(
    `select hint from secrets join api_clients on api_clients.id = api_client_id
     where client_id = $1 and secrets.expires_at is null`,
    [client.client_id],
  );
  t.equal(lasting.length, 1, 'the hint of its one lasting secret');
  t.equal((await test.request('GET', clientPath(owner, client.client_id), { token: owner.token })).statusCode, 200);
});
