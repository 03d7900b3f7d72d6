import { randomBytes } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import type { RouteEntry } from '../../src/identity/admin-auth.ts';
import type { RequestOptions, TestApp } from './build-app.ts';
import { pageHeaders, visitConsole } from './console.ts';
import { API, makeEmail } from './factories.ts';
import { createLeakHunt, dumpTables, textOf } from './leak-hunt.ts';
import type { Evidence, LeakHunt } from './leak-hunt.ts';
import { basic } from './machines.ts';
import { operations } from './operations.ts';

const secretMembers =
  /"(api_key|client_secret|access_token|refresh_token|password|temp_token|recovery_codes|otpauth_url)"\s*:/g;

interface Request {
  operationId: string;
  params: Record<string, string>;
  options: RequestOptions;
}

export type Made = Record<string, string>;

/** Sends requests to a service and keeps all that can be seen of them. */
export class Exercise {
  readonly hunt: LeakHunt = createLeakHunt();
  readonly answers: Evidence[] = [];
  readonly rows = new Map<string, Evidence>();
  /** Requests that succeeded, to be sent again where the service cannot succeed. */
  readonly succeeded: Request[] = [];
  /** Statuses seen, by operationId. */
  readonly statuses = new Map<string, Set<number>>();
  /** What should not be: a secret's member where none belongs, or an answer with a secret that may be stored. */
  readonly faults: string[] = [];
  readonly test: TestApp;
  readonly #routes: RouteEntry[];

  constructor(test: TestApp) {
    this.test = test;
    this.#routes = test.app.routeTable.filter(({ method }) => method !== 'HEAD');
  }

  /** Sends to an operation and gives what its answer made, by member. */
  async send(operationId: string, options: RequestOptions, params: Record<string, string> = {}): Promise<Made> {
    const response = await this.sendAny(operationId, this.#urlOf(operationId, params), options);
    if (response.statusCode < 300) this.succeeded.push({ operationId, params, options });
    const isDocument = String(response.headers['content-type']).startsWith('application/json');
    return response.statusCode < 300 && isDocument ? flatten(response.json()) : {};
  }

  /** Sends again what succeeded before. */
  async repeat(): Promise<void> {
    for (const { operationId, params, options } of this.succeeded) {
      await this.#record(operationId, this.#urlOf(operationId, params), options);
    }
  }

  /** Sends to any address, as an operation or none. */
  async sendAny(operationId: string, url: string, options: RequestOptions): Promise<LightMyRequestResponse> {
    const response = await this.#record(operationId, url, options);
    for (const evidence of await dumpTables(this.test)) this.rows.set(evidence.text, evidence);
    return response;
  }

  async #record(operationId: string, url: string, options: RequestOptions): Promise<LightMyRequestResponse> {
    const method = this.#routes.find((route) => route.operationId === operationId)?.method ?? 'GET';
    const response = await this.test.request(method, url, options);
    const { statusCode, body, headers } = response;
    this.statuses.set(operationId, (this.statuses.get(operationId) ?? new Set()).add(statusCode));
    const where = `${statusCode} of ${operationId}`;
    const members = statusCode < 300 ? (operations[operationId]?.reveals ?? []) : [];
    const made = members.length > 0 ? flatten(response.json()) : {};
    const held = Object.entries(made).filter(([name]) => members.includes(name.replace(/\.\d+$/, '')));
    const allowed = new Set(held.flatMap(([name, value]) => this.#noteSecret(`${name} of ${operationId}`, value)));
    for (const [, member = ''] of body.matchAll(secretMembers)) {
      if (!members.includes(member)) this.faults.push(`${member} in ${where}`);
    }
    if (members.length > 0 && headers['cache-control'] !== 'no-store') this.faults.push(`${where} may be stored`);
    const [, cookie] = /^\w+=([^;]{43});/.exec(String(headers['set-cookie'])) ?? [];
    if (cookie !== undefined) for (const text of this.#noteSecret('a cookie', cookie)) allowed.add(text);
    this.answers.push({ where, text: textOf(response), allowed });
    return response;
  }

  #noteSecret(name: string, value: string): string[] {
    // The random part alone is the secret as well; a token's signature alone tells it from others.
    const core = value.includes('.') ? value.slice(value.lastIndexOf('.') + 1) : value.slice(-49, -6);
    const values = value.startsWith('lk_') || value.includes('.') ? [value, core] : [value];
    return values.map((one) => this.hunt.note(name, one));
  }

  #urlOf(operationId: string, params: Record<string, string>): string {
    const url = this.#routes.find((route) => route.operationId === operationId)?.url;
    if (url === undefined) throw new Error(`there is no route ${operationId}`);
    return url.replaceAll(/:(\w+)/g, (_whole, name: string) => String(params[name]));
  }
}

/** Members of an answer and of the objects and lists in it, texts only. */
function flatten(value: object): Made {
  const made: Made = {};
  for (const [name, member] of Object.entries(value as Record<string, unknown>)) {
    if (typeof member === 'string') made[name] = member;
    if (typeof member !== 'object' || member === null) continue;
    for (const [inner, text] of Object.entries(flatten(member))) made[`${name}.${inner}`] = text;
    if ('api_key' in member) made.api_key = String(member.api_key);
  }
  return made;
}

/** A password that passes the rules and is nobody else's. */
export function makePassword(hunt: LeakHunt, name: string): string {
  return hunt.note(name, `Aa1!${randomBytes(12).toString('base64url')}`);
}

/** Takes somebody through registration, codes, logins and a forgotten password, with every kind of mistake on the way. */
export async function exerciseAccounts(exercise: Exercise): Promise<Made> {
  const { hunt, test } = exercise;
  const email = makeEmail();
  const password = makePassword(hunt, 'password');
  const weak = hunt.note('weak password', `weak-${randomBytes(9).toString('hex')}`);
  const wrong = makePassword(hunt, 'wrong password');
  const send = (operationId: string, body: unknown, more: RequestOptions = {}) =>
    exercise.send(operationId, { body, ...more });
  const text = { headers: { 'content-type': 'text/plain' } };
  const json = { headers: { 'content-type': 'application/json' } };

  await send('register', { email, password: weak });
  await send('register', { email, password, admin: true });
  await send('register', `{"email":"${email}","password":"${password}"`, json);
  await send('register', `${email} ${password}`, text);
  await send('register', { email: password, password: [password] });
  await send('register', { email, password });
  const readCode = async (count: number) => hunt.note('code', await test.readCode(email, count));
  const first = await readCode(1);
  await send('register', { email, password });
  await readCode(2);
  await send('resendCode', { email });
  await send('resendCode', { email: 'no email', code: first });
  await test.query(`update one_time_codes set sent_at = sent_at - interval '2 minutes'`);
  await send('resendCode', { email });
  const code = await readCode(3);
  await send('verifyEmail', { email, code: hunt.note('wrong code', 'ZQXJ7K') });
  await send('verifyEmail', { email, code: `${first}0` });
  const access = await send('verifyEmail', { email, code });
  await send('verifyEmail', { email, code });

  await send('login', { email, password: wrong });
  await send('login', { email: makeEmail(), password: wrong });
  await send('login', { email, password, password2: wrong });
  const session = await send('login', { email, password });
  await exerciseConsole(exercise, { email, password, wrong });
  for (let i = 0; i < 6; i += 1) await send('login', { email, password: wrong }, { from: '192.0.2.7' });
  const madeUp = hunt.note('made-up refresh token', randomBytes(32).toString('base64url'));
  await send('refresh', { refresh_token: madeUp });
  await send('refresh', { refresh_token: madeUp.repeat(20) });
  await send('refresh', { refresh_token: session.refresh_token });
  await send('refresh', { refresh_token: session.refresh_token });
  const other = await send('login', { email, password });
  await send('logout', { refresh_token: madeUp });
  await send('logout', { refresh_token: [other.refresh_token] });
  await send('logout', { refresh_token: other.refresh_token });

  await send('forgotPassword', { email, code });
  await exerciseSlowMail(exercise, () => send('forgotPassword', { email }));
  const reset = await readCode(4);
  const changed = makePassword(hunt, 'new password');
  await send('resetPassword', { email, code: 'ZQXJ7K', password: changed });
  await send('resetPassword', { email, code: reset, password: weak });
  await send('resetPassword', { email, code: reset, password: changed });
  const final = await send('login', { email, password: changed });
  const { access_token: token, refresh_token: refreshToken } = final;
  return { ...access, token: String(token), refreshToken: String(refreshToken), email, password: changed };
}

/** Logs in to the console, right and wrong, and out. */
async function exerciseConsole(
  exercise: Exercise,
  { email, password, wrong }: { email: string; password: string; wrong: string },
): Promise<void> {
  const { test } = exercise;
  const body = { email, password };
  await exercise.send('openConsoleSession', { body });
  await exercise.send('openConsoleSession', { body: { email, password: wrong }, headers: pageHeaders });
  await exercise.send('openConsoleSession', { body, headers: pageHeaders });
  const { headers, cookie } = await visitConsole(test, email, { password });
  exercise.hunt.note('a cookie', cookie.split('=')[1] ?? '');
  await exercise.send('getConsoleSession', { headers });
  await exercise.sendAny('listOrganizations', `${API}/organizations/me/`, { headers });
  await exercise.sendAny('listOrganizations', `${API}/organizations/me/`, { headers: { cookie } });
  for (const operationId of ['getConsoleSession', 'endConsoleSession']) {
    await exercise.sendAny(operationId, `${API}/console/session/?cookie=${cookie}`, { headers });
  }
  await exercise.send('endConsoleSession', { headers });
}

/** Has the mail server refuse a mail at first, naming its recipient as real ones do. */
async function exerciseSlowMail({ test }: Exercise, send: () => Promise<unknown>): Promise<void> {
  const { offers } = test.smtp;
  test.smtp.behave('refuse-temporarily');
  await send();
  const deadline = Date.now() + 10_000;
  while (test.smtp.offers === offers && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  test.smtp.behave('accept');
}

/** Calls everything that takes a machine's credential, with good ones, bad ones and some in the wrong place. */
export async function exerciseMachines(
  exercise: Exercise,
  { id, secret }: { id: string; secret: string },
): Promise<void> {
  const { hunt } = exercise;
  const wrong = hunt.note('secret with a typo', `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`);
  const credentials = hunt.note('Basic credentials', basic(id, secret).slice(6));
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const asForm = (members: Record<string, string>, headers: Record<string, string> = {}): RequestOptions => ({
    headers: { ...form, ...headers },
    body: new URLSearchParams(members).toString(),
  });

  for (const operationId of ['verifyCredential', 'verifyCredentialWith']) {
    const refused: Record<string, string>[] = [{ 'x-api-key': wrong }, { authorization: `Bearer ${secret}` }, {}];
    for (const headers of refused) await exercise.send(operationId, { headers });
    await exercise.send(operationId, { headers: { 'x-api-key': secret, authorization: `Basic ${credentials}` } });
    await exercise.send(operationId, { headers: { authorization: `Basic ${credentials}` } });
    await exercise.send(operationId, { headers: { 'x-api-key': secret } });
    await exercise.sendAny(operationId, `${API}/verify/?permission=api.unknown`, { headers: { 'x-api-key': secret } });
    await exercise.sendAny(operationId, `${API}/verify/?x-api-key=${secret}&secret=${wrong}`, {});
  }
  await exercise.send('verifyCredentialWith', { body: { secret }, headers: { 'x-api-key': secret } });
  await exercise.send('verifyCredentialWith', { body: { environment: secret }, headers: { 'x-api-key': secret } });

  for (const operationId of ['verifyCredentialWith', 'issueToken', 'introspectToken', 'revokeToken']) {
    await exercise.send(operationId, { body: `secret=${secret}`, headers: { 'content-type': 'text/plain' } });
    await exercise.send(operationId, {
      body: `{"token": "${secret}"`,
      headers: { 'content-type': 'application/json' },
    });
  }

  const client = { client_id: id, client_secret: secret };
  const grant = { grant_type: 'client_credentials' };
  await exercise.send('issueToken', asForm({ ...grant, ...client, client_secret: wrong }));
  await exercise.send('issueToken', asForm({ grant_type: secret, ...client }));
  await exercise.send('issueToken', asForm({ ...grant, ...client, scope: secret }));
  await exercise.send('issueToken', asForm({ ...grant, ...client }, { authorization: `Basic ${credentials}` }));
  const token = String((await exercise.send('issueToken', asForm({ ...grant, ...client }))).access_token);
  await exercise.send('verifyCredential', { token });
  for (const operationId of ['introspectToken', 'revokeToken']) {
    await exercise.send(operationId, asForm({ token, ...client, client_secret: wrong }));
    await exercise.send(operationId, asForm(client));
    await exercise.send(operationId, asForm({ token: `${token}x`, ...client }));
    await exercise.send(operationId, asForm({ token: secret, ...client }));
    await exercise.send(operationId, asForm({ token, ...client }));
  }
}
