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
