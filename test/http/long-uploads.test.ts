import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import t from 'tap';
import { allowLongUpload, isLongUpload } from '../../src/http/long-uploads.ts';
import { useTestClock } from '../support/test-clock.ts';

const UPLOAD_MAX_MS = 15 * 60_000;

/** A server whose uploads may take long, and one connection to it. */
async function open(t: { teardown: (handler: () => void) => void }) {
  useTestClock(t, 'setTimeout');
  const server = createServer((request) => {
    allowLongUpload(request);
    request.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  t.teardown(() => {
    client.destroy();
    server.close();
  });
  await once(client, 'connect');
  const nextRequest = async () => (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  return { client, nextRequest };
}

void t.test('a body that does not end is cut off after a quarter of an hour, and not before', async (t) => {
  const { client, nextRequest } = await open(t);
  client.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc');
  const [request] = await nextRequest();
  t.equal(isLongUpload(request.socket), true);
  mock.timers.tick(UPLOAD_MAX_MS - 1);
  t.equal(request.destroyed, false);
  const closed = once(client, 'close');
  mock.timers.tick(1);
  await closed;
  t.equal(request.destroyed, true);
  t.equal(request.complete, false);
});

void t.test('an upload that has ended leaves its connection as any other', async (t) => {
  const { client, nextRequest } = await open(t);
  client.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc');
  const [first, answer] = await nextRequest();
  const ended = once(first, 'close');
  answer.end();
  await ended;
  t.equal(isLongUpload(first.socket), false);
  mock.timers.tick(UPLOAD_MAX_MS - 1);
  client.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc');
  const [second] = await nextRequest();
  mock.timers.tick(1);
  t.equal(second.destroyed, false);
});
