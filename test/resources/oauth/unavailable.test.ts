import t from 'tap';
import { build, waitFor } from '../../support/build-app.ts';
import { startDatabaseProxy } from '../../support/database-proxy.ts';
import { createClient, registerUser } from '../../support/factories.ts';
import { forgeSecret } from '../../support/machines.ts';
import { isOAuthError, issueToken, requestToken, sendAs } from '../../support/oauth.ts';
import type { Machine } from '../../support/oauth.ts';
import type { TestApp } from '../../support/build-app.ts';
import { createTestDatabase } from '../../support/test-database.ts';

/** One request to each of the OAuth routes. */
function askAll(test: TestApp, machine: Machine, token: string) {
  return Promise.all([
    requestToken(test, machine),
    sendAs(test, machine, { route: 'introspect', form: { token } }),
    sendAs(test, machine, { route: 'revoke', form: { token } }),
  ]);
}

void t.test(
  '503 temporarily_unavailable with Retry-After while the database is away, and then all works',
  async (t) => {
    const database = await createTestDatabase();
    t.teardown(database.drop);
    const proxy = await startDatabaseProxy(t, database.databaseUrl);
    const test = await build(t, { databaseUrl: proxy.databaseUrl, plantAt: database.databaseUrl });
    const owner = await registerUser(test);
    const client = await createClient(test, owner);
    const token = await issueToken(test, client);

    await proxy.cut();
    for (const response of await askAll(test, client, token)) {
      isOAuthError(t, response, { error: 'temporarily_unavailable', status: 503 });
      t.match(response.headers['retry-after'], /^[1-9]\d*$/);
    }
    await proxy.mend();
    const answers = await askAll(test, client, token);
    t.same(
      answers.map(({ statusCode }) => statusCode),
      [200, 200, 200],
    );
  },
);

void t.test('503 temporarily_unavailable with Retry-After when too many try secrets for one client', async (t) => {
  const test = await build(t);
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  const wrong = Array.from({ length: 60 }, () =>
    requestToken(test, { ...client, client_secret: forgeSecret(client.client_secret, { keepId: true }) }),
  );
  const answers = await Promise.all(wrong);
  const busy = answers.filter(({ statusCode }) => statusCode === 503);
  t.ok(busy.length > 0, 'some were too many');
  for (const response of busy) {
    isOAuthError(t, response, { error: 'temporarily_unavailable', status: 503 });
    t.match(response.headers['retry-after'], /^[1-9]\d*$/);
  }
  for (const response of answers) {
    if (!busy.includes(response)) isOAuthError(t, response, { error: 'invalid_client', status: 401 });
  }
  t.equal((await waitFor(async () => requestToken(test, client))).statusCode, 200, 'the right one is good afterwards');
});
