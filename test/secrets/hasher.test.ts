import { randomBytes } from 'node:crypto';
import argon2 from 'argon2';
import t from 'tap';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { Argon2Gate } from '../../src/secrets/argon2-gate.ts';
import { createHasher } from '../../src/secrets/hasher.ts';
import type { HasherOptions } from '../../src/secrets/hasher.ts';
import { countArgon2 } from '../support/accounts.ts';

const match = { matches: true, fresh: undefined };
const noMatch = { matches: false, fresh: undefined };
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

void t.test(
  'a password is kept as an argon2id PHC string with its cost, its salt and which pepper keyed it',
  async (t) => {
    const { hasher, masterKey } = build({ passwordCost: { memoryKib: 72, passes: 3, parallelism: 2 } });
    const hash = await hasher.hashPassword('Correct-Horse-1');
    t.match(hash, /^\$argon2id\$v=19\$m=72,t=3,p=2,keyid=[A-Za-z0-9+/]{8}\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    t.not(await hasher.hashPassword('Correct-Horse-1'), hash);
    t.same(await hasher.checkPassword(hash, 'Correct-Horse-1', { costsInUse: [] }), match);
    const { pepper, version } = masterKey.currentPepper;
    t.equal(await argon2.verify(hash, 'Correct-Horse-1', { secret: pepper }), true);
    t.equal(
      await argon2.verify(hash, 'Correct-Horse-1'),
      false,
      'the database alone does not suffice to try passwords',
    );
    t.equal(/keyid=([^$]*)/.exec(hash)?.[1], Buffer.from(version, 'base64url').toString('base64'));
  },
);

void t.test('a wrong password does not match', async (t) => {
  const { hasher } = build();
  const hash = await hasher.hashPassword('Correct-Horse-1');
  for (const wrong of ['', 'correct-horse-1', 'Correct-Horse-1 ', 'Correct-Horse-1\0', 'Correct-Horse-']) {
    t.same(await hasher.checkPassword(hash, wrong, { costsInUse: [] }), noMatch);
  }
});

void t.test('after a change of the master key a password matches and is hashed anew under the new one', async (t) => {
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const old = build({ masterKey: new MasterKey([oldKey]) });
  const hash = await old.hasher.hashPassword('Correct-Horse-1');
  const { hasher } = build({ masterKey: new MasterKey([newKey, oldKey]) });
  const { matches, fresh } = await hasher.checkPassword(hash, 'Correct-Horse-1', { costsInUse: [] });
  t.ok(matches);
  t.same(await hasher.checkPassword(fresh, 'Correct-Horse-1', { costsInUse: [] }), match);
  t.same(
    await old.hasher.checkPassword(fresh, 'Correct-Horse-1', { costsInUse: [] }),
    noMatch,
    'it is of the new one alone',
  );
  t.same(await hasher.checkPassword(hash, 'Correct-Horse-2', { costsInUse: [] }), noMatch);

  const later = build({ masterKey: new MasterKey([newKey]) });
  t.same(
    await later.hasher.checkPassword(hash, 'Correct-Horse-1', { costsInUse: [] }),
    noMatch,
    'whose pepper is gone',
  );
  later.masterKey.keepPepper(old.masterKey.currentPepper);
  t.match(await later.hasher.checkPassword(hash, 'Correct-Horse-1', { costsInUse: [] }), {
    matches: true,
    fresh: String,
  });
});

void t.test(
  'what looks the same is the same password: accents typed on their own, and every kind of space',
  async (t) => {
    const { hasher } = build();
    const forms = ['Pa-1 \u00e9\u1e69 ', 'Pa-1\u00a0e\u0301s\u0323\u0307\u3000', 'Pa-1\u2003e\u0301\u1e63\u0307 '];
    for (const stored of forms) {
      const hash = await hasher.hashPassword(stored);
      for (const sent of forms) t.same(await hasher.checkPassword(hash, sent, { costsInUse: [] }), match);
    }
  },
);

void t.test(
  'what looks alike but is not the same stays apart: compatibility forms, NUL and broken Unicode',
  async (t) => {
    const { hasher } = build();
    const passwords = ['Pa-1 fi', 'Pa-1 \ufb01', 'Pa-1 \ufffd', 'Pa-1 \ud800', 'Pa-1 \ud801', 'Pa-1 \0', 'Pa-1 \0\0'];
    for (const stored of passwords) {
      const hash = await hasher.hashPassword(stored);
      for (const sent of passwords) {
        const { matches } = await hasher.checkPassword(hash, sent, { costsInUse: [] });
        t.equal(matches, sent === stored, JSON.stringify([stored, sent]));
      }
    }
  },
);

void t.test(
  'a hash of an earlier release, of a password as it was sent and without a pepper, matches and moves',
  async (t) => {
    const { hasher } = build();
    const asSent = 'Pa-1 e\u0301\u00a0x';
    const cost = { memoryCost: 64, timeCost: 2, parallelism: 1 };
    const earlier = await argon2.hash(asSent, { type: argon2.argon2id, ...cost });
    const { matches, fresh } = await hasher.checkPassword(earlier, asSent, { costsInUse: [] });
    t.ok(matches);
    for (const form of [asSent, 'Pa-1 \u00e9 x'])
      t.same(await hasher.checkPassword(fresh, form, { costsInUse: [] }), match);
    t.same(await hasher.checkPassword(earlier, 'Pa-1 e\u0301\u00a0y', { costsInUse: [] }), noMatch);
  },
);

void t.test('a password hashed at another cost still matches and is hashed anew at the configured one', async (t) => {
  const { hasher, masterKey } = build();
  for (const change of [{ memoryKib: 128 }, { passes: 3 }, { parallelism: 2 }]) {
    const other = build({ masterKey, passwordCost: { ...cheap, passes: 2, ...change } });
    const hash = await other.hasher.hashPassword('Correct-Horse-1');
    const { matches, fresh } = await hasher.checkPassword(hash, 'Correct-Horse-1', { costsInUse: [] });
    t.ok(matches);
    t.same(await hasher.checkPassword(fresh, 'Correct-Horse-1', { costsInUse: [] }), match);
    t.same(await hasher.checkPassword(hash, 'wrong', { costsInUse: [] }), noMatch);
  }
  const argon2i = await argon2.hash('Correct-Horse-1', {
    type: argon2.argon2i,
    memoryCost: 64,
    timeCost: 2,
    parallelism: 1,
  });
  t.match(await hasher.checkPassword(argon2i, 'Correct-Horse-1', { costsInUse: [] }), { matches: true, fresh: String });
});

void t.test('without an account, and with what is no hash, nothing matches', async (t) => {
  const { hasher } = build();
  for (const stored of [undefined, '', 'none', '$argon2id$v=19$m=64,t=2,p=1$x']) {
    for (const password of ['', 'Correct-Horse-1']) {
      const { matches, fresh } = await hasher.checkPassword(stored, password, { costsInUse: [] });
      t.equal(matches, false);
      t.same(await hasher.checkPassword(fresh, password, { costsInUse: [] }), match, 'the work was to make a hash');
    }
  }
});

void t.test(
  'a password that nobody is to know is stored like any other, matches nothing and costs no work',
  async (t) => {
    const { hasher } = build();
    const usual = await hasher.hashPassword('Correct-Horse-1');
    let unknown = '';
    t.equal(await countArgon2(async () => (unknown = hasher.makeUnknownPassword())), 0);
    t.equal(unknown.length, usual.length);
    t.equal(unknown.split('$', 4).join('$'), usual.split('$', 4).join('$'));
    t.not(hasher.makeUnknownPassword(), unknown);
    for (const password of ['', 'Correct-Horse-1'])
      t.same(await hasher.checkPassword(unknown, password, { costsInUse: [] }), noMatch);
  },
);

void t.test(
  'every check does the work of all costs in use, whichever the hash has and whether there is one',
  async (t) => {
    const { hasher, masterKey } = build();
    const older = build({ masterKey, passwordCost: { ...cheap, passes: 3 } }).hasher;
    const hashes = {
      current: await hasher.hashPassword('Correct-Horse-1'),
      older: await older.hashPassword('Correct-Horse-1'),
      none: undefined,
      unknown: hasher.makeUnknownPassword(),
    };
    for (const [name, hash] of Object.entries(hashes)) {
      for (const password of ['Correct-Horse-1', 'Correct-Horse-2']) {
        const check = () =>
          hasher.checkPassword(hash, password, { costsInUse: ['m=64,t=2,p=1', 'm=64,t=3,p=1', 'm=128,t=2,p=1'] });
        t.equal(await countArgon2(check), 3, `${name}, ${password}`);
      }
      // Less memory than argon2 takes: its complaint shows that it was asked to work at just this cost.
      await t.rejects(hasher.checkPassword(hash, 'Correct-Horse-2', { costsInUse: ['m=1,t=1,p=1'] }), name);
    }
    t.equal(
      await countArgon2(() => hasher.checkPassword(undefined, 'Correct-Horse-1', { costsInUse: [] })),
      1,
      'where one is in use',
    );
    const impossible = build({ masterKey, passwordCost: { memoryKib: 1, passes: 1, parallelism: 1 } }).hasher;
    await t.rejects(
      impossible.checkPassword(undefined, 'Correct-Horse-1', { costsInUse: [] }),
      'the configured one always is',
    );
  },
);

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
    () => hasher.checkPassword(password, 'a', { costsInUse: [] }),
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
