import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ARGON2_CONCURRENCY } from '../../src/secrets/argon2-gate.ts';
import { build } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { requestToken } from '../support/oauth.ts';

void t.test('a token is signed while as many threads are taken as argon2 ever takes', async (t) => {
  const test = await build(t);
  const client = await createClient(test, await registerUser(test));
  t.equal((await requestToken(test, client)).statusCode, 200, 'from here on its secret needs no argon2');

  // Opening a pipe to read from it holds a thread of libuv's pool until somebody opens it to write.
  const pipe = join(t.testdir(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const readers = Array.from({ length: ARGON2_CONCURRENCY }, () => open(pipe, 'r'));
  const tokens = await Promise.all(Array.from({ length: 20 }, () => requestToken(test, client)));
  t.same([...new Set(tokens.map(({ statusCode }) => statusCode))], [200]);

  const writer = await open(pipe, 'w');
  for (const handle of [writer, ...(await Promise.all(readers))]) await handle.close();
});
