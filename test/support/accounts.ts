import { createHook } from 'node:async_hooks';
import type { LightMyRequestResponse } from 'fastify';
import { waitFor } from './build-app.ts';
import type { TestApp } from './build-app.ts';
import { API, makeEmail, PASSWORD } from './factories.ts';

export const WRONG_PASSWORD = 'Wrong-Horse-7';
export const NEW_PASSWORD = 'Battery-Staple-8';

export type Operation =
  // In the order of an account's life.
  'register' | 'resend-otp' | 'verify-email' | 'login' | 'refresh' | 'logout' | 'forgot-password' | 'reset-password';

export function pathOf(operation: Operation): string {
  return `${API}/programmatic/${operation}/`;
}

/** Sends a body to one of the account routes. */
export async function send(test: TestApp, operation: Operation, body: unknown): Promise<LightMyRequestResponse> {
  return test.request('POST', pathOf(operation), { body });
}

/** All of an answer that may tell something: everything but the request's id and the date. */
export function answerOf(response: LightMyRequestResponse, email?: string) {
  const { 'x-request-id': id, ...headers } = response.headers;
  delete headers.date;
  let body = response.body.replaceAll(String(id), '<id>');
  if (email !== undefined) body = body.replaceAll(email, '<email>');
  return { status: response.statusCode, headers, body };
}

export interface Pending {
  email: string;
  code: string;
}

/** Registers and stops before the code is entered. */
export async function registerPending(test: TestApp, email = makeEmail()): Promise<Pending> {
  const response = await send(test, 'register', { email, password: PASSWORD });
  if (response.statusCode !== 201) throw new Error(`register answered ${response.statusCode}: ${response.body}`);
  return { email, code: await test.readCode(email) };
}

/** Asks for a code to reset a password; `count` is how many mails this address has had by then. */
export async function forgetPassword(test: TestApp, email: string, count: number): Promise<string> {
  await send(test, 'forgot-password', { email });
  return test.readCode(email, count);
}

/** The same mailbox, typed differently. */
export function inOtherCase(email: string): string {
  return email.replace('user', 'USER');
}

/** A code that was not mailed. */
export function otherThan(code: string): string {
  return code === 'AAAAAA' ? 'BBBBBB' : 'AAAAAA';
}

/** Lets time pass for the codes of an email, and for the mails that carried them. */
export async function ageCodes(test: TestApp, email: string, interval: string): Promise<void> {
  await test.query(
    `update code_mails set expires_at = expires_at - $2::interval,
       mailed_at = array(select at - $2::interval from unnest(mailed_at) as at) where email = lower($1)`,
    [email, interval],
  );
  await test.query(
    'update one_time_codes set sent_at = sent_at - $2::interval, expires_at = expires_at - $2::interval where email = lower($1)',
    [email, interval],
  );
}

/** Lets time pass for the failed logins of an account. */
export async function ageFailures(test: TestApp, email: string, interval: string): Promise<void> {
  await test.query(
    `update login_failures
     set last_failed_at = last_failed_at - $2::interval, locked_until = locked_until - $2::interval
     where email = $1`,
    [email, interval],
  );
}

/** Lets a management route say whether it still takes an admin token. */
export async function statusOfToken(test: TestApp, token: string): Promise<number> {
  return (await test.request('GET', `${API}/organizations/me/`, { token })).statusCode;
}

/** How many argon2 computations begin while `work` runs, as Node sees them. */
export async function countArgon2(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'argon2:HashWorker') count += 1;
    },
  });
  hook.enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return count;
}

/** The tables in which any column of any row holds a text, plain or in hexadecimal. */
export async function findInTables(test: TestApp, text: string): Promise<string[]> {
  const tables = await test.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await test.query(
      `select 1 from ${name} as row where position($1 in row::text) > 0 or position($2 in row::text) > 0 limit 1`,
      [text, Buffer.from(text).toString('hex')],
    );
    if (rows.length > 0) found.push(name);
  }
  return found;
}

/** The text of every mail an address was sent. */
export function textsOfMails(test: TestApp, email: string): string[] {
  return test.smtp.received
    .filter(({ recipients }) => recipients.includes(email))
    .map(({ content }) => content.text ?? '');
}

/** How many mails an address was sent. */
export function countMails(test: TestApp, email: string): number {
  return test.smtp.received.filter(({ recipients }) => recipients.includes(email)).length;
}

/** Waits until every mail that is owed has been sent, decoys included. */
export async function waitForMail(test: TestApp): Promise<void> {
  await waitFor(async () => ((await test.query('select 1 from mails limit 1')).length === 0 ? true : undefined));
}

/** How often each status was answered. */
export function tally(responses: LightMyRequestResponse[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { statusCode } of responses) counts[statusCode] = (counts[statusCode] ?? 0) + 1;
  return counts;
}

/** Does one thing many times at once. */
export async function atOnce<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}
