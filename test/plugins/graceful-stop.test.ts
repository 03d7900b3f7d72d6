import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { openConnection } from '../support/raw-connection.ts';

const ASK = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n';

void t.test(
  'a request that meets the stop on its way is answered: on an idle connection and on a new one',
  async (t) => {
    const { app } = await build(t);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    const idle = await openConnection(origin);
    idle.send(ASK);
    await idle.received(/"ok"/);
    const unused = await openConnection(origin);
    const closed = app.close();
    // The server has not looked at the connections since: both requests arrive after it has begun to stop.
    idle.send(ASK);
    unused.send(ASK);

    for (const answer of [await idle.received(/"ok".*"ok"/s), await unused.received(/"ok"/)]) {
      t.match(
        answer,
        /HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)*connection: close\r\n(?:[^\r]+\r\n)*\r\n\{"status":"ok"\}$/i,
      );
    }
    await closed;
    await t.rejects(fetch(`${origin}/livez`), 'nobody listens any more');
  },
);

/** What comes of a connection that is opened now and asks at once: the answer, or the error. */
async function askAnew(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => (text += chunk));
  const failed = new Promise<string>((resolve) =>
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(String(code));
    }),
  );
  socket.write(ASK);
  await Promise.race([once(socket, 'end').catch(() => undefined), failed]);
  socket.destroy();
  return text === '' ? failed : text;
}

void t.test('connections that wait to be accepted when the stop begins are answered, none is reset', async (t) => {
  const { app } = await build(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  // The system makes the connections at once; the server has had no turn to accept them when it is told to stop.
  const answers = Array.from({ length: 50 }, () => askAnew(port));
  const closed = app.close();
  for (const answer of await Promise.all(answers))
    t.match(answer, /^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*connection: close/i);
  await closed;
});
