import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { AppError, errorCatalogue } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

const codes: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what could not be read as HTTP, before there is a request, with the same problem document as all else. */
export function answerParseError(err: { code?: string }, socket: Socket): void {
  if (err.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
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
