import t from 'tap';
import { build } from '../support/build-app.ts';
import { countRecords, isAccepted, makeCompany } from '../support/company.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { createClient } from '../support/factories.ts';
import { makeRetryKey, postOnce } from '../support/retries.ts';
import type { SeenAnswer } from '../support/retries.ts';

const one = await build(t);
const two = await build(t, { beside: one });
const company = await makeCompany(one);
const { owner } = company;
const { token } = owner;
const fields = { name: 'Backend', environment: 'live', permissions: ['api.read'] };

interface Made {
  client_id: string;
  client_secret: string;
}

/** Sends the same request ten times at once through both processes, and again until each has its answer. */
async function sendTen(url: string, request: { token: string; key: string; body: unknown }): Promise<SeenAnswer[]> {
  return Promise.all(
    Array.from({ length: 10 }, async (_none, index) => {
      for (;;) {
        const answer = await postOnce(index % 2 === 0 ? one : two, url, request);
        if (answer.statusCode !== 409) return answer;
      }
    }),
  );
}

void t.test('ten at once over two processes make one record and hear of one secret', async (t) => {
  const routes: Record<string, object> = { 'api-clients': fields, applications: { name: 'Portal' } };
  for (const [name, body] of Object.entries(routes)) {
    const before = await countRecords(one, company.organizationId);
    const answers = await sendTen(`${company.path}/${name}/`, { token, key: makeRetryKey(), body });
    t.same([...new Set(answers.map(({ statusCode }) => statusCode))], [201], name);
    t.equal(new Set(answers.map(({ body: text }) => text)).size, 1, name);
    t.equal(answers.filter(({ replayed }) => replayed === undefined).length, 1, `${name}: one of them made it`);
    const after = await countRecords(one, company.organizationId);
    t.equal(after.clients, before.clients + 1, name);
    t.equal(after.secrets, before.secrets + 1, name);
  }
});

void t.test('ten at once regenerate once: the secret that all of them hear of is the one that works', async (t) => {
  const { client_id: id, client_secret: old } = await createClient(one, owner);
  const url = `${company.path}/api-clients/${id}/regenerate-secret/`;
  const answers = await sendTen(url, { token, key: makeRetryKey(), body: {} });
  const secrets = new Set(answers.map(({ body }) => (JSON.parse(body) as Made).client_secret));
  t.equal(secrets.size, 1);
  for (const secret of secrets) t.ok(await isAccepted(two, secret));
  t.notOk(await isAccepted(two, old));
  t.equal(answers.filter(({ etag }) => etag === '"2"').length, 10, 'the version went up once');
});

void t.test(
  'ten different requests at once under one key: one is made, the others hear that the key is taken',
  async (t) => {
    const before = await countRecords(one, company.organizationId);
    const key = makeRetryKey();
    const url = `${company.path}/api-clients/`;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_none, index) =>
        postOnce(index % 2 === 0 ? one : two, url, { token, key, body: { ...fields, name: `Backend ${index}` } }),
      ),
    );
    const statuses = answers.map(({ statusCode }) => statusCode).sort();
    t.equal(statuses.filter((status) => status === 201).length, 1);
    t.ok(
      statuses.every((status) => [201, 409, 422].includes(status)),
      String(statuses),
    );
    t.equal((await countRecords(one, company.organizationId)).clients, before.clients + 1);
  },
);

void t.test('where nobody knows whether it was made, the same key tells, and makes it once', async (t) => {
  const proxy = await startDatabaseProxy(t, one.databaseUrl);
  const test = await build(t, { beside: one, databaseUrl: proxy.databaseUrl });
  const url = `${company.path}/api-clients/`;
  const before = await countRecords(one, company.organizationId);
  const kept = async () => one.query('select 1 from kept_answers');
  const keptBefore = (await kept()).length;

  const cutAtCommit = async (key: string | null) => {
    // Without a key it is one statement.
    proxy.hushCommits(key === null ? 'create_api_clients' : 'commit');
    const asked = test.request('POST', url, {
      token,
      body: fields,
      headers: key === null ? {} : { 'idempotency-key': key },
    });
    const expected = before.clients + 1 + (key === null ? 1 : 0);
    while ((await countRecords(one, company.organizationId)).clients < expected);
    await proxy.cut();
    proxy.unhush();
    await proxy.mend();
    return asked;
  };

  const key = makeRetryKey();
  const lost = await cutAtCommit(key);
  t.equal(lost.statusCode, 503);
  t.ok(Number(lost.headers['retry-after']) >= 1);
  t.match(lost.json<{ detail: string }>().detail, 'the same Idempotency-Key');
  const answers = [one, two].map((process) => postOnce(process, url, { token, key, body: fields }));
  for (const { statusCode, replayed } of await Promise.all(answers)) t.same([statusCode, replayed], [201, 'true']);
  t.equal((await countRecords(one, company.organizationId)).clients, before.clients + 1);
  t.equal((await kept()).length, keptBefore + 1);

  const without = await cutAtCommit(null);
  t.equal(without.statusCode, 503);
  t.equal(without.headers['retry-after'], undefined, 'without a key it is not safe to send it again');
  t.match(without.json<{ detail: string }>().detail, 'Look before you repeat');
});
