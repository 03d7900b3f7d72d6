import { once } from 'node:events';
import { createServer, ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import t from 'tap';
import { AnswerClass } from '../../src/http/whole-response.ts';
import { openConnection } from '../support/raw-connection.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const TEXT = 'Grüße, 世界';

/** What Fastify does: the head, and then the body with the end. */
const whole: Answer = (request, response) => {
  response.writeHead(200, { 'content-length': Buffer.byteLength(TEXT), 'x-path': request.url });
  response.end(TEXT);
};
const answers: Record<string, Answer> = {
  '/whole': whole,
  '/buffer': (_request, response) => {
    response.writeHead(200, { 'content-length': Buffer.byteLength(TEXT) });
    response.end(Buffer.from(TEXT));
  },
  '/latin1': (_request, response) => {
    response.writeHead(200, { 'content-length': 5 });
    response.end('Grüße', 'latin1');
  },
  '/chunks': (_request, response) => {
    response.write('one');
    response.write(TEXT);
    response.end('three');
  },
  '/implicit': (_request, response) => {
    response.end(TEXT);
  },
  '/empty': (_request, response) => {
    response.writeHead(204);
    response.end();
  },
  '/forbidden': (_request, response) => {
    response.writeHead(304);
    response.end(TEXT);
  },
  '/parts': (_request, response) => {
    response.writeHead(200, { 'content-length': 6 });
    response.write('one');
    response.end('two');
  },
  '/late': (request, response) => {
    setImmediate(whole, request, response);
  },
};

/** How many writes, of one piece and of several, a server's connections were given. */
async function serve(t: { teardown(handler: () => void): unknown }, Response: typeof ServerResponse) {
  const writes = { single: 0, several: 0 };
  const finished: string[] = [];
  const server = createServer({ ServerResponse: Response }, (request, response) => {
    response.once('finish', () => finished.push(String(request.url)));
    response.sendDate = false;
    answers[String(request.url)]?.(request, response);
  });
  server.on('connection', (socket: Socket) => {
    const write = socket._write.bind(socket);
    const writev = socket._writev?.bind(socket);
    socket._write = (...args) => {
      writes.single += 1;
      write(...args);
    };
    socket._writev = (...args) => {
      writes.several += 1;
      writev?.(...args);
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** All bytes that come back for some requests on one connection. */
  async function ask(requests: readonly string[]): Promise<string> {
    const connection = await openConnection(origin);
    const [last] = requests.slice(-1);
    const said = requests.map((request) => `${request} HTTP/1.1\r\nHost: x\r\n`);
    connection.send(`${said.join('\r\n')}Connection: close\r\n\r\n`);
    await connection.ended();
    t.teardown(connection.close);
    return `${last}: ${await connection.received(/(?:)/)}`;
  }
  return { ask, writes, finished };
}

void t.test('the bytes of an answer are those that Node sends, whatever it is made of', async (t) => {
  const [ours, nodes] = [await serve(t, AnswerClass), await serve(t, ServerResponse)];
  for (const path of Object.keys(answers)) {
    for (const method of ['GET', 'HEAD']) {
      t.equal(await ours.ask([`${method} ${path}`]), await nodes.ask([`${method} ${path}`]), `${method} ${path}`);
    }
  }
  const several = ['GET /late', 'HEAD /late', 'GET /whole', 'GET /parts', 'GET /whole'];
  t.equal(await ours.ask(several), await nodes.ask(several), 'on one connection, sent before the first is answered');
  t.same(ours.finished, nodes.finished, 'and each is finished once');
});

void t.test('an answer with a body that is known is one write of one piece', async (t) => {
  const { ask, writes, finished } = await serve(t, AnswerClass);
  t.match(await ask(['GET /whole', 'GET /whole']), /Grüße, 世界/);
  t.same(writes, { single: 2, several: 0 });
  t.same(finished, ['/whole', '/whole']);
});
