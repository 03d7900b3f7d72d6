import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify from 'fastify';
import t from 'tap';
import { source } from '../../../src/plugins/source.ts';
import { loginOriginOf } from '../../../src/resources/accounts/login-origin.ts';

void t.test(
  'the signal of a request aborts when its connection closes, and not when its body has been read',
  async (t) => {
    const app = Fastify();
    await app.register(source, { trustProxy: [] });
    const received = new Promise<AbortSignal>((resolve) => {
      app.post('/', (request, reply) => {
        const { closed } = loginOriginOf(request, reply);
        if (closed !== undefined) resolve(closed);
        // Never answered: the caller goes first.
        reply.hijack();
      });
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    t.teardown(() => app.close());
    const socket = connect(Number(new URL(app.listeningOrigin).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
    const closed = await received;
    await new Promise(setImmediate);
    t.equal(closed.aborted, false);
    const aborted = once(closed, 'abort');
    socket.destroy();
    await aborted;
    t.equal(closed.aborted, true);
  },
);
