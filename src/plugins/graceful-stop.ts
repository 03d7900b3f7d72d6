import fp from 'fastify-plugin';

/** How long requests that were begun may take once the service stops. Part of the ten seconds a stop has. */
const DRAIN_TIMEOUT_MS = 5_000;

/**
 * Lets a stop finish what was begun and wait for nothing else: a request that arrived is answered, its connection closed
 * behind the answer, and then every other connection, also one that never carried a request or carries half of one.
 */
export const gracefulStop = fp(
  async (app) => {
    let isStopping = false;
    let unanswered = 0;
    let deadline: NodeJS.Timeout | undefined;

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
      // By then the server takes no new connections.
      setImmediate(closeUnused);
    });
    app.addHook('onClose', async () => {
      clearTimeout(deadline);
    });

    function closeUnused(): void {
      if (unanswered === 0) app.server.closeAllConnections();
    }
  },
  { name: 'graceful-stop' },
);
