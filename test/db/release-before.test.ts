import t from 'tap';
import { build } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { clientPath, regenerate } from '../support/machines.ts';

const test = await build(t);
const owner = await registerUser(test);

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
