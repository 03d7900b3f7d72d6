import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { ARGON2_CONCURRENCY } from '../../src/secrets/argon2-gate.ts';
import { pathOf } from '../support/accounts.ts';
import { build, waitFor } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { requestToken } from '../support/oauth.ts';

/** As libuv has them where nobody says otherwise. */
const THREADS = 4;

/** Takes threads of libuv's pool until the test ends, or earlier. @returns gives them back */
function takeThreads(t: Test, count: number): () => Promise<void> {
  // Opening a pipe to read from it holds a thread until somebody opens it to write.
  const pipe = join(t.testdir(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const readers = Array.from({ length: count }, () => open(pipe, 'r'));
  let given: Promise<void> | undefined;
  const give = async () => {
    // Of this thread: there may be no other one.
    const writer = openSync(pipe, 'w');
    for (const handle of await Promise.all(readers)) await handle.close();
    closeSync(writer);
  };
  const giveBack = () => (given ??= give());
  t.teardown(giveBack);
  return giveBack;
}

void t.test('tokens are signed while as many threads are taken as argon2 ever takes', async (t) => {
  const test = await build(t);
  const client = await createClient(test, await registerUser(test));
  t.equal((await requestToken(test, client)).statusCode, 200, 'from here on its secret needs no argon2');

  const giveBack = takeThreads(t, ARGON2_CONCURRENCY);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => requestToken(test, client)));
  t.same([...new Set(tokens.map(({ statusCode }) => statusCode))], [200]);
  const claims = { sub: randomUUID(), sid: randomUUID() };
  const adminTokens = await Promise.all(Array.from({ length: 20 }, () => test.app.signAdminToken(claims)));
  t.equal(new Set(adminTokens).size, 20);
  await giveBack();
});

void t.test('no transaction waits for the signature of its tokens', async (t) => {
  const test = await build(t);
  const { refreshToken } = await registerUser(test);
  const giveBack = takeThreads(t, THREADS);
  const answer = test.request('POST', pathOf('refresh'), { body: { refresh_token: refreshToken } });
  await waitFor(async () => {
    const [row] = await test.query('select 1 as one from refresh_tokens where spent_at is not null');
    return row;
  });
  await giveBack();
  t.equal((await answer).statusCode, 200);
});
