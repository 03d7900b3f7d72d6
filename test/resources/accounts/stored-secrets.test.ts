import t from 'tap';
import {
  findInTables,
  forgetPassword,
  NEW_PASSWORD,
  registerPending,
  send,
  WRONG_PASSWORD,
} from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeEmail, PASSWORD } from '../../support/factories.ts';

const test = await build(t);

interface Tokens {
  access_token: string;
  refresh_token: string;
  application: { api_key: string };
}

void t.test('no table and no line of the log ever holds a code, password, token or api_key in plain', async (t) => {
  const plain: Record<string, string> = {
    password: PASSWORD,
    'new password': NEW_PASSWORD,
    'wrong password': WRONG_PASSWORD,
  };
  const { email, code } = await registerPending(test);
  plain['spent code'] = code;
  const first = (await send(test, 'verify-email', { email, code })).json<Tokens>();
  const second = (await send(test, 'refresh', { refresh_token: first.refresh_token })).json<Tokens>();
  await send(test, 'refresh', { refresh_token: first.refresh_token });
  await send(test, 'login', { email, password: WRONG_PASSWORD });
  const third = (await send(test, 'login', { email, password: PASSWORD })).json<Tokens>();
  const resetCode = await forgetPassword(test, email, 2);
  await send(test, 'reset-password', { email, code: resetCode, password: NEW_PASSWORD });
  const fourth = (await send(test, 'login', { email, password: NEW_PASSWORD })).json<Tokens>();
  Object.assign(plain, { 'reset code': resetCode, api_key: first.application.api_key });
  for (const [index, tokens] of [first, second, third, fourth].entries()) {
    plain[`access token ${index}`] = tokens.access_token;
    plain[`refresh token ${index}`] = tokens.refresh_token;
  }

  // What waits in the tables at this moment: codes not yet entered, and mails not yet sent.
  const waiting = makeEmail();
  test.smtp.behave('hang');
  await send(test, 'register', { email: waiting, password: PASSWORD });
  await send(test, 'forgot-password', { email });
  t.equal((await test.query('select 1 from one_time_codes where email = $1', [waiting])).length, 1);
  t.ok((await test.query('select 1 from mails')).length > 0);
  for (const [name, text] of Object.entries(plain)) t.same(await findInTables(test, text), [], name);
  const count = test.smtp.received.length;
  test.smtp.behave('accept');
  test.smtp.release();
  await test.readCode(waiting);
  t.ok(test.smtp.received.length > count);

  const found = [
    'public.audit_events',
    'public.code_mails',
    'public.one_time_codes',
    'public.organizations',
    'public.registrations',
    'public.users',
  ];
  t.same(await findInTables(test, email), found, 'the search does find things');
  const log = test.logs.join('');
  t.ok(log.length > 0);
  for (const [name, text] of Object.entries(plain)) t.notOk(log.includes(text), name);
});

void t.test('a code that waits, and the mail that carries it, are not readable in any table', async (t) => {
  test.smtp.behave('hang');
  const email = makeEmail();
  await send(test, 'register', { email, password: PASSWORD });
  const copies = await test.query<{ name: string; content: string }>(
    `select 'mails' as name, mails::text as content from mails
     union all select 'codes', one_time_codes::text from one_time_codes where email = $1
     union all select 'registrations', registrations::text from registrations where email = $1`,
    [email],
  );
  test.smtp.behave('accept');
  test.smtp.release();
  const code = await test.readCode(email);
  t.same([...new Set(copies.map(({ name }) => name))].sort(), ['codes', 'mails', 'registrations']);
  for (const { name, content } of copies) {
    for (const text of [code, Buffer.from(code).toString('hex'), PASSWORD]) t.notOk(content.includes(text), name);
  }
  const mails = copies.filter(({ name }) => name === 'mails');
  for (const { content } of mails) t.notOk(content.includes(email), 'nor to whom it goes');
});
