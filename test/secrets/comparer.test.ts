import { randomBytes } from 'node:crypto';
import t from 'tap';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { Argon2Gate } from '../../src/secrets/argon2-gate.ts';
import type { Argon2GateOptions } from '../../src/secrets/argon2-gate.ts';
import { SecretComparer } from '../../src/secrets/comparer.ts';
import type { StoredSecret } from '../../src/secrets/comparer.ts';
import { createHasher } from '../../src/secrets/hasher.ts';
import { MatchMemo } from '../../src/secrets/match-memo.ts';
import { occupy } from '../support/secret-tools.ts';

const cost = { memoryKib: 64, passes: 1, parallelism: 1 };
const WAITING_MAX = 8;

function build(gateOptions: Argon2GateOptions = { concurrency: 2, queueMax: 100 }) {
  const gate = new Argon2Gate(gateOptions);
  const masterKey = new MasterKey([randomBytes(32)]);
  const hasher = createHasher({ gate, masterKey, passwordCost: cost, secretCost: cost });
  const old = createHasher({ gate, masterKey, passwordCost: cost, secretCost: { ...cost, passes: 2 } });
  const stale: string[] = [];
  const comparer = new SecretComparer({
    hasher,
    memo: new MatchMemo(100),
    onStale: ({ secretId }) => stale.push(secretId),
  });
  const store = async (secretId: string, secret: string, by = hasher): Promise<StoredSecret> => ({
    secretId,
    ...(await by.hashSecret(secret)),
  });
  return { gate, comparer, store, old, stale };
}

void t.test('a secret matches what was stored of it, and is known from then on', async (t) => {
  const { comparer, store } = build();
  const stored = await store('one', 'secret');
  t.equal(comparer.isKnown('secret', stored), false);
  t.equal(await comparer.compare(stored, 'secret'), true);
  t.equal(comparer.isKnown('secret', stored), true);
});

void t.test('a wrong secret matches nothing, and is never known', async (t) => {
  const { comparer, store } = build();
  const stored = await store('one', 'secret');
  t.equal(await comparer.compare(stored, 'other'), false);
  t.equal(comparer.isKnown('other', stored), false);
});

void t.test('equal comparisons at the same time are one piece of argon2 work', async (t) => {
  const { comparer, store, gate } = build();
  const stored = await store('one', 'secret');
  const release = [occupy(gate), occupy(gate)];
  const answers = Array.from({ length: 100 }, () => comparer.compare(stored, 'secret'));
  await new Promise(setImmediate);
  t.equal(gate.waiting, 1);
  await Promise.all(release.map((free) => free()));
  t.same([...new Set(await Promise.all(answers))], [true]);
});

void t.test('the same text is compared apart with each stored hash', async (t) => {
  const { comparer, store } = build();
  const [one, other] = [await store('one', 'secret'), await store('other', 'another')];
  t.same(await Promise.all([comparer.compare(one, 'secret'), comparer.compare(other, 'secret')]), [true, false]);
});

void t.test(
  'different texts for one stored secret take one place of the gate, and leave the rest to others',
  async (t) => {
    const { comparer, store, gate } = build({ concurrency: 1, queueMax: 2 });
    const [one, other] = [await store('one', 'secret'), await store('other', 'secret')];
    const release = occupy(gate);
    const flood = Array.from({ length: WAITING_MAX }, (_, index) => comparer.compare(one, `wrong ${index}`));
    await new Promise(setImmediate);
    t.equal(gate.waiting, 1);
    const second = comparer.compare(other, 'secret');
    await new Promise(setImmediate);
    t.equal(gate.waiting, 2);
    await release();
    t.equal(await second, true);
    t.same([...new Set(await Promise.all(flood))], [false]);
  },
);

void t.test('beyond eight waiting texts for one stored secret the next is refused, until they are done', async (t) => {
  const { comparer, store, gate } = build({ concurrency: 1, queueMax: 2 });
  const [one, other] = [await store('one', 'secret'), await store('other', 'secret')];
  const release = occupy(gate);
  const flood = Array.from({ length: WAITING_MAX }, (_, index) => comparer.compare(one, `wrong ${index}`));
  await t.rejects(comparer.compare(one, 'secret'), { code: 'overloaded', options: { retryAfterSeconds: 1 } });
  const same = comparer.compare(one, 'wrong 0');
  const second = comparer.compare(other, 'secret');
  await release();
  t.equal(await same, false, 'what is under way already may be asked again');
  t.equal(await second, true, 'other secrets are not concerned');
  await Promise.all(flood);
  t.equal(await comparer.compare(one, 'secret'), true);
});

void t.test('a comparison that the gate refuses does not stand in the way of the next', async (t) => {
  const { comparer, store, gate } = build({ concurrency: 1, queueMax: 0 });
  const stored = await store('one', 'secret');
  const release = occupy(gate);
  const answers = [comparer.compare(stored, 'secret'), comparer.compare(stored, 'other')];
  for (const answer of answers) await t.rejects(answer, { code: 'overloaded' });
  await release();
  t.equal(await comparer.compare(stored, 'secret'), true);
});

void t.test('a hash of another cost is reported once for a burst, and never for a wrong secret', async (t) => {
  const { comparer, store, old, stale } = build();
  const [one, other] = [await store('one', 'secret', old), await store('other', 'secret', old)];
  await Promise.all([
    ...Array.from({ length: 20 }, () => comparer.compare(one, 'secret')),
    comparer.compare(other, 'wrong'),
  ]);
  t.same(stale, ['one']);
});
