import t from 'tap';
import { build } from '../../support/build-app.ts';
import { createClient, API, registerUser } from '../../support/factories.ts';
import { clientPath, listSecrets } from '../../support/machines.ts';
import { isProblem } from '../../support/problems.ts';

const test = await build(t);
const owner = await registerUser(test);
const { token } = owner;
const applicationPath = `${API}/organizations/${owner.organizationId}/applications/${owner.applicationId}/`;

interface RecordOfOne {
  updated_at: string;
  client_secret_hint?: string | null;
  api_key_hint?: string | null;
}

async function read(url: string) {
  const response = await test.request('GET', url, { token });
  return { tag: String(response.headers.etag), record: response.json<RecordOfOne>() };
}

/** Makes what was changed until now lie in the past, so that a later `updated_at` is another one. */
async function age(): Promise<void> {
  for (const table of ['api_clients', 'applications']) {
    await test.query(`update ${table} set updated_at = updated_at - interval '1 minute'`);
  }
}

void t.test('a secret that is regenerated or ended is a change of its client', async (t) => {
  const { client_id: clientId } = await createClient(test, owner);
  const url = clientPath(owner, clientId);
  for (const change of [
    () => test.request('POST', `${url}regenerate-secret/`, { token }),
    () => test.request('POST', `${url}regenerate-secret/`, { token, body: { overlap_seconds: 60 } }),
    async () => {
      const [, retiring] = await listSecrets(test, owner, clientId);
      return test.request('DELETE', `${url}secrets/${retiring!.uuid}/`, { token });
    },
    async () => {
      const [active] = await listSecrets(test, owner, clientId);
      const body = { expires_at: '2099-01-01T00:00:00Z' };
      return test.request('PATCH', `${url}secrets/${active!.uuid}/`, { token, body });
    },
  ]) {
    await age();
    const before = await read(url);
    const answer = await change();
    t.ok(answer.statusCode < 300);
    const after = await read(url);
    t.not(after.tag, before.tag);
    t.ok(after.record.updated_at > before.record.updated_at);
    if (answer.statusCode === 200) t.equal(answer.headers.etag, after.tag, 'the answer has the new tag');
    const late = await test.request('PATCH', url, {
      token,
      body: { name: 'Late' },
      headers: { 'if-match': before.tag },
    });
    isProblem(t, late, { code: 'precondition_failed' });
  }
});

void t.test('an application’s key that is regenerated or ended is a change of application and client', async (t) => {
  const client = clientPath(owner, owner.clientId);
  for (const change of [
    () => test.request('POST', `${applicationPath}regenerate-api-key/`, { token }),
    () => test.request('POST', `${client}regenerate-secret/`, { token, body: { overlap_seconds: 60 } }),
    async () => {
      const [active] = await listSecrets(test, owner, owner.clientId);
      return test.request('DELETE', `${client}secrets/${active!.uuid}/`, { token });
    },
  ]) {
    await age();
    const before = [await read(applicationPath), await read(client)] as const;
    t.ok((await change()).statusCode < 300);
    const after = [await read(applicationPath), await read(client)] as const;
    for (const [index, { tag, record }] of after.entries()) {
      t.not(tag, before[index]!.tag);
      t.ok(record.updated_at > before[index]!.record.updated_at);
    }
    t.not(after[0].record.api_key_hint, before[0].record.api_key_hint);
    t.equal(after[0].record.api_key_hint, after[1].record.client_secret_hint);
  }
});

void t.test(
  'of simultaneous rotations with one If-Match exactly one wins, of a client and of an application',
  async (t) => {
    const { client_id: clientId } = await createClient(test, owner);
    for (const [url, rotation] of [
      [clientPath(owner, clientId), 'regenerate-secret/'],
      [applicationPath, 'regenerate-api-key/'],
    ] as const) {
      const { tag } = await read(url);
      const rotate = () => test.request('POST', url + rotation, { token, headers: { 'if-match': tag } });
      const statuses = (await Promise.all(Array.from({ length: 6 }, rotate))).map(({ statusCode }) => statusCode);
      t.same(statuses.sort(), [200, 412, 412, 412, 412, 412]);
    }
  },
);

void t.test('412 for a secret that is to end though its client has changed since', async (t) => {
  const { client_id: clientId } = await createClient(test, owner);
  const url = clientPath(owner, clientId);
  const { tag } = await read(url);
  await test.request('POST', `${url}regenerate-secret/`, { token, body: { overlap_seconds: 60 } });
  const [secret] = await listSecrets(test, owner, clientId);
  const end = (headers: Record<string, string>) =>
    test.request('DELETE', `${url}secrets/${secret!.uuid}/`, { token, headers });
  isProblem(t, await end({ 'if-match': tag }), { code: 'precondition_failed' });
  t.equal((await end({ 'if-match': (await read(url)).tag })).statusCode, 204);
});

void t.test(
  'each of many changes at once is answered with what itself has made, under a version of its own',
  async (t) => {
    const client = await createClient(test, owner);
    for (const url of [
      clientPath(owner, client.client_id),
      applicationPath,
      `${API}/organizations/${owner.organizationId}/`,
    ]) {
      for (let round = 0; round < 5; round += 1) {
        const names = Array.from({ length: 8 }, (_, index) => `Round ${round}, ${index}`);
        const answers = await Promise.all(names.map((name) => test.request('PATCH', url, { token, body: { name } })));
        t.same(
          answers.map((answer) => answer.json<{ name: string }>().name),
          names,
        );
        t.equal(new Set(answers.map(({ headers }) => headers.etag)).size, names.length);
      }
    }
  },
);

void t.test('a change beside a rotation shows the secret that its version belongs to', async (t) => {
  const { client_id: clientId } = await createClient(test, owner);
  const url = clientPath(owner, clientId);
  const hints = new Map<unknown, unknown>();
  const note = ({ headers, body }: { headers: { etag?: unknown }; body: string }) => {
    const { client_secret_hint: hint } = JSON.parse(body) as RecordOfOne;
    hints.set(Number(String(headers.etag).replaceAll('"', '')), hint);
  };
  const created = await read(url);
  const changes = Array.from({ length: 12 }, (_, index) =>
    index % 2 === 0
      ? test.request('PATCH', url, { token, body: { name: `Name ${index}` } })
      : test.request('POST', `${url}regenerate-secret/`, { token }),
  );
  const answers = await Promise.all(changes);
  for (const answer of answers) note(answer);
  let hint: unknown = created.record.client_secret_hint;
  for (const version of [...hints.keys()].sort((a, b) => Number(a) - Number(b))) {
    const rotated = answers.find(
      ({ headers, body }) => headers.etag === `"${String(version)}"` && body.includes('client_secret"'),
    );
    if (rotated === undefined)
      t.equal(hints.get(version), hint, `version ${String(version)} shows the secret before it`);
    hint = hints.get(version);
  }
});
