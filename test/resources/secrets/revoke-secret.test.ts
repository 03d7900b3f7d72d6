import t from 'tap';
import { build } from '../../support/build-app.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import type { TestClient } from '../../support/factories.ts';
import { check, clientPath, listSecrets, regenerate } from '../../support/machines.ts';
import type { Regenerated } from '../../support/machines.ts';
import { isProblem } from '../../support/problems.ts';

const HOUR_SECONDS = 3600;

const test = await build(t);
const owner = await registerUser(test);

/** A client amid a rotation, with what people can see of its two secrets. */
async function makeRotation(overlapSeconds = HOUR_SECONDS) {
  const client = await createClient(test, owner);
  const fresh = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds });
  const [active, retiring] = await listSecrets(test, owner, client.client_id);
  return { client, fresh, active: active!, retiring: retiring! };
}

const revoke = ({ client_id }: Pick<TestClient, 'client_id'>, uuid: string, query = '') =>
  test.request('DELETE', clientPath(owner, client_id, `secrets/${uuid}/${query}`), { token: owner.token });
const read = async ({ client_id }: TestClient) =>
  (await test.request('GET', clientPath(owner, client_id), { token: owner.token })).json<Partial<Regenerated>>();
const usedAgo = (uuid: string, ago: string) =>
  test.query(`update secrets set last_used_at = now() - $2::interval where id = $1`, [uuid, ago]);
const endNow = (uuid: string) =>
  test.query(`update secrets set expires_at = now() - interval '1 second' where id = $1`, [uuid]);
const statusesOf = async (...secrets: Pick<Regenerated, 'client_secret'>[]) =>
  Promise.all(secrets.map(async ({ client_secret }) => (await check(test, client_secret)).statusCode));

void t.test('204 for the retiring one: it is refused from then on, and the rotation is finished', async (t) => {
  const { client, fresh, active, retiring } = await makeRotation();
  const response = await revoke(client, retiring.uuid);
  t.equal(response.statusCode, 204);
  t.equal(response.body, '');
  t.same(await statusesOf(client, fresh), [401, 200]);
  t.match(await listSecrets(test, owner, client.client_id), [
    { uuid: active.uuid, status: 'active' },
    { uuid: retiring.uuid, status: 'revoked', ended_by: owner.email },
  ]);
  const next = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 60 });
  t.same(await statusesOf(fresh, next), [200, 200], 'the next one may begin');
});

void t.test('204 for the active one cancels: the old one is the active one again, without an end', async (t) => {
  const { client, fresh, active, retiring } = await makeRotation();
  t.equal((await revoke(client, active.uuid)).statusCode, 204);
  t.same(await statusesOf(client, fresh), [200, 401]);
  t.match(await listSecrets(test, owner, client.client_id), [
    { uuid: active.uuid, status: 'revoked' },
    { uuid: retiring.uuid, status: 'active', expires_at: null },
  ]);
  t.equal((await read(client)).client_secret_hint, client.client_secret_hint);
});

void t.test('a cancelled rotation gives the old one back the end that it had of its own', async (t) => {
  const client = await createClient(test, owner);
  const end = new Date(Date.now() + 90 * 86_400_000).toISOString();
  const first = await regenerate(test, owner, { clientId: client.client_id, expiresAt: end });
  await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: HOUR_SECONDS });
  const [active, retiring] = await listSecrets(test, owner, client.client_id);
  t.ok(retiring!.expires_at! < end, 'until then it ends with the overlap');
  await revoke(client, active!.uuid);
  const [, old] = await listSecrets(test, owner, client.client_id);
  t.match(old, { hint: first.client_secret_hint, status: 'active', expires_at: end });
});

void t.test('a secret that ends before the overlap does so all the same', async (t) => {
  const client = await createClient(test, owner);
  const end = new Date(Date.now() + 600_000).toISOString();
  await regenerate(test, owner, { clientId: client.client_id, expiresAt: end });
  await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: HOUR_SECONDS });
  const [, retiring] = await listSecrets(test, owner, client.client_id);
  t.match(retiring, { status: 'retiring', expires_at: end });
});

void t.test('409 for the last one that works, forced or not: alone, and beside one that has run out', async (t) => {
  const client = await createClient(test, owner);
  const [only] = await listSecrets(test, owner, client.client_id);
  isProblem(t, await revoke(client, only!.uuid), { code: 'last_secret' });
  isProblem(t, await revoke(client, only!.uuid, '?force=true'), { code: 'last_secret' });

  const over = await makeRotation();
  await endNow(over.retiring.uuid);
  isProblem(t, await revoke(over.client, over.active.uuid), { code: 'last_secret' });
  const outlived = await makeRotation();
  await endNow(outlived.active.uuid);
  isProblem(t, await revoke(outlived.client, outlived.retiring.uuid), { code: 'last_secret' });
  t.same(await statusesOf(client, over.fresh, outlived.client), [200, 200, 200]);
});

void t.test('409 for one that was used within the hour, and when that was; force ends it', async (t) => {
  const { client, fresh, retiring } = await makeRotation();
  await usedAgo(retiring.uuid, '59 minutes');
  const [, used] = await listSecrets(test, owner, client.client_id);
  const members = { secret_id: retiring.uuid, last_used_at: used!.last_used_at! };
  isProblem(t, await revoke(client, retiring.uuid), { code: 'secret_in_use', members });
  isProblem(t, await revoke(client, retiring.uuid, '?force=false'), { code: 'secret_in_use', members });
  t.same(await statusesOf(client, fresh), [200, 200]);
  t.equal((await revoke(client, retiring.uuid, '?force=true')).statusCode, 204);
  t.same(await statusesOf(client, fresh), [401, 200]);
  const quiet = await makeRotation();
  await usedAgo(quiet.retiring.uuid, '61 minutes');
  t.equal((await revoke(quiet.client, quiet.retiring.uuid)).statusCode, 204);
});

void t.test('a use that no table knows of yet counts as one: also that of the new secret', async (t) => {
  for (const which of ['retiring', 'active'] as const) {
    const rotation = await makeRotation();
    const secret = which === 'retiring' ? rotation.client : rotation.fresh;
    t.same(await statusesOf(secret), [200]);
    const answer = await revoke(rotation.client, rotation[which].uuid);
    t.equal(answer.statusCode, 409);
    t.match(answer.json(), { code: 'secret_in_use', secret_id: rotation[which].uuid });
  }
});

void t.test('409 for one that has ended: by a revocation, or by time', async (t) => {
  const { client, retiring } = await makeRotation();
  await revoke(client, retiring.uuid);
  isProblem(t, await revoke(client, retiring.uuid), { code: 'secret_ended', members: { secret_id: retiring.uuid } });
  const over = await makeRotation();
  await endNow(over.retiring.uuid);
  const late = await revoke(over.client, over.retiring.uuid);
  isProblem(t, late, { code: 'secret_ended', members: { secret_id: over.retiring.uuid } });
});

void t.test('400 for a force that is no truth value, and for any other parameter', async (t) => {
  const { client, fresh, retiring } = await makeRotation();
  isProblem(t, await revoke(client, retiring.uuid, '?force=1'), { code: 'invalid_request', pointers: ['?force'] });
  isProblem(t, await revoke(client, retiring.uuid, '?now=true'), { code: 'invalid_request', pointers: ['?now'] });
  t.same(await statusesOf(client, fresh), [200, 200]);
});

void t.test('a paused client stays paused through all of it', async (t) => {
  const { client, fresh, active } = await makeRotation();
  const path = clientPath(owner, client.client_id);
  await test.request('PATCH', path, { token: owner.token, body: { status: 'paused' } });
  t.equal((await revoke(client, active.uuid)).statusCode, 204);
  t.same(await statusesOf(client, fresh), [401, 401]);
  await test.request('PATCH', path, { token: owner.token, body: { status: 'active' } });
  t.same(await statusesOf(client, fresh), [200, 401]);
});
