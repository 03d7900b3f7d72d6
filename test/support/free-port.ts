import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that Linux gives out by itself, to connections and to whoever listens at port 0: one of them can be gone before its
 * finder listens, or while a server is down that comes back to it.
 */
const FIRST = 10_000;
/** Each process has a block of its own: it listens at the first port of it as long as it lives. */
const BLOCK = 200;
const BLOCKS = 110;

let claiming: Promise<number> | undefined;
let found = 0;

/**
 * A port of the loopback address that nobody listens on now, for what has to know its own before it starts. A process is given
 * none a second time before it has had all of its block.
 */
export async function findFreePort(): Promise<number> {
  const block = await (claiming ??= claimBlock());
  for (let tried = 1; tried < BLOCK; tried += 1) {
    const port = block + 1 + (found++ % (BLOCK - 1));
    const server = await listen(port);
    if (server === undefined) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error('no port is free');
}

/** @returns its first port */
async function claimBlock(): Promise<number> {
  for (let tried = 0; tried < BLOCKS; tried += 1) {
    const port = FIRST + ((process.pid + tried) % BLOCKS) * BLOCK;
    const server = await listen(port);
    if (server === undefined) continue;
    server.unref();
    return port;
  }
  throw new Error('all ports are claimed');
}

/** @returns undefined where somebody else does */
async function listen(port: number) {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
