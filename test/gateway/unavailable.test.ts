import t from 'tap';
import type { Test } from 'tap';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { buildListening, gatewayNames, needs, startGateway } from '../support/gateway.ts';
import { createTestDatabase } from '../support/test-database.ts';

const database = await createTestDatabase();
t.teardown(async () => database.drop());
const proxy = await startDatabaseProxy(t, database.databaseUrl);
const test = await buildListening(t, { databaseUrl: proxy.databaseUrl });
const client = await createClient(test, await registerUser(test), { permissions: ['api.read', 'api.write'] });
const byKey = { 'x-api-key': client.client_secret };

for (const name of gatewayNames) {
  void t.test(name, needs(name), async (t) => {
    const gateway = await startGateway(t, test, { name });
    const { line, seen } = gateway;
    const isClosed = async (t: Pick<Test, 'match' | 'same'>) => {
      seen.length = 0;
      const answer = await gateway.send('/orders', { method: 'POST', headers: byKey, body: '{}' });
      t.match(answer.status, /^50[234]$/);
      t.match(answer.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
      t.match(JSON.parse(answer.body), { type: 'about:blank', status: answer.status });
      t.same(seen, [], 'nothing reached the upstream');
    };
    const isOpen = async () => (await gateway.send('/orders', { headers: byKey })).status === 200;

    await t.test('closed while Latchkey is down, and open again when it is back', async (t) => {
      t.ok(await isOpen());
      await line.cut();
      await isClosed(t);
      await line.mend();
      t.ok(await isOpen());
    });

    await t.test('closed after a bounded time while Latchkey does not answer', async (t) => {
      line.hold();
      await isClosed(t);
      // An answer that was held back is lost, and its connection of no use any more.
      await line.cut();
      await line.mend();
      t.ok(await isOpen());
    });

    await t.test('closed while Latchkey is without its database', async (t) => {
      await proxy.cut();
      await isClosed(t);
      await proxy.mend();
      t.ok(await isOpen());
    });

    await t.test('what is public stays open meanwhile', async (t) => {
      await line.cut();
      t.equal((await gateway.send('/healthz')).status, 200);
      await line.mend();
    });
  });
}
