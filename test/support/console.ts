import type { LightMyRequestResponse } from 'fastify';
import type { RequestOptions, TestApp } from './build-app.ts';
import { API, PASSWORD } from './factories.ts';

export const CONSOLE_SESSION = `${API}/console/session/`;

/** What the page's own requests carry, under the `PUBLIC_URL` of tests. */
export const pageHeaders = {
  'x-latchkey-console': '1',
  'sec-fetch-site': 'same-origin',
  origin: 'http://localhost:3000',
};

/** Somebody in a browser. */
export interface ConsoleVisit {
  /** Name and value, as the browser sends them. */
  cookie: string;
  /** All that the page's requests carry. */
  headers: Record<string, string>;
  answer: LightMyRequestResponse;
}

export async function askToLogIn(
  test: TestApp,
  credentials: object,
  { headers = pageHeaders, ...options }: RequestOptions = {},
): Promise<LightMyRequestResponse> {
  return test.request('POST', CONSOLE_SESSION, { body: credentials, headers, ...options });
}

/** Logs in to the console. */
export async function visitConsole(
  test: TestApp,
  email: string,
  { password = PASSWORD, headers = pageHeaders }: { password?: string; headers?: Record<string, string> } = {},
): Promise<ConsoleVisit> {
  const answer = await askToLogIn(test, { email, password }, { headers });
  if (answer.statusCode !== 200) throw new Error(`the console answered ${answer.statusCode}: ${answer.body}`);
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  return { cookie, headers: { ...headers, cookie }, answer };
}
