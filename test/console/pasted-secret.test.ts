import t from 'tap';
import { findSecret, searchWithoutSecrets } from '../../console/src/pasted-secret.ts';
import { readFilters } from '../../console/src/screens/clients/client-filters.ts';
import { generateSecret } from '../../src/secrets/secret-format.ts';

const { secret, hint } = generateSecret('lk', 'live');

void t.test('of a pasted secret only the last four characters leave the field', async (t) => {
  const texts = {
    alone: secret,
    'a line of .env': `LATCHKEY_CLIENT_SECRET=${secret}`,
    'with the next line of .env, whose line break the field takes away': `SECRET=${secret}LATCHKEY_URL=https://a.example`,
    'a header': `x-api-key: ${secret}`,
    'a curl call': `curl -H 'x-api-key: ${secret}' https://a.example/auth/v2/verify/`,
    'in quotation marks': `"${secret}"`,
    'in a URL': `https://a.example/?key=${secret}&more=1`,
    'among words': `is it ${secret} that fails?`,
  };
  for (const [name, text] of Object.entries(texts)) t.same(findSecret(text), { hint, isOurs: true }, name);
  for (const prefix of ['acme', 'K9', 'latchkeyofthebiggestcompany']) {
    const other = generateSecret(prefix, 'staging');
    t.same(findSecret(`KEY='${other.secret}'`), { hint: other.hint, isOurs: true }, `under the prefix ${prefix}`);
  }
  t.same(findSecret(secret.slice(0, 50)), { hint: secret.slice(46, 50), isOurs: true }, 'most of it');
});

void t.test('what may be a secret of another make leaves the field as four characters', async (t) => {
  const long = `sk_${'Zx9.-~'.repeat(8)}_end`;
  for (const text of [long, `"${long}"`, `key: ${long},`, `${secret.slice(8, 60)}_end`]) {
    t.same(findSecret(text), { hint: '_end', isOurs: false }, text);
  }
});

void t.test('names, client IDs and hints are searched for whole', async (t) => {
  const texts = [
    'Night job',
    'a name of many words that is far longer than forty characters',
    '3f2b8a9e-3f0c-4b1f-9d8e-1f2a3b4c5d6e',
    'F9zQ',
    'live_staging',
    'пользовательскоеприложениедляпроверкидокументов',
    '',
  ];
  for (const text of texts) t.equal(findSecret(text), null, text);
});

void t.test('an address with a secret in it is mended before it is used', async (t) => {
  const of = (search: string) => [...new URLSearchParams(searchWithoutSecrets(search))];
  t.same(of(`?status=active&q=${secret}`), [
    ['status', 'active'],
    ['q', hint],
  ]);
  t.same(of(`?next=${encodeURIComponent(`/o/1/clients?q=${secret}`)}`), [['next', `/o/1/clients?q=${hint}`]]);
  t.same(of(`?target=${secret}`), [['target', hint]]);
  t.equal(searchWithoutSecrets('?create&q=Night%20job'), '?create&q=Night%20job', 'any other stays as it is');
  t.same(readFilters(new URLSearchParams({ q: `"${secret}"` })), { q: hint }, 'nor does the list ask for it');
});
