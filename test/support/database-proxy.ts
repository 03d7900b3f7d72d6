import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A way to the database that a test can cut. */
export interface DatabaseProxy {
  databaseUrl: string;
  /** Ends every connection and refuses new ones. */
  cut: () => Promise<void>;
  /** Lets connections through again, on the same port. */
  mend: () => Promise<void>;
  /** Keeps every connection open and takes new ones, and lets nothing pass. */
  hush: () => void;
  /**
   * Lets everything pass, and on each connection no answer from its next COMMIT on, or from the named statement that is a
   * transaction of its own.
   */
  hushCommits: (statementName?: string) => void;
  /** Lets pass what is held up, and all that comes. */
  unhush: () => void;
}

/** Passes connections on to a database. It is cut at the end of the test. */
export async function startDatabaseProxy(
  t: { teardown(handler: () => Promise<void>): unknown },
  databaseUrl: string,
): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  /** Those whose answers are held up. */
  const unheard = new WeakSet<Socket>();
  let isHushed = false;
  let held: RegExp | undefined;
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;

  async function listen(at: number): Promise<Server> {
    const next = createServer((client) => {
      const upstream = connect(Number(target.port || 5432), target.hostname);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(from);
        from.on('data', (chunk: Buffer) => {
          if (from === client && held?.test(chunk.toString('latin1')) === true) {
            unheard.add(upstream);
            upstream.pause();
          }
          if (!to.write(chunk)) from.pause();
        });
        to.on('drain', () => {
          if (!isHushed && !unheard.has(from)) from.resume();
        });
        if (isHushed) from.pause();
        from.on('error', () => undefined);
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
        from.on('end', () => to.end());
      }
    });
    next.listen(at, '127.0.0.1');
    await once(next, 'listening');
    return next;
  }

  async function cut(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
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
      server = await listen(port);
    },
    hush() {
      isHushed = true;
      for (const socket of sockets) socket.pause();
    },
    hushCommits(statementName = 'commit') {
      held = new RegExp(`\\b${statementName}\\0`, 'i');
    },
    unhush() {
      isHushed = false;
      held = undefined;
      for (const socket of sockets) {
        unheard.delete(socket);
        socket.resume();
      }
    },
  };
}
