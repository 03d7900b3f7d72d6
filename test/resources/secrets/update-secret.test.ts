import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import { build } from '../../support/build-app.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import { check, clientPath, listSecrets, regenerate } from '../../support/machines.ts';
import { isProblem } from '../../support/problems.ts';

const DAY_MS = 86_400_000;

const test = await build(t);
const owner = await registerUser(test);

const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const patch = (clientId: string, uuid: string, body: unknown) =>
  test.request('PATCH', clientPath(owner, clientId, `secrets/${uuid}/`), { token: owner.token, body });
const revoke = (clientId: string, uuid: string) =>
  test.request('DELETE', clientPath(owner, clientId, `secrets/${uuid}/`), { token: owner.token });

async function makeRotation() {
  const client = await createClient(test, owner);
  await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
  const [active, retiring] = await listSecrets(test, owner, client.client_id);
  return { client, active: active!, retiring: retiring! };
}

void t.test('200 with the secret as it is now: refused from its new end on, which can be taken away', async (t) => {
  const client = await createClient(test, owner);
  const [secret] = await listSecrets(test, owner, client.client_id);
  const end = inDays(10);
  const changed = await patch(client.client_id, secret!.uuid, { expires_at: end });
  t.equal(changed.statusCode, 200);
  t.same(changed.json(), { ...secret, expires_at: end });
  const record = await test.request('GET', clientPath(owner, client.client_id), { token: owner.token });
  t.equal(changed.headers.etag, record.headers.etag, 'with the version of its client');
  t.match((await check(test, client.client_secret)).json(), { expires_at: end });
  t.match((await patch(client.client_id, secret!.uuid, {})).json(), { expires_at: end });
  // RFC 3339 knows offsets that Postgres does not.
  const farEast = await patch(client.client_id, secret!.uuid, { expires_at: '2099-01-02T00:00:00+16:00' });
  t.match(farEast.json(), { expires_at: '2099-01-01T08:00:00.000Z' });
  t.match((await patch(client.client_id, secret!.uuid, { expires_at: null })).json(), { expires_at: null });
});

void t.test('a retiring one may end sooner or later, within 30 days, and never without an end', async (t) => {
  const { client, active, retiring } = await makeRotation();
  for (const days of [0.01, 29.9]) {
    const end = inDays(days);
    t.match((await patch(client.client_id, retiring.uuid, { expires_at: end })).json(), { expires_at: end });
  }
  for (const expires_at of [null, inDays(30.1)]) {
    const answer = await patch(client.client_id, retiring.uuid, { expires_at });
    isProblem(t, answer, { code: 'invalid_request', pointers: ['/expires_at'] });
  }
  await revoke(client.client_id, active.uuid);
  t.match((await listSecrets(test, owner, client.client_id))[1], { status: 'active', expires_at: null });
});

void t.test('an end that is put beyond the secret’s own moves that along: a cancelled rotation keeps it', async (t) => {
  const client = await createClient(test, owner);
  await regenerate(test, owner, { clientId: client.client_id, expiresAt: inDays(1) });
  await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
  const [active, retiring] = await listSecrets(test, owner, client.client_id);
  const end = inDays(5);
  await patch(client.client_id, retiring!.uuid, { expires_at: end });
  await revoke(client.client_id, active!.uuid);
  t.match((await listSecrets(test, owner, client.client_id))[1], { status: 'active', expires_at: end });
});

void t.test('409 for one that has ended, 404 for one of another client and for none', async (t) => {
  const { client, retiring } = await makeRotation();
  await regenerate(test, owner, { clientId: client.client_id, force: true });
  const members = { secret_id: retiring.uuid };
  const ended = await patch(client.client_id, retiring.uuid, { expires_at: inDays(1) });
  isProblem(t, ended, { code: 'secret_ended', members });
  const foreign = await makeRotation();
  for (const uuid of [foreign.active.uuid, uuidv7()]) {
    isProblem(t, await patch(client.client_id, uuid, { expires_at: inDays(1) }), { code: 'not_found' });
  }
});

void t.test('412 where the client has changed since, 400 for an end that is past, 422 for the rest', async (t) => {
  const { client, active } = await makeRotation();
  const stale = await test.request('PATCH', clientPath(owner, client.client_id, `secrets/${active.uuid}/`), {
    token: owner.token,
    body: { expires_at: inDays(1) },
    headers: { 'if-match': '"1"' },
  });
  isProblem(t, stale, { code: 'precondition_failed' });
  const past = await patch(client.client_id, active.uuid, { expires_at: '2020-01-01T00:00:00Z' });
  isProblem(t, past, { code: 'invalid_request', pointers: ['/expires_at'] });
  const fixed = await patch(client.client_id, active.uuid, { hint: 'abcd', status: 'revoked' });
  isProblem(t, fixed, { code: 'immutable_field', pointers: ['/hint', '/status'] });
  t.equal((await check(test, client.client_secret)).statusCode, 200);
});
