import type { Test } from 'tap';
import { waitFor } from './build-app.ts';
import type { TestApp } from './build-app.ts';
import { API } from './factories.ts';

type Asserts = Pick<Test, 'equal' | 'same' | 'match'>;

/** A management route that says nothing but who may call it. */
export const PROBE = `${API}/organizations/me/`;

/** Fails unless an Authorization value is refused exactly as none at all, with the reason in the log and nothing of the token. */
export async function expectRefused(t: Asserts, test: TestApp, authorization: string): Promise<void> {
  const reference = await probe(test, {});
  const logged = test.logs.length;
  const answer = await probe(test, { authorization });
  t.equal(answer.status, 401);
  t.same(answer, reference, 'the answer is that to a request without a token, to the byte');
  const line = await waitFor(() => test.logs.slice(logged).find((text) => text.includes('"status":401')));
  t.match(line, /"reason":"(?:[^"\\]|\\.){3,200}"/, 'the log says why, in a few words');
  // Each part alone would do to use a token or to tell whose it was.
  const parts = authorization.split(/[ .]/).filter((part) => part.length >= 16);
  const leaked = parts.filter((part) => test.logs.some((text) => text.includes(part)));
  t.same(leaked, [], 'nothing of the token is in the log');
}

/** Fails unless an Authorization value is accepted. */
export async function expectAccepted(t: Asserts, test: TestApp, authorization: string): Promise<void> {
  t.equal((await probe(test, { authorization })).status, 200);
}

async function probe(test: TestApp, headers: Record<string, string>) {
  // One id for all, because it is in the body: the answers can then be compared byte by byte.
  const response = await test.request('GET', PROBE, { headers: { 'x-request-id': 'probe', ...headers } });
  const { date, ...rest } = response.headers;
  return { status: response.statusCode, body: response.body, headers: rest, hasDate: date !== undefined };
}
