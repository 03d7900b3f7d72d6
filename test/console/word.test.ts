import t from 'tap';
import { common } from '../../console/src/text/en/common.ts';
import { problems } from '../../console/src/text/en/problems.ts';
import { wordFor } from '../../console/src/text/word.ts';
import { errorCatalogue } from '../../src/errors.ts';

void t.test('a name out of a URL that no word is for is shown as it is, whatever objects are born with', async (t) => {
  const words: Record<string, string> = { 'client.create': 'Created the API client' };
  t.equal(wordFor(words, 'client.create'), 'Created the API client');
  for (const name of ['__proto__', 'constructor', 'toString', 'client.melt', '']) t.equal(wordFor(words, name), name);
  t.equal(wordFor(words, 'constructor', 'Something went wrong.'), 'Something went wrong.');
});

/** What only machines meet, and the command line. */
const neverHere = new Set([
  'ambiguous_credentials',
  'invalid_refresh_token',
  'invalid_credential',
  'insufficient_permission',
  'wrong_environment',
  'import_failed',
]);
const ownCodes = ['no_connection', 'unreadable', 'no_etag'];

void t.test('each error that something done in the console can meet says what to do about it', async (t) => {
  const codes = Object.keys(errorCatalogue).filter((code) => !neverHere.has(code));
  t.same(Object.keys(problems).sort(), [...codes, ...ownCodes].sort(), 'each has words, and none for nothing');
  const titles = new Set<string>(Object.values(errorCatalogue).map(({ title }) => title));
  for (const [code, words] of Object.entries(problems)) {
    t.match(words, /^[A-Z].*[^.]\.$/, `${code}: whole sentences`);
    t.notOk(titles.has(words.slice(0, -1)), `${code}: more than its name`);
    t.notMatch(words, /please|invalid|successful/i, code);
  }
});

void t.test('a fault is a sentence, whatever the number of the label', async (t) => {
  const { fault } = common.form;
  t.equal(fault('Emails', 'is missing'), 'Emails are missing.');
  t.equal(fault('Permissions', 'needs at least one'), 'Permissions need at least one.');
  t.equal(fault('Redirect URLs', 'is required'), 'Redirect URLs are required.');
  t.equal(fault('Emails', 'must have at most 5 items'), 'Emails must have at most 5 items.');
  for (const label of ['Email', 'Address', 'Status']) t.equal(fault(label, 'is missing'), `${label} is missing.`);
});
