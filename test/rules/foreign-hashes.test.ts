import fc from 'fast-check';
import t from 'tap';
import { readForeignHash } from '../../src/rules/foreign-hashes.ts';

const bytes = (count: number) => Buffer.alloc(count, 7).toString('base64').replaceAll('=', '');
const bcrypt = (cost: string, letter = 'b') => `$2${letter}$${cost}$${'a'.repeat(53)}`;
const argon2 = ({ m = 65_536, t = 3, p = 1, salt = 16, key = 32, type = 'id' } = {}) =>
  `$argon2${type}$v=19$m=${m},t=${t},p=${p}$${bytes(salt)}$${bytes(key)}`;
const scrypt = ({ ln = 14, r = 8, p = 1, salt = 16, key = 32 } = {}) =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${bytes(salt)}$${bytes(key)}`;
const pbkdf2 = ({ digest = 'sha256', cost = 'i=25000,l=32', salt = 16, key = 32 } = {}) =>
  `$pbkdf2-${digest}$${cost}$${bytes(salt)}$${bytes(key)}`;
const sha256 = `$sha256$${'ab'.repeat(32)}`;

const isRead = (text: string, isRandom: boolean) => 'hash' in readForeignHash(text, isRandom);

void t.test('a hash at the upper bound is taken, one beyond it costs too much, whatever the secret', async (t) => {
  const pairs: [within: string, beyond: string][] = [
    [bcrypt('12'), bcrypt('13')],
    [argon2({ t: 4 }), argon2({ t: 5 })],
    [argon2({ p: 4 }), argon2({ p: 5 })],
    [argon2({ t: 1 }), argon2({ m: 65_537, t: 1 })],
    [scrypt({ ln: 15, p: 2 }), scrypt({ ln: 15, p: 3 })],
    [scrypt({ ln: 15 }), scrypt({ ln: 16 })],
    [pbkdf2({ cost: '600000' }), pbkdf2({ cost: '600001' })],
    [pbkdf2({ cost: '300000', key: 64 }), pbkdf2({ cost: '300001', key: 64 })],
    [pbkdf2({ digest: 'sha512', cost: '300000', key: 64 }), pbkdf2({ digest: 'sha512', cost: '300001', key: 64 })],
    [pbkdf2({ digest: 'sha1', cost: '600000', key: 20 }), pbkdf2({ digest: 'sha1', cost: '600000', key: 21 })],
  ];
  for (const [within, beyond] of pairs) {
    t.ok(isRead(within, false), within);
    for (const isRandom of [true, false])
      t.match(readForeignHash(beyond, isRandom), { fault: /would cost too much$/ }, beyond);
  }
});

void t.test('a hash below the lower bound is for a secret that nobody can guess', async (t) => {
  const weak = [
    bcrypt('09'),
    bcrypt('04'),
    argon2({ m: 8_191, t: 4 }),
    argon2({ m: 8, t: 1 }),
    scrypt({ ln: 13 }),
    scrypt({ ln: 15, r: 1 }),
    scrypt({ salt: 4 }),
    pbkdf2({ cost: '24999' }),
    pbkdf2({ cost: '1' }),
    pbkdf2({ salt: 4 }),
    sha256,
  ];
  for (const text of weak) {
    t.match(readForeignHash(text, false), { fault: /too weak|salt/ }, text);
    t.ok(isRead(text, true), text);
  }
});

void t.test('a short or a long key is no hash, and parameters must be possible', async (t) => {
  const wrong = [
    ...[1, 15, 65].flatMap((key) => [argon2({ key }), scrypt({ key }), pbkdf2({ cost: '25000', key })]),
    ...[65].flatMap((salt) => [argon2({ salt }), scrypt({ salt }), pbkdf2({ salt })]),
    pbkdf2({ cost: 'i=25000,l=31' }),
    pbkdf2({ cost: '0' }),
    argon2({ m: 7 }),
    argon2({ t: 0 }),
    argon2({ p: 0 }),
    argon2({ salt: 7 }),
    scrypt({ ln: 0 }),
    scrypt({ r: 0 }),
    scrypt({ p: 0 }),
    scrypt({ ln: 99 }),
    ...[16, 17, 18].map((ln) => scrypt({ ln, r: 1 })),
    bcrypt('03'),
    bcrypt('00'),
  ];
  for (const text of wrong) t.notOk(isRead(text, true), text);
});

void t.test('what is in none of the forms is refused', async (t) => {
  const wrong = [
    '',
    'secret',
    '$2x$10$' + 'a'.repeat(53),
    bcrypt('10').slice(0, -1),
    `${bcrypt('10')}\n`,
    bcrypt('10', 'c'),
    argon2({ type: 'x' }),
    argon2().replace('v=19$', ''),
    `${argon2()}$`,
    '$1$salt$hash',
    '$6$salt$hash',
    sha256.slice(0, -1),
    'ab'.repeat(32),
    `{SSHA}${bytes(20)}`,
  ];
  for (const text of wrong) {
    t.same(
      readForeignHash(text, true),
      { fault: 'must be a hash in one of the forms that the description names' },
      text,
    );
  }
});

void t.test('no text takes long to be read, or makes anything throw', async () => {
  const part = fc.constantFrom(
    '$',
    '2b',
    'argon2id',
    'v=19',
    'm=9999999',
    ',t=1',
    ',p=1',
    'A'.repeat(60),
    'pbkdf2-sha256',
    'i=1',
    '.',
    '=',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 60 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, fc.boolean(), (one, isRandom) => Object.keys(readForeignHash(one, isRandom)).length === 1),
  );
});
