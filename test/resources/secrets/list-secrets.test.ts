import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import { build } from '../../support/build-app.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import { check, clientPath, regenerate } from '../../support/machines.ts';

interface SecretItem {
  uuid: string;
  hint: string;
  status: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

const test = await build(t);
const owner = await registerUser(test);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const path = (clientId: string) => clientPath(owner, clientId, 'secrets/');
const revoke = (clientId: string, secretId: string) =>
  test.request('DELETE', `${path(clientId)}${secretId}/`, { token: owner.token });

async function list(clientId: string): Promise<SecretItem[]> {
  const response = await test.request('GET', path(clientId), { token: owner.token });
  if (response.statusCode !== 200) throw new Error(response.body);
  return response.json<{ results: SecretItem[] }>().results;
}

void t.test('200 with the usable secrets, oldest first, by their last four characters', async (t) => {
  const client = await createClient(test, owner);
  const [only, ...none] = await list(client.client_id);
  t.same(none, []);
  t.match(only, { uuid, created_at: moment });
  t.same(only, {
    uuid: only!.uuid,
    hint: client.client_secret.slice(-4),
    status: 'active',
    created_at: only!.created_at,
    expires_at: null,
    last_used_at: null,
  });

  const fresh = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
  const [old, current] = await list(client.client_id);
  t.match(old, { uuid: only!.uuid, hint: only!.hint, status: 'expiring', expires_at: moment });
  t.match(current, { hint: fresh.client_secret_hint, status: 'active', expires_at: null });
});

void t.test('a secret whose overlap has ended is not listed any more', async (t) => {
  const client = await createClient(test, owner);
  const fresh = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
  await test.query('update secrets set expires_at = now() - make_interval(secs => 0.001) where expires_at is not null');
  t.same(
    (await list(client.client_id)).map(({ hint }) => hint),
    [fresh.client_secret_hint],
  );
});

void t.test('a secret shows when it was last used', async (t) => {
  const client = await createClient(test, owner);
  await test.query('update secrets set last_used_at = $2 where hint = $1', [
    client.client_secret_hint,
    '2026-01-31T12:00:00+01:00',
  ]);
  t.match(await list(client.client_id), [{ last_used_at: '2026-01-31T11:00:00.000Z' }]);
});

void t.test('204 revokes one secret: it is refused from then on, the other is not', async (t) => {
  const client = await createClient(test, owner);
  const fresh = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
  const [old] = await list(client.client_id);
  const response = await revoke(client.client_id, old!.uuid);
  t.equal(response.statusCode, 204);
  t.equal(response.body, '');
  t.equal((await check(test, client.client_secret)).statusCode, 401);
  t.equal((await check(test, fresh.client_secret)).statusCode, 200);
  t.equal((await revoke(client.client_id, old!.uuid)).statusCode, 404, 'it is gone');
});

void t.test('a client may be left without any secret: its hint is null', async (t) => {
  const client = await createClient(test, owner);
  const [only] = await list(client.client_id);
  t.equal((await revoke(client.client_id, only!.uuid)).statusCode, 204);
  t.same(await list(client.client_id), []);
  const record = await test.request('GET', clientPath(owner, client.client_id), { token: owner.token });
  t.match(record.json(), { client_secret_hint: null, status: 'active' });
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
