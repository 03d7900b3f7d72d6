import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A span as it came over the wire, ids in hexadecimal. */
export interface ReceivedSpan {
  name: string;
  traceId: string;
  parentSpanId: string;
  traceState: string;
  kind: number;
  attributes: Record<string, string | number>;
  /** 0 unset, 1 ok, 2 error. */
  status: number;
  statusMessage: string;
  events: number;
  resource: Record<string, string | number>;
}

export interface OtlpRequest {
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  requests: readonly OtlpRequest[];
  /** Every span received so far. */
  spans: () => ReceivedSpan[];
  /** From now on takes what comes and answers nothing. */
  hang: () => void;
}

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** A collector that takes OTLP over HTTP in protobuf and keeps all of it. */
export async function startOtlpReceiver(t: Teardown): Promise<OtlpReceiver> {
  const requests: OtlpRequest[] = [];
  let isHanging = false;
  const server = createServer((request, response) => {
    void buffer(request).then(
      (body) => {
        requests.push({ url: request.url ?? '', headers: request.headers, body });
        if (!isHanging) response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      },
      // The service went away in the middle.
      () => undefined,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spans: () => requests.flatMap(({ body }) => decodeSpans(body)),
    hang() {
      isHanging = true;
    },
  };
}

/** ExportTraceServiceRequest of opentelemetry-proto: resource_spans 1 → scope_spans 2 → spans 2. */
function decodeSpans(body: Buffer): ReceivedSpan[] {
  return messages(decode(body), 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(resourceSpans, 1)[0] ?? nothing, 1);
    const spans = messages(resourceSpans, 2).flatMap((scopeSpans) => messages(scopeSpans, 2));
    return spans.map((span) => {
      const status = messages(span, 15)[0] ?? nothing;
      return {
        traceId: bytes(span, 1).toString('hex'),
        traceState: bytes(span, 3).toString(),
        parentSpanId: bytes(span, 4).toString('hex'),
        name: bytes(span, 5).toString(),
        kind: number(span, 6),
        attributes: attributesOf(span, 9),
        events: messages(span, 11).length,
        status: number(status, 3),
        statusMessage: bytes(status, 2).toString(),
        resource,
      };
    });
  });
}

/** KeyValue: key 1, AnyValue 2 with string 1 or int 3. */
function attributesOf(message: Message, field: number): Record<string, string | number> {
  const pairs = messages(message, field).map((pair): [string, string | number] => {
    const value = messages(pair, 2)[0] ?? nothing;
    return [bytes(pair, 1).toString(), value.has(1) ? bytes(value, 1).toString() : number(value, 3)];
  });
  return Object.fromEntries(pairs);
}

/** Field number → its values: varints as numbers, all else as bytes. */
type Message = Map<number, (number | Buffer)[]>;

const nothing: Message = new Map();

function decode(buffer: Buffer): Message {
  const message: Message = new Map();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = buffer.readUInt8(at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const take = (length: number) => buffer.subarray(at, (at += length));
  while (at < buffer.length) {
    const tag = varint();
    const wireType = tag & 7;
    const value = wireType === 0 ? varint() : take(wireType === 2 ? varint() : wireType === 1 ? 8 : 4);
    const field = Math.floor(tag / 8);
    message.set(field, [...(message.get(field) ?? []), value]);
  }
  return message;
}

function messages(message: Message, field: number): Message[] {
  return (message.get(field) ?? []).filter((value) => Buffer.isBuffer(value)).map(decode);
}

function bytes(message: Message, field: number): Buffer {
  const value = message.get(field)?.[0];
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function number(message: Message, field: number): number {
  return Number(message.get(field)?.[0] ?? 0);
}
