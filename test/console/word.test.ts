import t from 'tap';
import { wordFor } from '../../console/src/text/word.ts';

void t.test('a name out of a URL that no word is for is shown as it is, whatever objects are born with', async (t) => {
  const words: Record<string, string> = { 'client.create': 'Created the API client' };
  t.equal(wordFor(words, 'client.create'), 'Created the API client');
  for (const name of ['__proto__', 'constructor', 'toString', 'client.melt', '']) t.equal(wordFor(words, name), name);
  t.equal(wordFor(words, 'constructor', 'Something went wrong.'), 'Something went wrong.');
});
