import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import { createPromiseRepository } from '../../src/secrets/promise-repository.ts';
import { build, waitFor } from '../support/build-app.ts';
import { makeCompany } from '../support/company.ts';
import { createClient } from '../support/factories.ts';

/** Longer than a test takes. */
const LEASE_MS = 60_000;
/** Requests that are answered meanwhile: what does not wait has its answer before the last of them. */
const MEANWHILE = 20;

const test = await build(t);
const { owner, path } = await makeCompany(test);

/** A process that reads from a replica, and has promised nothing yet of what comes. */
async function openReader(t: { teardown(handler: () => Promise<unknown>): unknown }) {
  const pool = createPool({ databaseUrl: test.databaseUrl, poolMax: 1 });
  pool.on('error', () => undefined);
  t.teardown(() => pool.end());
  const reader = createPromiseRepository(createDb(pool), randomUUID(), LEASE_MS);
  t.teardown(() => reader.remove());
  await reader.grant();
  return reader;
}

const newestRow = async () => {
  const [row] = await test.query<{ number: number; nonce: string }>(
    'select number::float8, nonce from state_changes order by number desc limit 1',
  );
  return row ?? { number: 0, nonce: '' };
};

const repeats = [
  {
    change: 'a deletion',
    send: (url: string) => test.request('DELETE', url, { token: owner.token }),
    statuses: [204, 404],
  },
  {
    change: 'a pause',
    send: (url: string) => test.request('PATCH', url, { token: owner.token, body: { status: 'paused' } }),
    statuses: [200, 200],
  },
  {
    change: 'a rotation under one Idempotency-Key',
    send: (url: string, key: string) =>
      test.request('POST', `${url}regenerate-secret/`, {
        token: owner.token,
        body: {},
        headers: { 'idempotency-key': key },
      }),
    statuses: [200, 200],
  },
];

for (const { change, send, statuses } of repeats) {
  void t.test(
    `${change} that is sent again is not answered while readers may still answer from before it`,
    async (t) => {
      const url = `${path}/api-clients/${(await createClient(test, owner)).client_id}/`;
      const key = randomUUID();
      const reader = await openReader(t);
      const before = await newestRow();
      const events: string[] = [];
      const first = send(url, key).finally(() => events.push('answered'));
      const made = await waitFor(async () => {
        const row = await newestRow();
        return row.number > before.number ? row : undefined;
      });
      const again = send(url, key).finally(() => events.push('answered again'));
      for (let count = 0; count < MEANWHILE; count += 1) {
        await test.request('GET', `${path}/`, { token: owner.token });
      }
      events.push('promised');
      // A pause that is sent again is another change, with a number of its own.
      await reader.promise(made);
      await reader.promise(await newestRow());
      await waitFor(async () => {
        await reader.promise(await newestRow());
        return events.length === 3 ? true : undefined;
      });
      t.equal(events[0], 'promised');
      t.same([(await first).statusCode, (await again).statusCode], statuses);
    },
  );
}
