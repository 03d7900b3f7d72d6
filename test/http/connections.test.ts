import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import t from 'tap';
import type { Test } from 'tap';
import { usualTimes } from '../../src/http/connections.ts';
import { build, waitFor } from '../support/build-app.ts';
import type { BuildOptions, TestApp } from '../support/build-app.ts';

const BUNDLE = 'GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n';
const LOGIN = 'POST /auth/v2/programmatic/login/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

async function listen(t: Pick<Test, 'teardown'>, options: BuildOptions = {}) {
  const test = await build(t, options);
  const port = Number(new URL(await test.app.listen({ host: '127.0.0.1', port: 0 })).port);
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    t.teardown(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  return { test, open };
}

/** All that comes until the connection ends. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => (text += chunk));
  await once(socket, 'close');
  return text;
}

function connectionsOf({ app }: TestApp): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((err, count) => {
      if (err === null) resolve(count);
      else reject(err);
    });
  });
}

void t.test('the server waits as long as it says, and looks often enough', async (t) => {
  const { test } = await listen(t, { env: { KEEP_ALIVE_TIMEOUT_SECONDS: '620' } });
  const { server } = test.app;
  t.match(server, {
    headersTimeout: usualTimes.headersMs,
    requestTimeout: usualTimes.requestMs,
    timeout: usualTimes.stallMs,
    keepAliveTimeout: 620_000,
    maxHeadersCount: 0,
    maxConnections: 10_000,
  });
  t.ok(server.headersTimeout < server.requestTimeout, 'Node swaps them otherwise');
  t.ok(usualTimes.checkMs < usualTimes.headersMs);
  const usual = await build(t);
  t.equal(usual.app.server.keepAliveTimeout, 72_000);
});

void t.test('who asks and does not read is cut off', async (t) => {
  const { test, open } = await listen(t, { connectionTimes: { stallMs: 200 } });
  const sockets = await Promise.all(Array.from({ length: 5 }, open));
  for (const socket of sockets) {
    socket.pause();
    // More than the system takes off the server's hands.
    socket.write(BUNDLE.repeat(20));
  }
  await waitFor(async () => (await connectionsOf(test)) === 5 || undefined);
  await waitFor(async () => (await connectionsOf(test)) === 0 || undefined);
  t.equal((await test.request('GET', '/livez')).statusCode, 200);
});

void t.test('408 for headers and for a body that do not come to an end', async (t) => {
  const { open } = await listen(t, { connectionTimes: { headersMs: 100, requestMs: 200, checkMs: 50 } });
  for (const text of ['GET / HTTP/1.1\r\nHost:', `${LOGIN}Content-Length: 50\r\n\r\n{`]) {
    const socket = await open();
    socket.write(text);
    t.match(await readAll(socket), /^HTTP\/1\.1 408 .*"code":"request_timeout"/s);
  }
});

void t.test('431 for more headers than anybody sends, instead of passing over the last ones', async (t) => {
  const { open } = await listen(t);
  const ask = async (count: number) => {
    const socket = await open();
    const headers = Array.from({ length: count }, (_, index) => `x${index}: 1\r\n`).join('');
    socket.write(`GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`);
    return readAll(socket);
  };
  t.match(await ask(150), /^HTTP\/1\.1 200 /);
  for (const count of [250, 1_100, 1_500]) t.match(await ask(count), /^HTTP\/1\.1 431 .*"headers_too_large"/s);
});

void t.test('a 400 to what is no HTTP waits for the answers to what came before it', async (t) => {
  const { test, open } = await listen(t);
  // The database is asked for readiness: its answer comes turns of the event loop after the garbage has been read.
  const ready = 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n';
  const short = `${LOGIN}Transfer-Encoding: chunked\r\n\r\nzz\r\n`;
  const cases: [string, RegExp][] = [
    [`${ready}garbage\r\n\r\n`, /^HTTP\/1\.1 200 [^]*"status":"ok"\}HTTP\/1\.1 400 [^]*"invalid_request"/],
    [`${ready}${ready}garbage\r\n\r\n`, /^HTTP\/1\.1 200 [^]*\}HTTP\/1\.1 200 [^]*\}HTTP\/1\.1 400 [^]*/],
    [ready + short, /^HTTP\/1\.1 200 [^]*"status":"ok"\}HTTP\/1\.1 400 [^]*"invalid_request"/],
    [ready + ready + short, /^HTTP\/1\.1 200 [^]*\}HTTP\/1\.1 200 [^]*\}HTTP\/1\.1 400 [^]*"invalid_request"/],
    [short, /^HTTP\/1\.1 400 [^]*"invalid_request"/],
  ];
  for (const [text, expected] of cases) {
    const socket = await open();
    socket.write(text);
    const answers = await readAll(socket);
    t.match(answers, expected);
    t.equal(answers.split('HTTP/1.1 ').length, expected.source.split('HTTP').length, 'and nothing else');
  }
  t.equal((await test.request('GET', '/livez')).statusCode, 200);
});
