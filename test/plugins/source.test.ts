import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { atOnce, pathOf, WRONG_PASSWORD } from '../support/accounts.ts';
import { build } from '../support/build-app.ts';
import { makeEmail } from '../support/factories.ts';

const proxied = await build(t, { env: { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: '10.0.0.0/8' } });

async function logIn(email: string, { from = '10.0.0.1', forwardedFor = '' }) {
  return proxied.request('POST', pathOf('login'), {
    body: { email, password: WRONG_PASSWORD },
    from,
    headers: { 'x-forwarded-for': forwardedFor },
  });
}

void t.test('a port that a proxy adds to an address does not make a new source of each connection', async (t) => {
  const cases = {
    'IPv4 with a port': (index: number) => `203.0.113.1:${50_000 + index}`,
    'IPv6 with a port': (index: number) => `[2001:db8:1:100::1]:${50_000 + index}`,
    'another address of an IPv6 network': (index: number) => `2001:db8:2:${100 + index}::1`,
    'behind a trusted hop with a port': (index: number) => `203.0.113.2, 10.0.0.2:${50_000 + index}`,
    'with what is no address in front of the nearest': (index: number) => `203.0.113.${index}, 203.0.113.3`,
  };
  for (const [name, forwardedForOf] of Object.entries(cases)) {
    const email = makeEmail();
    const attempts = await atOnce(5, (index) => logIn(email, { forwardedFor: forwardedForOf(index) }));
    t.same(new Set(attempts.map(({ statusCode }) => statusCode)), new Set([401]), name);
    t.equal((await logIn(email, { forwardedFor: forwardedForOf(9) })).statusCode, 429, name);
    t.equal((await logIn(email, { forwardedFor: '198.51.100.1' })).statusCode, 401, `${name}: another is another`);
  }
});

void t.test('garbage is neither a source nor an error: the nearest hop that has an address is', async (t) => {
  const email = makeEmail();
  const garbage = ['unknown', '_secret', 'x'.repeat(3000), '203.0.113.1, ,', '\u00ff', '[::1', '1'.repeat(200)];
  const from = '10.1.0.1';
  for (const [index, forwardedFor] of garbage.entries()) {
    t.equal((await logIn(email, { from, forwardedFor })).statusCode, index < 5 ? 401 : 429, forwardedFor.slice(0, 20));
  }
});

void t.test('the line of a refused request says where it came from, that of a served one does not', async (t) => {
  await logIn(makeEmail(), { forwardedFor: '203.0.113.77:1234' });
  await proxied.request('GET', '/.well-known/jwks.json', {
    from: '10.0.0.1',
    headers: { 'x-forwarded-for': '203.0.113.78' },
  });
  const sources = proxied.logs
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === 'request')
    .slice(-2)
    .map(({ route, source }) => [route, source]);
  t.same(sources, [
    [pathOf('login'), '203.0.113.77'],
    ['/.well-known/jwks.json', undefined],
  ]);
});

void t.test('a request whose connection was reset has no answer, and is no error', async (t) => {
  const test = await build(t, { env: { RATE_LIMIT_ENABLED: 'true' } });
  const origin = await test.app.listen({ host: '127.0.0.1', port: 0 });
  const body = JSON.stringify({ email: makeEmail(), password: WRONG_PASSWORD });
  const request = [
    `POST ${pathOf('login')} HTTP/1.1`,
    'Host: x',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
  await atOnce(50, async () => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    await new Promise((resolve) => socket.write(request, resolve));
    const closed = once(socket, 'close');
    socket.resetAndDestroy();
    await closed;
  });
  const alive = await fetch(`${origin}/livez`);
  t.equal(alive.status, 200);
  await test.app.close();
  const lines = test.logs.map((line) => JSON.parse(line) as Record<string, unknown>);
  t.same(
    lines.filter(({ level, reqId }) => reqId !== undefined && level === 'error'),
    [],
  );
});
