import type { LightMyRequestResponse } from 'fastify';
import type { Test } from 'tap';
import type { TestApp } from './build-app.ts';
import { API } from './factories.ts';
import { basic } from './machines.ts';

export type OAuthRoute = 'token' | 'introspect' | 'revoke';
export type Parameters = Record<string, string> | [string, string][];

/** What identifies an API client to the OAuth routes. */
export interface Machine {
  client_id: string;
  client_secret: string;
}

/** Sends a form to one of the OAuth routes. */
export async function sendForm(
  test: TestApp,
  route: OAuthRoute,
  { form, headers = {} }: { form: Parameters | string; headers?: Record<string, string> },
): Promise<LightMyRequestResponse> {
  return test.request('POST', `${API}/${route}/`, {
    body: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
}

/** Sends a form as a client, with HTTP Basic. */
export async function sendAs(
  test: TestApp,
  machine: Machine,
  { route, form }: { route: OAuthRoute; form: Parameters },
): Promise<LightMyRequestResponse> {
  const headers = { authorization: basic(machine.client_id, machine.client_secret) };
  return sendForm(test, route, { form, headers });
}

export interface TokenAnswer {
  access_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
}

/** Gets an access token through the API. */
export async function issueToken(test: TestApp, machine: Machine, scope?: string): Promise<string> {
  const response = await requestToken(test, machine, scope === undefined ? {} : { scope });
  if (response.statusCode !== 200) throw new Error(`token answered ${response.statusCode}: ${response.body}`);
  return response.json<TokenAnswer>().access_token;
}

/** Asks for an access token with further parameters. */
export async function requestToken(
  test: TestApp,
  machine: Machine,
  form: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return sendAs(test, machine, { route: 'token', form: { grant_type: 'client_credentials', ...form } });
}

export interface IntrospectionAnswer {
  active: boolean;
  scope?: string;
  client_id?: string;
  exp?: number;
}

/** What `introspect/` tells a client about a token, or with that hint a secret. */
export async function introspect(
  test: TestApp,
  machine: Machine,
  asked: string | { secret: string; hint: string | undefined },
): Promise<IntrospectionAnswer> {
  const form: Record<string, string> = { token: typeof asked === 'string' ? asked : asked.secret };
  if (typeof asked === 'object' && asked.hint !== undefined) form.token_type_hint = asked.hint;
  const response = await sendAs(test, machine, { route: 'introspect', form });
  if (response.statusCode !== 200) throw new Error(`introspect answered ${response.statusCode}: ${response.body}`);
  return response.json();
}

/** The permissions that `verify/` and `introspect/` find in an access token, or null where both refuse it. */
export async function scopeOf(test: TestApp, witness: Machine, token: string): Promise<string | null> {
  const verified = await test.request('GET', `${API}/verify/`, { token });
  const introspected = await introspect(test, witness, token);
  const scope = verified.statusCode === 200 ? verified.json<{ permissions: string[] }>().permissions.join(' ') : null;
  const isInactive = JSON.stringify(introspected) === '{"active":false}';
  if ((scope === null) !== isInactive || (scope !== null && introspected.scope !== scope)) {
    throw new Error(
      `verify/ answers ${verified.statusCode} ${String(scope)}, introspect/ ${JSON.stringify(introspected)}`,
    );
  }
  return scope;
}

interface OAuthRefusal {
  error: string;
  error_description: string;
}

/** Asserts an error answer of RFC 6749 §5.2, whole: status, members, media type, cache header, allowed characters. */
export function isOAuthError(
  t: Pick<Test, 'equal' | 'same' | 'match'>,
  response: LightMyRequestResponse,
  { error, status = 400 }: { error: string; status?: number },
): void {
  t.equal(response.statusCode, status, `${error}: status`);
  t.match(response.headers['content-type'], /^application\/json\b/, `${error}: media type`);
  t.equal(response.headers['cache-control'], 'no-store', `${error}: cache-control`);
  const body = response.json<OAuthRefusal>();
  t.equal(body.error, error);
  t.same(Object.keys(body), ['error', 'error_description'], `${error}: members`);
  t.match(body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, `${error}: allowed characters`);
}

/** All of an answer that a caller can compare with another. */
export function visibleOf(response: LightMyRequestResponse) {
  const headers = Object.entries(response.headers).filter(([name]) => name !== 'x-request-id' && name !== 'date');
  return { status: response.statusCode, headers: Object.fromEntries(headers), body: response.body };
}

/** The lines of the log that hold any of some secret texts, or any part of a token among them. */
export function findLeaks(test: TestApp, texts: readonly string[]): string[] {
  const parts = texts.flatMap((text) => [text, ...text.split('.').filter((part) => part.length >= 16)]);
  return test.logs.filter((line) => parts.some((part) => line.includes(part)));
}
