import t from 'tap';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { check, clientPath, listSecrets, regenerate } from '../../support/machines.ts';

const ROUNDS = 8;

const test = await build(t);
const owner = await registerUser(test);
/** Another process of the service: it shares the database and the master key, and nothing else. */
const second = await build(t, { beside: test });
const processes = [test, second] as const;
const { token } = owner;

const rotate = (app: TestApp, clientId: string, body: object = {}) =>
  app.request('POST', clientPath(owner, clientId, 'regenerate-secret/'), { token, body });
const revoke = (app: TestApp, clientId: string, uuid: string) =>
  app.request('DELETE', clientPath(owner, clientId, `secrets/${uuid}/?force=true`), { token });

async function makeRotation() {
  const client = await createClient(test, owner);
  const fresh = await regenerate(test, owner, { clientId: client.client_id, overlapSeconds: 3600 });
  const [active, retiring] = await listSecrets(test, owner, client.client_id);
  return { client, fresh, active: active!, retiring: retiring! };
}

/** How many of these secrets pass; all processes must say the same. */
async function countPassing(secrets: readonly string[]): Promise<number> {
  const counts = await Promise.all(
    processes.map(async (app) => {
      const answers = await Promise.all(secrets.map((secret) => check(app, secret)));
      return answers.filter(({ statusCode }) => statusCode === 200).length;
    }),
  );
  if (counts[0] !== counts[1]) throw new Error(`the processes differ: ${counts.join(' and ')}`);
  return counts[0]!;
}

const secretsIn = (answers: readonly { body: string }[]) =>
  answers.flatMap(({ body }) => (JSON.parse(body) as { client_secret?: string }).client_secret ?? []);

void t.test('of rotations with one If-Match in two processes exactly one wins, of a client and of a key', async (t) => {
  for (const [url, rotation] of [
    [clientPath(owner, (await createClient(test, owner)).client_id), 'regenerate-secret/'],
    [`${API}/organizations/${owner.organizationId}/applications/${owner.applicationId}/`, 'regenerate-api-key/'],
  ] as const) {
    const { etag } = (await test.request('GET', url, { token })).headers;
    const options = { token, body: { overlap_seconds: 60 }, headers: { 'if-match': String(etag) } };
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => processes[index % 2]!.request('POST', url + rotation, options)),
    );
    t.same(answers.map(({ statusCode }) => statusCode).sort(), [200, 412, 412, 412, 412, 412]);
  }
});

void t.test('two rotations without an overlap at once: both go through, and the secret of one passes', async (t) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const client = await createClient(test, owner);
    const answers = await Promise.all(processes.map((app) => rotate(app, client.client_id)));
    t.same(
      answers.map(({ statusCode }) => statusCode),
      [200, 200],
    );
    t.equal(await countPassing([client.client_secret, ...secretsIn(answers)]), 1);
  }
});

void t.test('forced rotations with an overlap at once: never more than two secrets pass', async (t) => {
  const client = await createClient(test, owner);
  const body = { overlap_seconds: 60, force: true };
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => rotate(processes[index % 2]!, client.client_id, body)),
  );
  t.ok(answers.every(({ statusCode }) => statusCode === 200));
  t.equal(await countPassing([client.client_secret, ...secretsIn(answers)]), 2);
});

void t.test('a rotation beside the end of the old secret: a usable secret is left, and never a third', async (t) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { client, fresh, retiring } = await makeRotation();
    const [rotated, ended] = await Promise.all([
      rotate(test, client.client_id, { overlap_seconds: 60 }),
      revoke(second, client.client_id, retiring.uuid),
    ]);
    t.equal(ended.statusCode, 204, 'there is a newer one either way');
    t.ok([200, 409].includes(rotated.statusCode), `${rotated.statusCode}`);
    const passing = await countPassing([client.client_secret, fresh.client_secret, ...secretsIn([rotated])]);
    t.equal(passing, rotated.statusCode === 200 ? 2 : 1);
  }
});

void t.test('finished and cancelled at once: one of the two happens, and one secret is left', async (t) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { client, fresh, active, retiring } = await makeRotation();
    const answers = await Promise.all([
      revoke(test, client.client_id, retiring.uuid),
      revoke(second, client.client_id, active.uuid),
    ]);
    t.same(answers.map(({ statusCode }) => statusCode).sort(), [204, 409]);
    const loser = answers.find(({ statusCode }) => statusCode === 409)!;
    t.match(loser.json(), { code: 'last_secret' });
    t.equal(await countPassing([client.client_secret, fresh.client_secret]), 1);
  }
});

void t.test('a rotation beside the deletion of its client leaves nothing that passes', async (t) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const client = await createClient(test, owner);
    const [rotated, deleted] = await Promise.all([
      rotate(test, client.client_id, { overlap_seconds: 60 }),
      second.request('DELETE', clientPath(owner, client.client_id), { token }),
    ]);
    t.equal(deleted.statusCode, 204);
    t.ok([200, 404].includes(rotated.statusCode));
    t.equal(await countPassing([client.client_secret, ...secretsIn([rotated])]), 0);
  }
});
