import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import t from 'tap';
import type { Test } from 'tap';
import { errorCatalogue } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { answerParseError } from '../../src/http/parse-errors.ts';
import { build, waitFor } from '../support/build-app.ts';
import { API } from '../support/factories.ts';

const KEYS = '/.well-known/jwks.json';

/** Everything a server sends until it closes the connection. */
async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

function isRawProblem(t: Pick<Test, 'equal' | 'same'>, answer: string, code: ErrorCode): void {
  const { status, title } = errorCatalogue[code];
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [start, ...lines] = head.split('\r\n');
  t.equal(start?.split(' ')[1], String(status));
  const headers = new Map(lines.map((line) => line.toLowerCase().split(': ') as [string, string]));
  t.equal(headers.get('content-type'), 'application/problem+json');
  t.equal(headers.get('cache-control'), 'no-store');
  t.equal(headers.get('content-length'), String(Buffer.byteLength(body)));
  const { detail, request_id: requestId, ...rest } = JSON.parse(body) as Record<string, unknown>;
  t.same(rest, { type: `urn:latchkey:problem:${code}`, title, status, code });
  t.equal(typeof detail, 'string');
  t.equal(requestId, headers.get('x-request-id'));
  t.equal(/\bat |HPE_|node_modules|\.ts\b/.test(answer), false);
}

void t.test('what cannot be read as HTTP', async (t) => {
  const test = await build(t);
  const address = await test.app.listen({ host: '127.0.0.1', port: 0 });
  const port = Number(new URL(address).port);
  const login = `${API}/programmatic/login/`;
  const send = async (text: string, { end = false } = {}) => {
    const socket = connect(port, '127.0.0.1');
    socket.write(text);
    if (end) socket.end();
    return readAll(socket);
  };
  const post = (headers: string, body: string) => `POST ${login} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;

  await t.test('400 as a problem document for garbage', async (t) => {
    const requests = [
      'garbage\r\n\r\n',
      '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001',
      'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
      'GET /\u0001 HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nbad header: 1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nx: a\u0000b\r\n\r\n',
      'NONSENSE / HTTP/1.1\r\nHost: x\r\n\r\n',
    ];
    for (const request of requests) isRawProblem(t, await send(request), 'invalid_request');
  });

  await t.test('400 for a length that is none, two lengths, or a length and chunks', async (t) => {
    const headers = [
      'Content-Length: abc',
      'Content-Length: -1',
      'Content-Length: 1\r\nContent-Length: 2',
      'Content-Length: 2\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked, identity',
    ];
    for (const lines of headers) isRawProblem(t, await send(post(lines, '{}')), 'invalid_request');
    const chunk = post('Content-Type: application/json\r\nTransfer-Encoding: chunked', 'zz\r\n{}\r\n0\r\n\r\n');
    isRawProblem(t, await send(chunk), 'invalid_request');
  });

  await t.test('400 for a body that is shorter than its length, and for what follows one that is longer', async (t) => {
    const head = 'Content-Type: application/json\r\nContent-Length:';
    isRawProblem(t, await send(post(`${head} 50`, '{}'), { end: true }), 'invalid_request');
    const answers = (await send(post(`${head} 2`, '{}garbage\r\n\r\n'))).split(/(?=HTTP\/1\.1 )/);
    isRawProblem(t, answers.at(-1) ?? '', 'invalid_request');
  });

  await t.test('400 for HTTP/1.1 without a Host header or with two, and 200 for HTTP/1.0 without', async (t) => {
    const ask = (version: string, host: string) =>
      send(`GET ${KEYS} HTTP/${version}\r\n${host}Connection: close\r\n\r\n`);
    for (const host of ['', 'Host: x\r\nHost: x\r\n', 'Host: x\r\nhOST: y\r\n']) {
      const answer = await ask('1.1', host);
      isRawProblem(t, answer, 'invalid_request');
      t.match(answer, 'must have one Host header');
    }
    for (const [version, host] of [
      ['1.1', 'Host: x\r\n'],
      ['1.1', 'Host:\r\n'],
      ['1.0', ''],
    ] as const) {
      t.match(await ask(version, host), /^HTTP\/1\.1 200 OK/);
    }
  });

  await t.test('400 for an expectation nobody can meet, and 100-continue is met', async (t) => {
    const ask = (expect: string) =>
      send(`GET ${KEYS} HTTP/1.1\r\nHost: x\r\nExpect: ${expect}\r\nConnection: close\r\n\r\n`);
    for (const expect of ['tea', '', '200-ok', 'tea, coffee']) {
      const answer = await ask(expect);
      isRawProblem(t, answer, 'invalid_request');
      t.match(answer, 'Expect header may only ask for 100-continue');
    }
    t.match(await ask('100-continue'), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
    const refused = () =>
      test.logs.filter((line) => line.includes(`"route":"${KEYS}"`) && line.includes('"status":400'));
    // Three for want of one Host, four for an expectation.
    await waitFor(() => refused().length === 7 || undefined);
  });

  await t.test('431 for headers that are too large', async (t) => {
    const request = `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`;
    isRawProblem(t, await send(request), 'headers_too_large');
  });

  await t.test('the service goes on, and whoever hangs up early disturbs nobody', async (t) => {
    for (const text of ['', 'POST ', post('Content-Length: 50', '{')]) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(text);
      socket.resetAndDestroy();
    }
    const answer = await send('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    t.match(answer, /^HTTP\/1\.1 200 OK/);
  });

  await t.test('a request target with the origin in it is answered like any other, and never kept', async (t) => {
    const target = `GET http://x${API}/permissions/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    const answer = await send(target);
    t.match(answer, /^HTTP\/1\.1 401 /);
    t.match(answer.toLowerCase(), 'cache-control: no-store');
    t.match(answer, '"code":"unauthorized"');
  });
});

void t.test('every fault of a connection has its answer', async (t) => {
  /** What the other end of a connection receives when it fails in this way. */
  async function answerOf(err: { code?: string }, prepare: (socket: Socket) => void = () => undefined) {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      prepare(socket);
      answerParseError(err, socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const answer = await readAll(connect((server.address() as AddressInfo).port, '127.0.0.1'));
    server.close();
    return answer;
  }

  await t.test('408 for a request that takes too long to arrive, 400 for what has no name', async (t) => {
    isRawProblem(t, await answerOf({ code: 'ERR_HTTP_REQUEST_TIMEOUT' }), 'request_timeout');
    isRawProblem(t, await answerOf({ code: 'HPE_UNHEARD_OF' }), 'invalid_request');
    isRawProblem(t, await answerOf({}), 'invalid_request');
  });

  await t.test('nothing for a connection that is gone', async (t) => {
    t.equal(await answerOf({ code: 'ECONNRESET' }), '');
    t.equal(await answerOf({}, (socket) => socket.end()), '');
  });
});
