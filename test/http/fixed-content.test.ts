import { connect } from 'node:net';
import t from 'tap';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';

const documents = ['/openapi.json', '/openapi.yaml', '/docs/json', '/docs/yaml'];

/** Everything that Swagger UI is made of, as its page names it. */
async function assetsOf({ request }: TestApp): Promise<string[]> {
  const { body } = await request('GET', '/docs');
  return [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
}

void t.test(
  'the document of the API is put into text once, however often and in whatever form it is asked for',
  async (t) => {
    const { app, request } = await build(t);
    let count = 0;
    // Whoever puts the document into text reads its title.
    Object.defineProperty((app.swagger() as { info: object }).info, 'title', {
      enumerable: true,
      get: () => {
        count += 1;
        return 'Latchkey';
      },
    });
    for (const url of documents) t.equal((await request('GET', url)).statusCode, 200, url);
    const once = count;
    t.ok(once > 0 && once <= documents.length, String(once));
    const bodies = new Map<string, Set<string>>();
    for (let round = 0; round < 5; round += 1) {
      for (const url of documents) {
        const { body } = await request('GET', url, { headers: { 'accept-encoding': 'identity' } });
        bodies.set(url, (bodies.get(url) ?? new Set()).add(body));
      }
    }
    t.equal(count, once, 'nobody put it into text again');
    for (const [url, texts] of bodies) t.equal(texts.size, 1, url);
  },
);

void t.test('304 without a body to whoever still has what is served, under every spelling of its tag', async (t) => {
  const test = await build(t);
  const urls = ['/docs', '/docs/', ...documents, ...(await assetsOf(test))];
  t.ok(urls.length > 8);
  for (const url of urls) {
    const { statusCode, headers, rawPayload } = await test.request('GET', url);
    t.equal(statusCode, 200, url);
    t.match(headers, { etag: /^"[A-Za-z0-9_-]{20,}"$/, 'cache-control': /^public, max-age=\d+$/ }, url);
    t.equal(headers['content-length'], String(rawPayload.length), url);
    const etag = String(headers.etag);
    const known = [etag, `W/${etag}`, `"other", ${etag}`, '*', etag.replace(/"$/, '-gzip"')];
    for (const tag of known) {
      const again = await test.request('GET', url, { headers: { 'if-none-match': tag } });
      t.equal(again.statusCode, 304, `${url} ${tag}`);
      t.equal(again.body, '');
      t.equal(again.headers.etag, etag);
      t.equal(again.headers['cache-control'], headers['cache-control']);
    }
    const other = await test.request('GET', url, { headers: { 'if-none-match': '"other"' } });
    t.equal(other.statusCode, 200, url);
    const head = await test.request('HEAD', url);
    t.equal(head.statusCode, 200, url);
    t.equal(head.headers.etag, etag, url);
  }
});

void t.test('429 for an address that fetches what is served again and again, and for nobody else', async (t) => {
  const test = await build(t, { env: { RATE_LIMIT_ENABLED: 'true' } });
  for (const url of ['/docs/', ...documents, '/docs/static/swagger-ui-bundle.js']) {
    const statuses = new Set<number>();
    for (let count = 0; count <= 60; count += 1) {
      statuses.add((await test.request('HEAD', url, { from: '192.0.2.1' })).statusCode);
      statuses.add(
        (await test.request('GET', url, { from: '192.0.2.1', headers: { 'if-none-match': '*' } })).statusCode,
      );
    }
    t.ok(statuses.has(429), url);
    t.equal((await test.request('GET', url, { from: '192.0.2.2' })).statusCode, 200, url);
  }
});

void t.test('no request for what is served is a fault of the service, whatever it asks for', async (t) => {
  const test = await build(t);
  const port = Number(new URL(await test.app.listen({ host: '127.0.0.1', port: 0 })).port);
  /** The status of the answer to a request target that a client would have tidied up. */
  const ask = (target: string, headers: string[] = []) =>
    new Promise<number>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1');
      socket.on('data', (chunk: string) => (text += chunk));
      socket.on('error', reject);
      socket.on('close', () => {
        resolve(Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]));
      });
      socket.write(['GET', target, 'HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'].join(' '));
      socket.write([...headers, '', ''].join('\r\n'));
    });
  const conditions = [
    'Range: bytes=99999999-',
    'Range: bytes=5-1',
    'Range: bytes=-0',
    'Range: lines=1-2',
    'Range: bytes=0-0,-1,99999999-',
    'If-Match: "x"',
    'If-Match: garbage',
    'If-None-Match: ,,"',
    'If-Range: "x"',
    'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT',
    'If-Modified-Since: garbage',
    'Accept: nothing/at-all',
    'Accept-Encoding: nonsense;q=0, *;q=0',
  ];
  for (const url of ['/docs', '/docs/', ...documents, ...(await assetsOf(test))]) {
    for (const condition of conditions) t.ok((await ask(url, [condition])) < 500, `${url} ${condition}`);
  }
  for (const start of ['/docs/', '/docs/static/', '/docs/static', '/docs/static/swagger-ui.css']) {
    for (const end of [
      '/../',
      '../',
      '..',
      '/../../../../../etc/passwd',
      '%00',
      '/%00',
      '%2e%2e/',
      '..%2f..%2fpackage.json',
    ]) {
      t.match(await ask(start + end), /^4\d\d$/, start + end);
    }
    for (const end of ['.', '//', '%', '%zz', '%ff', '\\', '?%00', 'a'.repeat(5_000), 'index.html', 'csp.json']) {
      t.ok((await ask(start + end)) < 500, start + end);
    }
  }
  const faults = test.logs.filter((line) => /"level":"(?:error|fatal)"/.test(line));
  t.same(faults, []);
});
