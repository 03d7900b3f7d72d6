import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { findNearestRedirectUrl } from '../../src/rules/redirect-urls.ts';

interface Examples {
  accepted: string[];
  different: [string, string][];
}
const examples = JSON.parse(
  readFileSync(new URL('../examples/redirect-urls.json', import.meta.url), 'utf8'),
) as Examples;

const listed = [
  'https://acme.example/callback',
  'https://acme.example',
  'https://acme.example:8443/a/b',
  'https://acme.example/a%20b?x=1&y=2',
  'https://xn--bcher-kva.example/',
  'http://localhost:5173/callback',
  'myapp://done',
  'com.example.app:/oauth2redirect',
];

void t.test('a URL in the list has nothing nearer, and an empty list has nothing near', async (t) => {
  for (const url of listed) t.equal(findNearestRedirectUrl(url, listed), undefined, url);
  t.equal(findNearestRedirectUrl('https://acme.example', []), undefined);
});

void t.test('of each example pair of different URLs, one is near the other and the difference is named', async (t) => {
  for (const [one, other] of examples.different) {
    for (const [url, entry] of [
      [one, other],
      [other, one],
    ] as const) {
      const found = findNearestRedirectUrl(url, [entry]);
      t.equal(found?.nearest, entry);
      t.match(found?.difference, /^the [a-z ]+: sent .+, listed .+$/, url);
    }
  }
});

void t.test('the nearest entry and every difference from it are named', async (t) => {
  const [callback, bare, port, query, punycode, local, deep, deepPath] = listed as [string, ...string[]];
  const cases: [string, string | undefined, string][] = [
    ['https://ACME.example/callback', callback, 'the case of the host: sent "ACME.example", listed "acme.example"'],
    ['HTTPS://acme.example/callback', callback, 'the case of the scheme: sent "HTTPS", listed "https"'],
    ['http://acme.example/callback', callback, 'the scheme: sent "http", listed "https"'],
    ['https://acme.example:443/callback', callback, 'the default port: sent ":443", listed none'],
    ['https://acme.example:/callback', callback, 'the empty port: sent ":", listed none'],
    ['https://acme.example:444/callback', callback, 'the port: sent ":444", listed none'],
    ['https://acme.example/a/b', port, 'the port: sent none, listed ":8443"'],
    ['http://localhost:5174/callback', local, 'the port: sent ":5174", listed ":5173"'],
    ['http://127.0.0.1:5173/callback', local, 'the host: sent "127.0.0.1", listed "localhost"'],
    ['https://www.acme.example/callback', callback, 'the host: sent "www.acme.example", listed "acme.example"'],
    [
      'https://acme.example./callback',
      callback,
      'the dot at the end of the host: sent "acme.example.", listed "acme.example"',
    ],
    [
      'https://b\u00fccher.example/',
      punycode,
      'the host, which must be in punycode: sent "b\u00fccher.example", listed "xn--bcher-kva.example"',
    ],
    ['https://acme.example/callback/', callback, 'the trailing slash: sent "/callback/", listed "/callback"'],
    ['https://acme.example/', bare, 'the trailing slash: sent "/", listed none'],
    ['https://xn--bcher-kva.example', punycode, 'the trailing slash: sent none, listed "/"'],
    ['https://acme.example/Callback', callback, 'the case of the path: sent "/Callback", listed "/callback"'],
    [
      'https://acme.example//callback',
      callback,
      'the doubled slashes in the path: sent "//callback", listed "/callback"',
    ],
    ['https://acme.example/callbakc', callback, 'the path: sent "/callbakc", listed "/callback"'],
    [
      'https://acme.example/%63allback',
      callback,
      'the percent-encoding of the path: sent "/%63allback", listed "/callback"',
    ],
    ['https://acme.example/callback?', callback, 'the empty query: sent "?", listed none'],
    ['https://acme.example/callback?x=1', callback, 'the query: sent "?x=1", listed none'],
    ['https://acme.example/a%20b', query, 'the query: sent none, listed "?x=1&y=2"'],
    [
      'https://acme.example/a%20b?y=2&x=1',
      query,
      'the order of the query parameters: sent "?y=2&x=1", listed "?x=1&y=2"',
    ],
    ['https://acme.example/a%20b?X=1&y=2', query, 'the case of the query: sent "?X=1&y=2", listed "?x=1&y=2"'],
    [
      'https://acme.example/a%20b?x=%31&y=2',
      query,
      'the percent-encoding of the query: sent "?x=%31&y=2", listed "?x=1&y=2"',
    ],
    ['https://acme.example/a%20b?x=1', query, 'the query parameter "y": sent none, listed "y=2"'],
    ['https://acme.example/a%20b?x=1&y=2&z', query, 'the query parameter "z": sent "z", listed none'],
    ['https://acme.example/a%20b?x=1&x=1&y=2', query, 'the query parameter "x": sent "x=1&x=1", listed "x=1"'],
    ['https://acme.example/callback#x', callback, 'the fragment: sent "#x", listed none'],
    ['https://u:p@acme.example/callback', callback, 'the user name and password: sent "u:p@", listed none'],
    ['acme.example/callback', callback, 'the scheme: sent none, listed "https"'],
    ['//acme.example/callback', callback, 'the scheme: sent none, listed "https"'],
    ['localhost:5173/callback', local, 'the scheme: sent none, listed "http"'],
    ['https:/acme.example/callback', callback, 'the slashes after the scheme: sent "/", listed "//"'],
    ['myapp:/done', deep, 'the slashes after the scheme: sent "/", listed "//"'],
    ['myapp:done', deep, 'the slashes after the scheme: sent none, listed "//"'],
    ['myapp://Done', deep, 'the case of the host: sent "Done", listed "done"'],
    ['com.example.app://oauth2redirect', deepPath, 'the slashes after the scheme: sent "//", listed "/"'],
    [
      'com.example.app:/oauth2redirect/',
      deepPath,
      'the trailing slash: sent "/oauth2redirect/", listed "/oauth2redirect"',
    ],
    ['https://acme.example/callback ', callback, 'white space around the URL'],
    ['/callback', callback, 'the scheme: sent none, listed "https"; the host: sent none, listed "acme.example"'],
    [
      'https://acme.example/a b?y=2&x=1',
      query,
      'the percent-encoding of the path: sent "/a b", listed "/a%20b"; the order of the query parameters: sent "?y=2&x=1", listed "?x=1&y=2"',
    ],
    [
      'https://acme.example/A%20B/?y=2&x=3',
      query,
      'the trailing slash and the case of the path: sent "/A%20B/", listed "/a%20b"; the query parameter "x": sent "x=3", listed "x=1"; the order of the query parameters: sent "y&x", listed "x&y"',
    ],
  ];
  for (const [url, nearest, difference] of cases) {
    t.same(findNearestRedirectUrl(url, listed), { nearest, difference }, url);
  }
});

void t.test('a default port that the list spells out is named too, and http has its own', async (t) => {
  t.equal(
    findNearestRedirectUrl('https://acme.example', ['https://acme.example:443'])?.difference,
    'the default port: sent none, listed ":443"',
  );
  t.equal(
    findNearestRedirectUrl('http://localhost:80', ['http://localhost'])?.difference,
    'the default port: sent ":80", listed none',
  );
  t.equal(
    findNearestRedirectUrl('http://localhost:443', ['http://localhost'])?.difference,
    'the port: sent ":443", listed none',
  );
});

void t.test('of long values only the piece around the difference is shown', async (t) => {
  const path = `https://acme.example/${'a'.repeat(1000)}`;
  t.equal(
    findNearestRedirectUrl(`${path}x${'b'.repeat(500)}`, [`${path}y`])?.difference,
    `the path: sent "…${'a'.repeat(20)}x${'b'.repeat(59)}…", listed "…${'a'.repeat(20)}y"`,
  );
  t.equal(
    findNearestRedirectUrl(`https://acme.example/${'a'.repeat(500)}`, ['https://acme.example/b'])?.difference,
    `the path: sent "/${'a'.repeat(79)}…", listed "/b"`,
  );
});

void t.test('many differing query parameters are named up to a limit', async (t) => {
  const query = (value: string) => Array.from({ length: 300 }, (_, index) => `p${index}=${value}`).join('&');
  const found = findNearestRedirectUrl(`https://acme.example?${query('a')}`, [`https://acme.example?${query('b')}`]);
  t.equal(found?.difference.split('; ').length, 5);
});

void t.test('the nearest of many is found, wherever it stands in the list', async (t) => {
  const many = Array.from(
    { length: 200 },
    (_, index) => `https://tenant-${index}.acme.example:8443/callback?tenant=${index}`,
  );
  for (const index of [0, 57, 199]) {
    const url = many[index]!.replace('/callback', '/callback/');
    t.equal(findNearestRedirectUrl(url, many)?.nearest, many[index]);
  }
});

void t.test('any URL that differs from an accepted one is told a difference', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...examples.accepted, ...listed),
      fc.nat(60),
      fc.string({ unit: 'binary' }),
      (entry, at, added) => {
        const url = entry.slice(0, at) + added + entry.slice(at + 1);
        const found = findNearestRedirectUrl(url, [entry]);
        return url === entry ? found === undefined : found?.nearest === entry && found.difference !== '';
      },
    ),
    { numRuns: 3000 },
  );
});
