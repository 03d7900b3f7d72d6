import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, errorCatalogue } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { isLongUpload } from './long-uploads.ts';

const codes: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** The answer before, if that was not finished when the request came. */
  before: ServerResponse | undefined;
}

/** The last exchange of each connection. Answers go out in the order of their requests. */
const exchanges = new WeakMap<Socket, Exchange>();

/** Lets {@link answerParseError} know which answers are under way. */
export function watchAnswers(server: Server): void {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const exchange = exchanges.get(socket);
    if (exchange === undefined) {
      exchanges.set(socket, { request, response, before: undefined });
      return;
    }
    // One object for each connection, which holds nothing that is finished longer than to the next request.
    exchange.before = exchange.response.writableFinished ? undefined : exchange.response;
    exchange.request = request;
    exchange.response = response;
  });
}

/**
 * Answers what could not be read as HTTP, before there is a request, with the same problem document as all else. Never
 * before the answers to what came earlier on the same connection: the caller would take it for one of those.
 */
export function answerParseError(err: { code?: string }, socket: Socket): void {
  if (err.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // Node looks at the time of a request once.
  if (err.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isLongUpload(socket)) return;
  const last = exchanges.get(socket);
  // A request whose body cannot be read is the one to answer, unless that has been done.
  const isBroken = last?.request.complete === false && !last.response.headersSent;
  const earlier = isBroken ? last.before : last?.response;
  if (earlier === undefined || earlier.writableFinished || earlier.destroyed) sendParseError(err, socket);
  else {
    earlier.once('close', () => {
      if (socket.writable) sendParseError(err, socket);
    });
  }
}

function sendParseError(err: { code?: string }, socket: Socket): void {
  const { code, status } = new AppError(codes[err.code ?? ''] ?? 'invalid_request');
  const { title } = errorCatalogue[code];
  const requestId = randomUUID();
  const body = JSON.stringify({
    type: `urn:latchkey:problem:${code}`,
    title,
    status,
    detail: `${title}.`,
    code,
    request_id: requestId,
  });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
