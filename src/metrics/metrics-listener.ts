import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitAtMost } from '../wait-at-most.ts';

/** For scrapes under way at a stop. Part of the ten seconds a stop has. */
const STOP_TIMEOUT_MS = 250;
const REQUEST_TIMEOUT_MS = 5_000;

export interface MetricsListenerOptions {
  host: string;
  port: number;
  metrics: { contentType: string; read: () => Promise<string> };
  onError: (err: unknown) => void;
}

export interface MetricsListener {
  /** Where the metrics are. */
  url: string;
  close: () => Promise<void>;
}

/**
 * Serves `GET /metrics` on a port of its own, and nothing else there.
 * @throws the error of the system when the address cannot be listened on
 */
export async function listenForScrapes(options: MetricsListenerOptions): Promise<MetricsListener> {
  const { host, port, onError } = options;
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    answer(options, request, response).catch((err: unknown) => {
      onError(err);
      send(response, 500, 'The metrics could not be read.\n');
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}/metrics`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      await waitAtMost(STOP_TIMEOUT_MS, closed);
      server.closeAllConnections();
    },
  };
}

async function answer(
  { metrics }: MetricsListenerOptions,
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!/^\/metrics\/?(?:\?|$)/.test(url)) {
    send(response, 404, 'Only /metrics is here.\n');
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(response, 405, 'Allowed here: GET, HEAD.\n');
    return;
  }
  const text = await metrics.read();
  response.setHeader('content-type', metrics.contentType);
  send(response, 200, text);
}

function send(response: ServerResponse, status: number, text: string): void {
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.writeHead(status, { 'cache-control': 'no-store' }).end(text);
}
