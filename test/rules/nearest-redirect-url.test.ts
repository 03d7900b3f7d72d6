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

void t.test('the nearest entry and what differs from it are named', async (t) => {
  const [callback, bare, port, query, punycode, local, deep, deepPath] = listed as [string, ...string[]];
  const cases: [string, string | undefined, string][] = [
    [`${callback}/`, callback, 'the trailing slash: sent "…cme.example/callback/", listed "…cme.example/callback"'],
    ['https://acme.example/', bare, 'the trailing slash: sent "https://acme.example/", listed "https://acme.example"'],
    [
      'https://xn--bcher-kva.example',
      punycode,
      'the trailing slash: sent "…n--bcher-kva.example", listed "…n--bcher-kva.example/"',
    ],
    [
      'https://ACME.example/callback',
      callback,
      'the case of the letters: sent "https://ACME.example/callback", listed "https://acme.example/callback"',
    ],
    [
      'HTTPS://acme.example/callback',
      callback,
      'the case of the letters: sent "HTTPS://acme.example/callback", listed "https://acme.example/callback"',
    ],
    ['myapp://Done', deep, 'the case of the letters: sent "myapp://Done", listed "myapp://done"'],
    ['https://acme.example:443/callback', callback, 'the port: sent ":443", listed none'],
    ['https://acme.example:/callback', callback, 'the port: sent ":", listed none'],
    ['https://acme.example:8444/a/b', port, 'the port: sent ":8444", listed ":8443"'],
    ['http://localhost:5174/callback', local, 'the port: sent ":5174", listed ":5173"'],
    [
      'https://acme.example/%63allback',
      callback,
      'the percent-encoding: sent "…ttps://acme.example/%63allback", listed "…ttps://acme.example/callback"',
    ],
    [
      'https://acme.example/a b?x=1&y=2',
      query,
      'the percent-encoding: sent "…tps://acme.example/a b?x=1&y=2", listed "…tps://acme.example/a%20b?x=1&y=2"',
    ],
    [
      'http://acme.example/callback',
      callback,
      'the first difference: sent "http://acme.example/callback", listed "https://acme.example/callback"',
    ],
    [
      'https://acme.example/callback?x=1',
      callback,
      'the first difference: sent "…cme.example/callback?x=1", listed "…cme.example/callback"',
    ],
    [
      'com.example.app://oauth2redirect',
      deepPath,
      'the first difference: sent "com.example.app://oauth2redirect", listed "com.example.app:/oauth2redirect"',
    ],
    [
      'https://acme.example/callback ',
      callback,
      'the first difference: sent "…cme.example/callback ", listed "…cme.example/callback"',
    ],
  ];
  for (const [url, nearest, difference] of cases) {
    const found = findNearestRedirectUrl(url, listed);
    t.equal(found?.nearest, nearest, url);
    t.equal(found?.difference.replaceAll('…', ''), difference.replaceAll('…', ''), url);
  }
});

void t.test('of long values only the piece around the difference is shown', async (t) => {
  const path = `https://acme.example/${'a'.repeat(1000)}`;
  t.equal(
    findNearestRedirectUrl(`${path}x${'b'.repeat(500)}`, [`${path}y`])?.difference,
    `the first difference: sent "…${'a'.repeat(20)}x${'b'.repeat(59)}…", listed "…${'a'.repeat(20)}y"`,
  );
});

void t.test('the worst text beside the longest list is looked at a bounded number of times', async (t) => {
  const list = Array.from({ length: 200 }, (_, index) => `https://acme.example/${'%'.repeat(2000)}${index}`);
  const reads = { count: 0 };
  const counted = new Proxy(list, {
    get(target, property, receiver): unknown {
      if (typeof property === 'string' && /^[0-9]+$/.test(property)) reads.count += 1;
      return Reflect.get(target, property, receiver);
    },
  });
  const found = findNearestRedirectUrl(`https://acme.example/${'%'.repeat(4000)}`, counted);
  t.ok(found!.difference.length < 300);
  t.ok(reads.count <= 2 * list.length, 'each entry twice at most');
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
