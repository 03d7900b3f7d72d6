import { Server as ListeningServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { waitAtMost } from '../wait-at-most.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the service has begun to stop. */
    isStopping: () => boolean;
  }
}

/** How long requests that were begun may take once the service stops. Part of the ten seconds a stop has. */
const DRAIN_TIMEOUT_MS = 5_000;
/** How long connections stay open for a request that is on its way. Part of the drain. */
const LINGER_MS = 500;
/** How long new connections are taken at most while it stops. */
const ACCEPT_MS = 1_000;
/** Nobody opened a connection for as long: nobody waits to be accepted. */
const QUIET_MS = 100;
/** A turn of the event loop in which hardly a connection can have come after the look for new ones. */
const SHORT_TURN_MS = 0.25;

/**
 * Lets a stop finish what was begun and wait for nothing else. The system resets connections that wait to be accepted
 * when a server stops listening, so it goes on listening until none waits, and then takes no more: a balancer goes to the
 * next instance. It lingers on the connections that are open: the balancer may have sent a request on one, and what it
 * cannot send twice would be lost with the connection. Each answer closes its connection. After that, and once all that
 * arrived has been answered, it closes every other connection, also one that never carried a request or carries half of
 * one.
 */
export const gracefulStop = fp(
  async (app) => {
    let isStopping = false;
    let isLingering = false;
    let unanswered = 0;
    let deadline: NodeJS.Timeout | undefined;

    app.decorate('isStopping', () => isStopping);
    const onClose = () => {
      unanswered -= 1;
      if (isStopping) closeUnused();
    };
    app.addHook('onRequest', (_request, reply, done) => {
      unanswered += 1;
      reply.raw.on('close', onClose);
      done();
    });
    // eslint-disable-next-line max-params -- Fastify's form for hooks without a promise, which every answer would pay for
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (isStopping) reply.header('connection', 'close');
      done();
    });
    app.addHook('preClose', async () => {
      isStopping = true;
      deadline = setTimeout(() => {
        app.log.warn({ unanswered }, 'requests took too long to finish and were cut off');
        app.server.closeAllConnections();
      }, DRAIN_TIMEOUT_MS);
      isLingering = true;
      await acceptWaiting(app.server);
      await waitAtMost(LINGER_MS, stopListening(app.server));
      isLingering = false;
      setImmediate(closeUnused);
    });
    app.addHook('onClose', async () => {
      clearTimeout(deadline);
    });

    function closeUnused(): void {
      if (!isLingering && unanswered === 0) app.server.closeAllConnections();
    }
  },
  { name: 'graceful-stop' },
);

/**
 * Resolves in a turn of the event loop that found no connection waiting, once nobody has opened one for a while. A
 * balancer that does not stop to open them gets the best moment there is.
 */
async function acceptWaiting(server: FastifyInstance['server']): Promise<void> {
  if (!server.listening) return;
  const begun = performance.now();
  let lastAccepted = begun;
  const onConnection = () => {
    lastAccepted = performance.now();
  };
  server.on('connection', onConnection);
  for (let now = begun; now - begun < ACCEPT_MS && now - lastAccepted < QUIET_MS; now = performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 10));
  }
  for (let turn = performance.now(); turn - begun < 2 * ACCEPT_MS;) {
    const before = turn;
    // Comes right after the system was asked for new connections.
    await new Promise((resolve) => setImmediate(resolve));
    turn = performance.now();
    if (lastAccepted < before && turn - before < SHORT_TURN_MS) break;
  }
  server.off('connection', onConnection);
}

/** Resolves when the last connection has ended. Not the HTTP server's `close`: that cuts connections without a request. */
function stopListening(server: FastifyInstance['server']): Promise<void> {
  return new Promise((resolve) => {
    ListeningServer.prototype.close.call(server, () => {
      resolve();
    });
  });
}
