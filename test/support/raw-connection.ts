import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from './embedded-service.ts';

/** A TCP connection that says exactly what a test wants said. */
export interface RawConnection {
  send: (text: string) => void;
  /** Waits until as much has come back as a pattern asks for. @returns all that came so far */
  received: (pattern: RegExp) => Promise<string>;
  /** Waits until the other side has ended it. */
  ended: () => Promise<void>;
  close: () => void;
}

export async function openConnection(origin: string): Promise<RawConnection> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  // To be cut off is what some of these connections are for.
  socket.on('error', () => undefined);
  return {
    send(said) {
      socket.write(said);
    },
    async received(pattern) {
      await until(async () => pattern.test(text));
      return text;
    },
    ended: () => until(async () => socket.readableEnded || socket.destroyed),
    close() {
      socket.destroy();
    },
  };
}

/** A request whose body never comes whole. */
export const UNFINISHED_REQUEST =
  'POST /auth/v2/programmatic/login/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{';
