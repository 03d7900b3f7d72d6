import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { registerUser } from '../support/factories.ts';
import { PROBE, expectAccepted, expectRefused } from '../support/refused-tokens.ts';

void t.test('a token counts only where RFC 6750 §2.1 puts it', async (t) => {
  const test = await build(t);
  const { token } = await registerUser(test);

  await t.test('the scheme’s case and the number of blanks behind it do not matter (RFC 9110 §11.4)', async (t) => {
    for (const text of [`Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`, `Bearer   ${token}`]) {
      await expectAccepted(t, test, text);
    }
  });

  await t.test('anything else in the header is refused', async (t) => {
    const texts = [
      '',
      ' ',
      'Bearer',
      'Bearer ',
      token,
      `Bearer${token}`,
      `Bearer:${token}`,
      `Bearer\t${token}`,
      `Bearer "${token}"`,
      `Bearer ${token} `,
      ` Bearer ${token}`,
      `Bearer ${token} ${token}`,
      `Bearer ${token},`,
      `Bearer ${token}, Bearer ${token}`,
      `Bearer x ${token}`,
      `Bearer token=${token}`,
      `Token ${token}`,
      `JWT ${token}`,
      `DPoP ${token}`,
      `Basic ${token}`,
      `Basic ${Buffer.from(`user:${token}`).toString('base64')}`,
      `NotBearer ${token}`,
      `Bearer ${' '.repeat(15_000)}`,
      `Bearer${' '.repeat(8_000)}a b`,
    ];
    for (const text of texts) await expectRefused(t, test, text);
  });

  await t.test('a token anywhere else is no token', async (t) => {
    const places = [
      { headers: { 'x-api-key': token } },
      { headers: { cookie: `access_token=${token}; token=${token}; Authorization=Bearer ${token}` } },
      { headers: { 'proxy-authorization': `Bearer ${token}` } },
      { headers: { 'x-forwarded-authorization': `Bearer ${token}` } },
    ];
    for (const place of places) t.equal((await test.request('GET', PROBE, place)).statusCode, 401);
    for (const name of ['access_token', 'token', 'authorization']) {
      t.equal((await test.request('GET', `${PROBE}?${name}=${token}`)).statusCode, 401);
    }
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `access_token=${token}` };
    t.equal((await test.request('POST', '/auth/v2/organizations/', form)).statusCode, 401);
    t.notOk(test.logs.some((line) => line.includes(token.slice(-40))));
  });

  await t.test('two Authorization headers are refused, whichever of them is good', async (t) => {
    await test.app.listen({ host: '127.0.0.1', port: 0 });
    t.equal(await sendHeaders(test, [`Bearer ${token}`]), 200);
    t.equal(await sendHeaders(test, [`Bearer ${token}`, 'Bearer x']), 401);
    t.equal(await sendHeaders(test, ['Bearer x', `Bearer ${token}`]), 401);
    t.equal(await sendHeaders(test, [`Bearer ${token}`, `Bearer ${token}`]), 401);
  });

  await t.test('more header than a request may have is refused before anything reads it', async (t) => {
    t.equal(await sendHeaders(test, [`Bearer ${'A'.repeat(20_000)}`]), 431);
  });
});

async function sendHeaders(test: TestApp, authorizations: string[]): Promise<number | undefined> {
  const { port } = test.app.server.address() as AddressInfo;
  const headers = ['host', `127.0.0.1:${port}`, ...authorizations.flatMap((value) => ['authorization', value])];
  const request = httpRequest({ host: '127.0.0.1', port, path: PROBE, headers, agent: false });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}
