import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { HTTPMethods, LightMyRequestResponse } from 'fastify';
import t from 'tap';
import type { Test } from 'tap';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { API } from '../support/factories.ts';
import { isProblem } from '../support/problems.ts';

const PAGE = '<!doctype html><title>Latchkey</title>';
const SCRIPT = `${'/* long enough to be worth it */'.repeat(50)}\n`;
const SECRET = 'not for anybody';
const SCRIPT_URL = '/console/assets/index-Ab12Cd34.js';
const STYLE_URL = '/console/assets/index-Ef56Gh78.css';
const NAVIGATION = { 'sec-fetch-mode': 'navigate', accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };

const files: Record<string, string | Buffer> = {
  'console/index.html': PAGE,
  'console/icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'console/.env': SECRET,
  'console/assets/index-Ab12Cd34.js': SCRIPT,
  'console/assets/index-Ab12Cd34.js.br': brotliCompressSync(SCRIPT),
  'console/assets/index-Ab12Cd34.js.gz': gzipSync(SCRIPT),
  'console/assets/index-Ef56Gh78.css': 'body {}',
  'console/assets/.hidden.js': SECRET,
  'server.js': SECRET,
};

/** A built page, with what must not be served in and beside it. */
async function makeBuild(t: Pick<Test, 'teardown'>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-page-'));
  t.teardown(() => rm(dir, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), content);
  }
  await symlink(join(dir, 'server.js'), join(dir, 'console/assets/link-11111111.js'));
  return join(dir, 'console');
}

async function buildWithPage(t: Test, env: Record<string, string> = {}): Promise<TestApp> {
  return build(t, { consoleDir: await makeBuild(t), env });
}

function get(test: TestApp, url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
  return test.request('GET', url, { headers });
}

async function getAsItStands(origin: string, path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(origin);
  const asked = request({ hostname, port, path, agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: Number(answer.statusCode), body: await text(answer) };
}

void t.test('the page', async (t) => {
  const test = await buildWithPage(t);

  await t.test('/ leads to it', async (t) => {
    for (const method of ['GET', 'HEAD'] as const) {
      const { statusCode, headers } = await test.request(method, '/');
      t.equal(statusCode, 302);
      t.equal(headers.location, '/console/', 'at whatever address the service is reached');
      t.equal(headers['cache-control'], 'no-store');
    }
  });

  await t.test('is asked for anew each time, and answered by a 304 as long as it is the same', async (t) => {
    const page = await get(test, '/console/');
    t.equal(page.statusCode, 200);
    t.equal(page.body, PAGE);
    t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
    const known = await get(test, '/console/', { 'if-none-match': String(page.headers.etag) });
    t.equal(known.statusCode, 304);
    t.equal(known.headers['cache-control'], 'no-cache');
    t.equal((await get(test, '/console/', { 'if-none-match': '"of another build"' })).statusCode, 200);
  });

  await t.test('another build of the same length and time of day has another tag', async (t) => {
    const dir = await makeBuild(t);
    await writeFile(join(dir, 'index.html'), PAGE.replace('Latchkey', 'latchkeY'));
    const other = await build(t, { consoleDir: dir });
    const [a, b] = [await get(test, '/console/'), await get(other, '/console/')];
    t.equal(a.body.length, b.body.length);
    t.not(a.headers.etag, b.headers.etag);
  });

  await t.test('answers every navigation below its path, known or not', async (t) => {
    const urls = [
      '/console',
      '/console/login',
      '/console/o/x/clients?q=%3Cb%3E',
      '/console/index.html',
      '/console/a.b',
    ];
    for (const url of [...urls, `/console/${'x'.repeat(3000)}`, '/console/.env']) {
      const response = await get(test, url, NAVIGATION);
      t.equal(response.statusCode, 200, url);
      t.equal(response.body, PAGE, url);
      t.equal(response.headers['cache-control'], 'no-cache', url);
    }
    const overPlainHttp = await get(test, '/console/login', { accept: NAVIGATION.accept });
    t.equal(overPlainHttp.body, PAGE, 'where browsers do not say that they navigate');
  });

  await t.test('404, and never the page, to a script or program that asks for what is not there', async (t) => {
    for (const headers of [{}, { accept: '*/*' }, { accept: 'text/html', 'sec-fetch-mode': 'cors' }]) {
      isProblem(t, await get(test, '/console/login', headers), { code: 'not_found' });
    }
  });

  await t.test('is answered to a HEAD like to a GET, without a body', async (t) => {
    for (const url of ['/console/', '/console/login', SCRIPT_URL, '/console/icon.svg', '/console/deployment.json']) {
      const [full, head] = [await get(test, url, NAVIGATION), await test.request('HEAD', url, { headers: NAVIGATION })];
      t.equal(head.statusCode, 200, url);
      t.equal(head.body, '');
      for (const name of ['content-length', 'content-type', 'etag', 'cache-control', 'content-security-policy']) {
        t.equal(head.headers[name], full.headers[name], `${url} ${name}`);
      }
    }
  });

  await t.test('405 for every other method', async (t) => {
    const methods: HTTPMethods[] = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];
    for (const url of ['/', '/console/', '/console', '/console/login', SCRIPT_URL, '/console/assets/none.js']) {
      for (const method of methods) {
        const response = await test.request(method, url, { headers: NAVIGATION });
        isProblem(t, response, { code: 'method_not_allowed', message: `${method} ${url}` });
        t.equal(response.headers.allow, 'GET, HEAD');
      }
    }
  });
});

void t.test('its assets', async (t) => {
  const test = await buildWithPage(t);

  await t.test('are kept for ever', async (t) => {
    for (const [url, type] of [
      [SCRIPT_URL, 'application/javascript; charset=utf-8'],
      [STYLE_URL, 'text/css; charset=utf-8'],
    ] as const) {
      const { statusCode, headers } = await get(test, url);
      t.equal(statusCode, 200);
      t.match(headers, { 'cache-control': 'public, max-age=31536000, immutable', 'content-type': type });
      const known = await get(test, url, { 'if-none-match': String(headers.etag) });
      t.equal(known.statusCode, 304);
      t.equal(known.headers['cache-control'], headers['cache-control']);
    }
    const icon = await get(test, '/console/icon.svg');
    t.match(
      icon.headers,
      { 'content-type': 'image/svg+xml', 'cache-control': 'no-cache' },
      'without a hash it is asked for',
    );
  });

  await t.test('come compressed to who can read that', async (t) => {
    for (const [accepted, encoding] of [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
      ['identity', undefined],
    ] as const) {
      const response = await get(test, SCRIPT_URL, { 'accept-encoding': accepted });
      const suffix = { br: '.br', gzip: '.gz' }[encoding ?? 'br'];
      const sent = encoding === undefined ? Buffer.from(SCRIPT) : files[`console/assets/index-Ab12Cd34.js${suffix}`];
      t.equal(response.headers['content-encoding'], encoding, accepted);
      t.same(response.rawPayload, sent, accepted);
      t.equal(response.headers['content-type'], 'application/javascript; charset=utf-8');
      t.match(response.headers.vary, /accept-encoding/i);
    }
    const plain = await get(test, STYLE_URL, { 'accept-encoding': 'br, gzip' });
    t.equal(plain.headers['content-encoding'], undefined, 'what has no compressed form comes as it is');
    t.equal(plain.body, 'body {}');
  });

  await t.test('404, and never the page, where one is missing: not even to a navigation', async (t) => {
    for (const url of ['/console/assets/index-00000000.js', '/console/assets/a/b', `${SCRIPT_URL}x`]) {
      const response = await get(test, url, NAVIGATION);
      isProblem(t, response, { code: 'not_found', message: url });
      t.equal(response.headers['cache-control'], 'no-store', 'the next release may have it');
    }
  });

  await t.test('nothing else on the disk can be asked for, however it is spelled', async (t) => {
    const spellings = [
      ...[
        '/console/assets/../../server.js',
        '/console/assets/..%2f..%2fserver.js',
        '/console/assets/%2e%2e/%2e%2e/server.js',
      ],
      ...['/console/../server.js', '/console/..%2fserver.js', '/console/%2e%2e%2fserver.js', '/console/..%5cserver.js'],
      ...[
        '/console/assets/..\\..\\server.js',
        '/console/assets//../../server.js',
        '/console/assets/%252e%252e/server.js',
      ],
      ...['/console/.env', '/console/%2eenv', '/console/assets/.hidden.js', '/console/assets/%2ehidden.js'],
      ...['/console/assets/index-Ab12Cd34.js.br', '/console/assets/index-Ab12Cd34.js.gz'],
      ...[
        '/console/assets%2findex-Ab12Cd34.js',
        '/console/assets/./index-Ab12Cd34.js',
        '/console//assets/index-Ab12Cd34.js',
      ],
      ...[
        '/console/assets/link-11111111.js',
        '/console/assets/index-Ab12Cd34.js%00.css',
        '/console/assets/INDEX-AB12CD34.JS',
      ],
      ...['/console/server.js', '/CONSOLE/', '//console/', '/console/assets/etc/passwd', '/console//etc/passwd'],
    ];
    // Over the wire: a client would tidy them up.
    const origin = await test.app.listen({ host: '127.0.0.1', port: 0 });
    for (const url of spellings) {
      const { status, body } = await getAsItStands(origin, url);
      t.equal(status, 404, url);
      t.match(body, /"not_found"/, url);
    }
    isProblem(t, await get(test, '/console/%zz'), { code: 'invalid_request' });
  });

  await t.test('a part that is asked for is the whole', async (t) => {
    const part = await get(test, SCRIPT_URL, { range: 'bytes=0-3' });
    t.equal(part.statusCode, 200);
    t.equal(part.body, SCRIPT);
  });

  await t.test('404 when one has gone since the start', async (t) => {
    const dir = await makeBuild(t);
    const other = await build(t, { consoleDir: dir });
    await rm(join(dir, 'assets/index-Ef56Gh78.css'));
    const response = await get(other, STYLE_URL);
    isProblem(t, response, { code: 'not_found' });
    t.equal(response.headers['cache-control'], 'no-store');
  });
});

void t.test('the headers of the page', async (t) => {
  const origin = 'https://app.example';
  const test = await buildWithPage(t, { CORS_ORIGINS: origin });

  await t.test('let it run what it brings and speak to its own origin, and let nobody frame or embed it', async (t) => {
    for (const url of ['/console/', '/console/o/x/clients', SCRIPT_URL, STYLE_URL, '/console/icon.svg']) {
      const { headers } = await get(test, url, NAVIGATION);
      t.equal(
        headers['content-security-policy'],
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
          "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
          "require-trusted-types-for 'script'; trusted-types 'none'",
        url,
      );
      t.match(headers, {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'permissions-policy': /^(?:[a-z-]+=\(\), )+clipboard-write=\(self\)$/,
      });
      t.equal(headers['set-cookie'], undefined);
    }
  });

  await t.test('tell no other origin anything, not even one that may call the API', async (t) => {
    const asked = { origin, 'access-control-request-method': 'GET' };
    for (const url of ['/console/', '/console', '/console/login', SCRIPT_URL, '/console/deployment.json']) {
      for (const response of [await get(test, url, asked), await test.request('OPTIONS', url, { headers: asked })]) {
        const names = Object.keys(response.headers).filter((name) => name.startsWith('access-control-'));
        t.same(names, [], url);
      }
    }
  });

  await t.test('are not those of the API', async (t) => {
    const { headers } = await get(test, `${API}/permissions/`);
    t.match(headers, {
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'cross-origin-resource-policy': 'cross-origin',
    });
    t.equal(headers['permissions-policy'], undefined);
  });
});

void t.test('what the page is told of the deployment', async (t) => {
  const tell = async (t: Test, env: Record<string, string>) =>
    (await get(await build(t, { env }), '/console/deployment.json')).json<object>();
  const usual = { outbox: null, needs_https: false, trusted_issuer: null };
  await t.test('where mails lie that nobody sends, but not in production', async (t) => {
    const withoutMail = { SMTP_URL: '', LATCHKEY_DATA_DIR: '/var/lib/latchkey' };
    t.same(await tell(t, {}), usual);
    t.same(await tell(t, withoutMail), { ...usual, outbox: '$LATCHKEY_DATA_DIR/outbox' }, 'and no path of the machine');
    t.same(await tell(t, { ...withoutMail, LATCHKEY_DATA_DIR: './data' }), { ...usual, outbox: 'data/outbox' });
    t.same(await tell(t, { ...withoutMail, NODE_ENV: 'production' }), usual);
  });
  await t.test('that nobody can log in over http://, and who logs in elsewhere', async (t) => {
    t.same(await tell(t, { PUBLIC_URL: 'http://latchkey.example' }), { ...usual, needs_https: true });
    const issuer = 'https://id.example';
    const trusted = { LATCHKEY_TRUSTED_ISSUER: issuer, LATCHKEY_TRUSTED_AUDIENCE: 'latchkey' };
    t.same(await tell(t, trusted), usual);
    t.same(await tell(t, { ...trusted, LATCHKEY_TRUSTED_ONLY: 'true' }), { ...usual, trusted_issuer: issuer });
  });
});

void t.test('no other origin is told anything below the console, however its path is spelled', async (t) => {
  const test = await build(t, { env: { CORS_ORIGINS: 'https://front.example' } });
  const asked = { origin: 'https://front.example', 'access-control-request-method': 'POST' };
  const allowed = async (method: 'GET' | 'OPTIONS', url: string) =>
    (await test.request(method, url, { headers: asked })).headers['access-control-allow-origin'];
  t.equal(await allowed('OPTIONS', '/auth/v2/programmatic/login/'), 'https://front.example');
  t.equal(await allowed('GET', '/.well-known/%6awks.json'), 'https://front.example');
  for (const path of ['/console/deployment.json', '/auth/v2/console/session/']) {
    for (const url of [path, path.replace('c', '%63'), path.replace('/session', '%2Fsession'), `${path}%zz`]) {
      for (const method of ['GET', 'OPTIONS'] as const)
        t.equal(await allowed(method, url), undefined, `${method} ${url}`);
    }
  }
});

void t.test('without the page', async (t) => {
  const navigations = ['/', '/console/', '/console/login', SCRIPT_URL, '/console/deployment.json'];

  await t.test('CONSOLE_ENABLED=false: 404 for it as for any other path', async (t) => {
    const test = await buildWithPage(t, { CONSOLE_ENABLED: 'false' });
    for (const url of navigations) isProblem(t, await get(test, url, NAVIGATION), { code: 'not_found', message: url });
  });

  await t.test('not built: the service starts, says so, and answers everything else', async (t) => {
    const dir = join(tmpdir(), 'latchkey-never-built');
    const test = await build(t, { consoleDir: dir });
    for (const url of navigations) isProblem(t, await get(test, url, NAVIGATION), { code: 'not_found', message: url });
    t.equal((await get(test, '/livez')).statusCode, 200);
    const warned = test.logs
      .filter((line) => line.includes('"warn"'))
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    t.same(warned, [`There is no console: ${dir} has no index.html. npm run build makes it.`]);
  });
});

void t.test('a request limit guards the disk, and counts all assets together', async (t) => {
  const test = await buildWithPage(t, { RATE_LIMIT_ENABLED: 'true' });
  const left = async (url: string) => Number((await get(test, url)).headers['ratelimit-remaining']);
  const first = await left(SCRIPT_URL);
  t.ok(first >= 300, 'an office behind one address can open it at once');
  t.equal(await left(STYLE_URL), first - 1);
});

void t.test('the page is no part of the document of the API', async (t) => {
  const document = await readFile(join(import.meta.dirname, '..', '..', 'openapi.yaml'), 'utf8');
  t.notMatch(document, /^ {2}\/(?:console|:)/m);
});
