import { randomBytes } from 'node:crypto';
import argon2 from 'argon2';
import t from 'tap';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { Argon2Gate } from '../../src/secrets/argon2-gate.ts';
import { createHasher } from '../../src/secrets/hasher.ts';
import type { HasherOptions } from '../../src/secrets/hasher.ts';

const cheap = { memoryKib: 64, passes: 1, parallelism: 1 };

function build(overrides: Partial<HasherOptions> = {}) {
  const options = {
    gate: new Argon2Gate({ concurrency: 2, queueMax: 20 }),
    masterKey: new MasterKey([randomBytes(32)]),
    passwordCost: { ...cheap, passes: 2 },
    secretCost: cheap,
    ...overrides,
  };
  return { ...options, hasher: createHasher(options) };
}

void t.test('a password is kept as an argon2id PHC string of the configured cost, with its own salt', async (t) => {
  const { hasher } = build({ passwordCost: { memoryKib: 72, passes: 3, parallelism: 2 } });
  const hash = await hasher.hashPassword('Correct-Horse-1');
  t.match(hash, /^\$argon2id\$v=19\$m=72,t=3,p=2\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  t.not(await hasher.hashPassword('Correct-Horse-1'), hash);
  t.same(await hasher.verifyPassword(hash, 'Correct-Horse-1'), { matches: true, needsRehash: false });
});

void t.test('a wrong password does not match', async (t) => {
  const { hasher } = build();
  const hash = await hasher.hashPassword('Correct-Horse-1');
  for (const wrong of ['', 'correct-horse-1', 'Correct-Horse-1 ', 'Correct-Horse-1\0', 'Correct-Horse-']) {
    t.same(await hasher.verifyPassword(hash, wrong), { matches: false, needsRehash: false });
  }
});

void t.test('a password needs no pepper, so it outlives a change of the master key', async (t) => {
  const hash = await build().hasher.hashPassword('Correct-Horse-1');
  t.same(await build().hasher.verifyPassword(hash, 'Correct-Horse-1'), { matches: true, needsRehash: false });
});

void t.test(
  'passwords are compared exactly as sent: forms of one character, NUL and broken Unicode all differ',
  async (t) => {
    const { hasher } = build();
    const passwords = [
      'Pa-1 \u00e9',
      'Pa-1 e\u0301',
      'Pa-1 \ufffd',
      'Pa-1 \ud800',
      'Pa-1 \ud801',
      'Pa-1 \0',
      'Pa-1 \0\0',
    ];
    for (const stored of passwords) {
      const hash = await hasher.hashPassword(stored);
      for (const sent of passwords) {
        const { matches } = await hasher.verifyPassword(hash, sent);
        t.equal(matches, sent === stored, JSON.stringify([stored, sent]));
      }
    }
  },
);

void t.test('an account that does not exist matches no password', async (t) => {
  const { hasher } = build();
  for (const password of ['', 'Correct-Horse-1', '\ud800']) {
    t.same(await hasher.verifyPassword(undefined, password), { matches: false, needsRehash: false });
  }
});

void t.test('an account that does not exist costs one piece of argon2 work at the configured cost', async (t) => {
  const { hasher, gate } = build();
  const answer = hasher.verifyPassword(undefined, 'Correct-Horse-1');
  t.equal(gate.running, 1);
  await answer;
  t.equal(gate.running, 0);

  // Less memory than argon2 takes: its complaint shows that it was asked to work at just this cost.
  const impossible = build({ passwordCost: { memoryKib: 1, passes: 1, parallelism: 1 } }).hasher;
  await t.rejects(impossible.hashPassword('Correct-Horse-1'));
  await t.rejects(impossible.verifyPassword(undefined, 'Correct-Horse-1'));
});

void t.test('a password hashed at another cost still matches and is to be hashed anew', async (t) => {
  const { hasher } = build();
  for (const change of [{ memoryKib: 128 }, { passes: 3 }, { parallelism: 2 }]) {
    const hash = await build({ passwordCost: { ...cheap, passes: 2, ...change } }).hasher.hashPassword(
      'Correct-Horse-1',
    );
    t.same(await hasher.verifyPassword(hash, 'Correct-Horse-1'), { matches: true, needsRehash: true });
    t.same(await hasher.verifyPassword(hash, 'wrong'), { matches: false, needsRehash: false });
  }
  const argon2i = await argon2.hash('Correct-Horse-1', {
    type: argon2.argon2i,
    memoryCost: 64,
    timeCost: 2,
    parallelism: 1,
  });
  t.same(await hasher.verifyPassword(argon2i, 'Correct-Horse-1'), { matches: true, needsRehash: true });
});

void t.test('a secret is kept as an argon2id PHC string keyed with the current pepper', async (t) => {
  const { hasher, masterKey } = build({ secretCost: { memoryKib: 72, passes: 3, parallelism: 2 } });
  const stored = await hasher.hashSecret('secret');
  t.equal(stored.pepperVersion, masterKey.currentPepper.version);
  t.match(stored.hash, /^\$argon2id\$v=19\$m=72,t=3,p=2\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  t.equal(await argon2.verify(stored.hash, 'secret', { secret: masterKey.currentPepper.pepper }), true);
  t.equal(await argon2.verify(stored.hash, 'secret'), false, 'the database alone does not suffice to try secrets');
});

void t.test('a secret matches its own hash and no other', async (t) => {
  const { hasher } = build();
  const stored = await hasher.hashSecret('secret');
  const other = await hasher.hashSecret('other');
  t.same(await hasher.verifySecret(stored, 'secret'), { matches: true, needsRehash: false });
  t.same(await hasher.verifySecret(stored, 'other'), { matches: false, needsRehash: false });
  t.same(await hasher.verifySecret(other, 'secret'), { matches: false, needsRehash: false });
});

void t.test('after a change of the master key an old secret matches and is to be hashed anew', async (t) => {
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const stored = await build({ masterKey: new MasterKey([oldKey]) }).hasher.hashSecret('secret');
  const { hasher } = build({ masterKey: new MasterKey([newKey, oldKey]) });
  t.same(await hasher.verifySecret(stored, 'secret'), { matches: true, needsRehash: true });
  t.same(await hasher.verifySecret(stored, 'other'), { matches: false, needsRehash: false });
  const renewed = await hasher.hashSecret('secret');
  t.same(await hasher.verifySecret(renewed, 'secret'), { matches: true, needsRehash: false });
});

void t.test('a secret whose pepper is gone matches nothing, and nothing is thrown', async (t) => {
  const stored = await build().hasher.hashSecret('secret');
  t.same(await build().hasher.verifySecret(stored, 'secret'), { matches: false, needsRehash: false });
});

void t.test('a secret does not match under the version of another pepper', async (t) => {
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const { hasher, masterKey } = build({ masterKey: new MasterKey([newKey, oldKey]) });
  const { hash } = await build({ masterKey: new MasterKey([oldKey]) }).hasher.hashSecret('secret');
  const mislabelled = { hash, pepperVersion: masterKey.currentPepper.version };
  t.same(await hasher.verifySecret(mislabelled, 'secret'), { matches: false, needsRehash: false });
});

void t.test('a secret hashed at another cost still matches and is to be hashed anew', async (t) => {
  const { hasher, masterKey } = build();
  const stored = await build({ masterKey, secretCost: { ...cheap, passes: 2 } }).hasher.hashSecret('secret');
  t.same(await hasher.verifySecret(stored, 'secret'), { matches: true, needsRehash: true });
});

void t.test('all argon2 work passes the gate, passwords and secrets in lanes of their own', async (t) => {
  const { hasher, gate } = build({ gate: new Argon2Gate({ concurrency: 1, queueMax: 1 }) });
  const password = await hasher.hashPassword('Correct-Horse-1');
  const secret = await hasher.hashSecret('secret');
  const passwordWork: (() => Promise<unknown>)[] = [
    () => hasher.hashPassword('a'),
    () => hasher.verifyPassword(password, 'a'),
  ];
  const secretWork: (() => Promise<unknown>)[] = [() => hasher.hashSecret('a'), () => hasher.verifySecret(secret, 'a')];

  for (const [work, otherWork] of [
    [passwordWork, secretWork],
    [secretWork, passwordWork],
  ] as const) {
    const accepted: Promise<unknown>[] = [work[0]!(), work[1]!()];
    for (const refused of work) await t.rejects(refused(), { code: 'overloaded' });
    accepted.push(otherWork[0]!());
    await Promise.all(accepted);
  }
  t.equal(gate.refused, 4);
  t.equal(gate.running, 0);
});
