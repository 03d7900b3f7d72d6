import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { findFreePort } from './free-port.ts';

/** A way to the database that a test can cut. */
export interface DatabaseProxy {
  databaseUrl: string;
  /** Ends every connection and refuses new ones. */
  cut: () => Promise<void>;
  /** Lets connections through again, on the same port. */
  mend: () => Promise<void>;
  /** Breaks every connection with a RST, as the machine of a peer does that knows nothing of it; new ones are taken. */
  reset: () => void;
  /** Keeps every connection open and takes new ones, and lets nothing pass: both ways, or one alone. */
  hush: (way?: Way) => void;
  /**
   * Lets everything pass, and on each connection no answer from its next COMMIT on, or from the named statement that is a
   * transaction of its own.
   */
  hushCommits: (statementName?: string) => void;
  /** Lets pass what is held up, and all that comes. */
  unhush: () => void;
}

/** From those who connect, or to them. */
type Way = 'requests' | 'answers';

/** Passes connections on to a database. It is cut at the end of the test. */
export async function startDatabaseProxy(
  t: { teardown(handler: () => Promise<void>): unknown },
  databaseUrl: string,
): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Map<Socket, Way>();
  /** Those whose answers are held up. */
  const unheard = new WeakSet<Socket>();
  const hushed = new Set<Way>();
  let held: RegExp | undefined;
  const port = await findFreePort();
  let server = await listen();

  async function listen(): Promise<Server> {
    const next = createServer((client) => {
      const upstream = connect(Number(target.port || 5432), target.hostname);
      for (const [from, to, way] of [
        [client, upstream, 'requests'],
        [upstream, client, 'answers'],
      ] as const) {
        sockets.set(from, way);
        from.on('data', (chunk: Buffer) => {
          if (from === client && held?.test(chunk.toString('latin1')) === true) {
            unheard.add(upstream);
            upstream.pause();
          }
          if (!to.write(chunk)) from.pause();
        });
        to.on('drain', () => {
          if (!hushed.has(way) && !unheard.has(from)) from.resume();
        });
        if (hushed.has(way)) from.pause();
        from.on('error', () => undefined);
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
        from.on('end', () => to.end());
      }
    });
    next.listen(port, '127.0.0.1');
    await once(next, 'listening');
    return next;
  }

  async function cut(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets.keys()) socket.destroy();
    await closed;
  }

  t.teardown(cut);
  const own = new URL(databaseUrl);
  own.hostname = '127.0.0.1';
  own.port = String(port);
  return {
    databaseUrl: own.href,
    cut,
    async mend() {
      server = await listen();
    },
    reset() {
      for (const socket of sockets.keys()) socket.resetAndDestroy();
    },
    hush(only) {
      for (const way of only === undefined ? (['requests', 'answers'] as const) : [only]) hushed.add(way);
      for (const [socket, way] of sockets) if (hushed.has(way)) socket.pause();
    },
    hushCommits(statementName = 'commit') {
      held = new RegExp(`\\b${statementName}\\0`, 'i');
    },
    unhush() {
      hushed.clear();
      held = undefined;
      for (const socket of sockets.keys()) {
        unheard.delete(socket);
        socket.resume();
      }
    },
  };
}
