import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below all that a kernel gives out by itself (Linux from 32768, gVisor from 16000), to connections and to those who listen at port 0:
 * of them, one can be gone before its finder listens, or while a server is down that comes back to it.
 */
const FIRST = 10_000;
const COUNT = 6_000;
/** Other processes look for ports at the same time: each begins at a place of its own. */
const PLACE = 67;

let next = (process.pid * PLACE) % COUNT;

/** A port of the loopback address that nobody listens on now, for what has to know its own before it starts. Never the same twice. */
export async function findFreePort(): Promise<number> {
  for (let tried = 0; tried < COUNT; tried += 1) {
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
