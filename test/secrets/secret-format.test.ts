import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { environments } from '../../src/db/tables/api-clients.ts';
import { generateSecret, hintOf, parseSecret, secretPattern } from '../../src/secrets/secret-format.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const prefixes = fc.stringMatching(/^[a-z][a-z0-9]{0,15}$/);
const generated = fc
  .record({ prefix: prefixes, environment: fc.constantFrom(...environments) })
  .map((options) => ({ ...options, ...generateSecret(options.prefix, options.environment) }));

function replaceAt(text: string, index: number, character: string): string {
  return text.slice(0, index) + character + text.slice(index + 1);
}

void t.test('a generated secret has the published shape', async (t) => {
  const { secret, lookupId, hint } = generateSecret('lk', 'live');
  t.match(secret, /^lk_live_[0-9A-Za-z]{71}$/);
  t.match(generateSecret('lk', 'staging').secret, /^lk_staging_[0-9A-Za-z]{71}$/);
  t.equal(secret.slice(8, 30), lookupId, 'the id follows the environment');
  t.equal(hint, secret.slice(-4));
  t.equal(hintOf(secret), hint);
});

void t.test('every generated secret is read back as what it was made for', async () => {
  fc.assert(
    fc.property(generated, ({ prefix, environment, secret, lookupId }) => {
      const parsed = parseSecret(prefix, secret);
      return parsed?.environment === environment && parsed.lookupId === lookupId;
    }),
  );
});

void t.test('the checksum is CRC-32 in base62, most significant digit first, padded to 6', async (t) => {
  // Made by another implementation of CRC-32.
  const vectors = [
    ['lk', 'lk_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0122iTzVn'],
    ['acme', 'acme_staging_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz4ajUsh'],
    ['lk', 'lk_live_00000000000000000000000000000000000000000000000000000000000030041000dKX'],
  ] as const;
  for (const [prefix, secret] of vectors) t.ok(parseSecret(prefix, secret), secret);
});

void t.test('any single changed character is refused, wherever it is and whatever it becomes', async (t) => {
  for (const environment of environments) {
    const { secret } = generateSecret('lk', environment);
    const accepted: string[] = [];
    let tried = 0;
    for (let index = 0; index < secret.length; index++) {
      for (const character of `${BASE62}_-. \u0000\u00e9`) {
        const changed = replaceAt(secret, index, character);
        if (changed === secret) continue;
        tried += 1;
        if (parseSecret('lk', changed) !== undefined) accepted.push(changed);
      }
    }
    t.same(accepted, []);
    t.ok(tried > secret.length * BASE62.length, 'every position was changed to every character');
  }
});

void t.test('any single changed character of any secret is refused', async () => {
  fc.assert(
    fc.property(
      generated,
      fc.nat(),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      (made, at, character) => {
        const changed = replaceAt(made.secret, at % made.secret.length, character);
        return changed === made.secret || parseSecret(made.prefix, changed) === undefined;
      },
    ),
    { numRuns: 2000 },
  );
});

void t.test('a secret cut short, extended or surrounded by other text is refused', async (t) => {
  const { secret } = generateSecret('lk', 'live');
  for (let length = 0; length < secret.length; length++) {
    t.equal(parseSecret('lk', secret.slice(0, length)), undefined);
    t.equal(parseSecret('lk', secret.slice(length + 1)), undefined);
  }
  for (const text of [`${secret}0`, `${secret}\n`, ` ${secret}`, secret + secret, `0${secret}`]) {
    t.equal(parseSecret('lk', text), undefined);
  }
});

function base62Of(checksum: number): string {
  let text = '';
  for (let rest = checksum; text.length < 6; rest = Math.floor(rest / 62)) text = BASE62.charAt(rest % 62) + text;
  return text;
}

void t.test('a character outside base62 is refused even under a checksum that fits', async (t) => {
  for (const character of '_-+/=. @[`{\u0000\u007f\u00e9\u0130') {
    const unchecked = `lk_live_${'0'.repeat(30)}${character}${'0'.repeat(34)}`;
    // Of one byte a character, as a reader might take it that looks at nothing more.
    const checksum = base62Of(crc32(Buffer.from(unchecked, 'latin1')));
    t.equal(parseSecret('lk', unchecked + checksum), undefined, JSON.stringify(character));
  }
});

void t.test('what begins with more than ASCII is no secret, whatever its checksum', async (t) => {
  for (const prefix of ['\u00e9', '\u0130']) {
    const unchecked = `${prefix}_live_${'0'.repeat(65)}`;
    for (const bytes of [Buffer.from(unchecked, 'latin1'), Buffer.from(unchecked)]) {
      t.equal(parseSecret(prefix, unchecked + base62Of(crc32(bytes))), undefined, JSON.stringify(prefix));
    }
  }
});

void t.test('a secret of another prefix or for an unknown environment is refused', async (t) => {
  const { secret } = generateSecret('lk', 'live');
  t.equal(parseSecret('kl', secret), undefined);
  t.equal(parseSecret('l', secret), undefined);
  t.equal(parseSecret('lk_live', secret), undefined);
  t.equal(parseSecret('', secret), undefined);
  t.equal(parseSecret('lk', secret.replace('_live_', '_test_')), undefined);
  t.equal(parseSecret('lk', secret.replace('_live_', '_LIVE_')), undefined);
});

void t.test('a secret of one environment cannot be passed off as one of the other', async (t) => {
  const { secret } = generateSecret('lk', 'live');
  t.equal(parseSecret('lk', secret.replace('_live_', '_staging_')), undefined);
});

void t.test('no text, however long or broken, is anything but refused', async (t) => {
  t.equal(parseSecret('lk', ''), undefined);
  t.equal(parseSecret('lk', `lk_live_${'a'.repeat(10_000_000)}`), undefined);
  t.equal(parseSecret('lk', `lk_live_${'\ud800'.repeat(71)}`), undefined);
  t.equal(parseSecret('lk', `lk_live_${'\u{1f600}'.repeat(35)}a`), undefined);
  fc.assert(fc.property(fc.string({ unit: 'binary', size: 'large' }), (text) => parseSecret('lk', text) === undefined));
});

void t.test('two secrets share neither id nor text, and every character is equally likely', async (t) => {
  const total = 4000;
  const ids = new Set<string>();
  const counts = new Map<string, number>();
  for (let made = 0; made < total; made++) {
    const { secret, lookupId } = generateSecret('lk', 'live');
    ids.add(lookupId);
    for (const character of secret.slice(8, -6)) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  t.equal(ids.size, total);
  t.equal(counts.size, 62);
  const expected = (total * 65) / 62;
  // Eight standard deviations; a modulo over all 256 bytes would be off by thirteen.
  const tolerance = 8 * Math.sqrt(expected);
  t.same(
    [...counts].filter(([, count]) => Math.abs(count - expected) > tolerance),
    [],
  );
});

void t.test('the published pattern finds secrets in any text and nothing that only resembles them', async (t) => {
  const pattern = new RegExp(secretPattern('lk'), 'g');
  const live = generateSecret('lk', 'live').secret;
  const staging = generateSecret('lk', 'staging').secret;
  for (const text of [`KEY=${live}\nOTHER="${staging}"`, `https://h/?k=${live}&l=${staging}`, `${live},${staging}`]) {
    t.same(text.match(pattern), [live, staging]);
  }
  for (const text of [
    `${live}0`,
    `x${live}`,
    live.slice(0, -1),
    live.replace('lk_', 'kl_'),
    live.replace('live', 'test'),
  ]) {
    t.equal(text.match(pattern), null, text);
  }
});
