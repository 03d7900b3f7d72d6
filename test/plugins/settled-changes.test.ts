import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createPromiseRepository } from '../../src/secrets/promise-repository.ts';
import { build, waitFor } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { check, clientPath, clientsPath } from '../support/machines.ts';
import { sendAs } from '../support/oauth.ts';
import { makeRetryKey, postOnce } from '../support/retries.ts';
import { openDb } from '../support/secret-tools.ts';

/** Longer than a test takes. */
const LONG_MS = 60_000;

const test = await build(t);
const owner = await registerUser(test);
const { token } = owner;
const { db } = openDb(t, test);
const machine = await createClient(test, owner);
const key = makeRetryKey();
const creation = { token, key, body: { name: 'Backend', environment: 'live', permissions: ['api.read'] } };
const first = await postOnce(test, clientsPath(owner), creation);

const reader = createPromiseRepository(db, randomUUID(), LONG_MS);
t.teardown(() => reader.remove());
await reader.grant();

/** A change of another process, which the reader has not promised; its own answer still waits. */
async function changeElsewhere(): Promise<{ promise: () => Promise<boolean> }> {
  const [row] = await test.query<{ number: number; nonce: string }>(
    `insert into state_changes (number, keys) select max(number) + 1, '{}' from state_changes
     returning number::float8, nonce`,
  );
  if (row === undefined) throw new Error('the change has a row');
  return { promise: () => reader.promise(row) };
}

const telling: Record<string, () => Promise<{ statusCode: number }>> = {
  'a deletion that finds nothing': () => test.request('DELETE', clientPath(owner, 'gone'), { token }),
  'a change of something that is gone': () =>
    test.request('PATCH', clientPath(owner, 'gone'), { token, body: { name: 'x' } }),
  'a change that takes nothing away': () =>
    test.request('PATCH', clientPath(owner, machine.client_id), { token, body: { description: 'Another one' } }),
  'a revocation of a token that is none': () => sendAs(test, machine, { route: 'revoke', form: { token: 'none' } }),
  'a repeated answer': () => postOnce(test, clientsPath(owner), creation),
};

for (const [what, request] of Object.entries(telling)) {
  void t.test(`${what} is answered once every reader has promised what was changed before`, async (t) => {
    const { promise } = await changeElsewhere();
    let answered: { statusCode: number } | undefined;
    const readers = test.app.replicaReaders;
    const begun: unknown[] = [];
    const settle = readers.settle.bind(readers);
    readers.settle = (change) => {
      begun.push(change);
      return settle(change);
    };
    t.teardown(() => Reflect.deleteProperty(readers, 'settle'));
    const answer = request().then((response) => (answered = response));
    await waitFor(async () => (begun.length > 0 ? true : undefined));
    t.equal(answered, undefined);
    t.equal(await promise(), true);
    t.ok((await answer).statusCode < 500);
  });
}

void t.test(
  'a change that is made looks at what others wait for in the way to the database of its commit',
  async (t) => {
    const readers = test.app.replicaReaders;
    const looked: unknown[] = [];
    const settleNewest = readers.settleNewest.bind(readers);
    readers.settleNewest = (rows) => {
      looked.push(rows?.length);
      return settleNewest(rows);
    };
    t.teardown(() => Reflect.deleteProperty(readers, 'settleNewest'));
    const path = clientPath(owner, machine.client_id);
    const body = { description: 'Yet another one' };
    t.equal((await test.request('PATCH', path, { token, body })).statusCode, 200);
    t.same(looked, [1]);
  },
);

void t.test('what says nothing of an end is answered at once', async (t) => {
  t.equal(first.statusCode, 201);
  const { promise } = await changeElsewhere();
  t.equal((await check(test, machine.client_secret)).statusCode, 200);
  t.equal((await test.request('GET', clientsPath(owner), { token })).statusCode, 200);
  const another = await postOnce(test, clientsPath(owner), { ...creation, key: makeRetryKey() });
  t.equal(another.statusCode, 201);
  t.equal(await promise(), true);
});
