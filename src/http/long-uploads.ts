import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Of the longest upload. Who sends nothing for a while is cut off long before. */
const UPLOAD_MAX_MS = 15 * 60_000;

const allowed = new WeakSet<Socket>();

/**
 * Lets the body of a request take longer to arrive than that of others: the answer is being made while it does, and its
 * sender waits for that. Ends with the request.
 */
export function allowLongUpload(request: IncomingMessage): void {
  const { socket } = request;
  allowed.add(socket);
  const timer = setTimeout(() => request.destroy(), UPLOAD_MAX_MS).unref();
  request.once('close', () => {
    clearTimeout(timer);
    allowed.delete(socket);
  });
}

/** Whether a request is under way on the connection that may take long. */
export function isLongUpload(socket: Socket): boolean {
  return allowed.has(socket);
}
