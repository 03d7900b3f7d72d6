import t from 'tap';
import { DatabaseClock } from '../../src/db/database-clock.ts';
import { authorityOfReplica } from '../../src/secrets/authority.ts';
import { ReplicaBelief } from '../../src/secrets/replica-belief.ts';
import { createStateQueries } from '../../src/secrets/state-queries.ts';
import { createStateReader } from '../../src/secrets/state-reader.ts';
import { build } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { openDb } from '../support/secret-tools.ts';

const LEASE_MS = 60_000;
const START = { number: 0, nonce: '' };

void t.test('what a replica reads, or has in memory, is found only while the replica is believed', async (t) => {
  const test = await build(t);
  const client = await createClient(test, await registerUser(test));
  const lookupId = client.client_secret.slice(-71, -49);
  const { db } = openDb(t, test);
  const belief = new ReplicaBelief({ leaseMs: LEASE_MS });
  let remembered = 0;
  const states = createStateReader(db, {
    authority: authorityOfReplica(belief, new DatabaseClock()),
    figures: {
      onRemembered: () => {
        remembered += 1;
      },
    },
  });
  const renew = async () => {
    const { changes } = await createStateQueries(db).readChanges(START);
    const newest = changes.at(-1);
    if (newest === undefined) throw new Error('the log is empty');
    const [nonce = ''] = newest.nonce.split(' ');
    belief.renew(belief.ask(), { newest: { number: newest.number, nonce }, nowMs: Date.now() });
    belief.see(changes);
  };
  const isFound = async () => (await states.findByLookupId(lookupId)) !== undefined;

  t.equal(await isFound(), false, 'read, before the first renewal');
  await renew();
  t.equal(await isFound(), true);
  t.equal(await isFound(), true);
  t.ok(remembered > 0, 'what is remembered has been used');
  belief.end();
  t.equal(await isFound(), false, 'remembered, after the end');
  await renew();
  t.equal(await isFound(), true);
});

void t.test(
  'an end is judged by the latest that the primary’s clock can show, whatever the replica’s does',
  async (t) => {
    const test = await build(t);
    const client = await createClient(test, await registerUser(test), {
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    const lookupId = client.client_secret.slice(-71, -49);
    const { db } = openDb(t, test);
    const belief = new ReplicaBelief({ leaseMs: LEASE_MS });
    const states = createStateReader(db, { authority: authorityOfReplica(belief, new DatabaseClock()) });
    const { changes } = await createStateQueries(db).readChanges(START);
    const newest = changes.at(-1);
    const [nonce = ''] = newest?.nonce.split(' ') ?? [];
    for (const [aheadMs, isExpired] of [
      [0, false],
      [3_600_000, true],
      [0, false],
    ] as const) {
      belief.renew(belief.ask(), { newest: { number: newest?.number ?? 0, nonce }, nowMs: Date.now() + aheadMs });
      belief.see(changes);
      for (const where of ['read', 'remembered']) {
        t.equal((await states.findByLookupId(lookupId))?.isExpired, isExpired, `${aheadMs} ${where}`);
      }
    }
  },
);
