import { randomUUID } from 'node:crypto';
import type { TestApp } from './build-app.ts';

/** A key such as a careful caller makes. */
export function makeRetryKey(): string {
  return randomUUID();
}

/** What a caller can tell two answers apart by, but for the time they came at. */
export interface SeenAnswer {
  statusCode: number;
  etag: unknown;
  replayed: unknown;
  body: string;
}

/** Sends a POST, with a key unless that is null. */
export async function postOnce(
  test: TestApp,
  url: string,
  { token, key, body, headers = {} }: { token: string; key: string | null; body?: unknown; headers?: object },
): Promise<SeenAnswer> {
  const response = await test.request('POST', url, {
    token,
    ...(body === undefined ? {} : { body }),
    headers: { ...headers, ...(key === null ? {} : { 'idempotency-key': key }) },
  });
  const { statusCode, headers: answered } = response;
  return { statusCode, etag: answered.etag, replayed: answered['idempotency-replayed'], body: response.body };
}
