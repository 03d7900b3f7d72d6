import t from 'tap';
import { makeDeployment, runCommand, runInstalled, startOnTerminal } from '../support/command-line.ts';
import type { CommandProcess } from '../support/command-line.ts';
import { query } from '../support/embedded-service.ts';
import { makeEmail, PASSWORD } from '../support/factories.ts';
import { call, makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import { expectStatus, logIn, PROGRAMMATIC, readCode, verify } from '../support/service-user.ts';
import { plantKeys } from '../support/signing-keys.ts';
import { startSmtpServer } from '../support/smtp-server.ts';

interface Made {
  user_id: string;
  email: string;
  password?: string;
  organization: { uuid: string; name: string };
  application: { uuid: string; name: string; client_id: string; api_key: string };
  login_url: string;
  docs_url: string;
}

const smtp = await startSmtpServer();
t.teardown(() => smtp.stop());
const env = { ...(await makeDeployment(t)), PUBLIC_URL: 'https://id.example.com' };
await plantKeys(env);
const { launch } = await makeServicePlace(t);
const origin = await launch({ ...env, SMTP_URL: smtp.smtpUrl, LOG_LEVEL: 'info' }).listening();

/** How many rows there are of all that the command makes, or clears away. */
async function countRows(): Promise<number[]> {
  const tables = ['users', 'organizations', 'memberships', 'applications', 'api_clients', 'secrets', 'registrations'];
  const counts = tables.map((table) => `(select count(*) from ${table})::int`);
  const [row] = await query(env.DATABASE_URL, `select array[${counts.join()}] as counts`);
  return row?.counts as number[];
}

/** What there is after one more account. */
function withOneMore(counts: number[]): number[] {
  return counts.map((count, index) => (index < 6 ? count + 1 : count));
}

void t.test('the owner logs in, owns the organization, and the api_key is good', async (t) => {
  const before = await countRows();
  const email = makeEmail();
  const { code, stdout, stderr } = await runInstalled(
    ['create-owner', email.toUpperCase(), '--organization', 'Acme', '--password-stdin', '--json'],
    { env, input: `${PASSWORD}\n` },
  );
  t.same({ code, stderr }, { code: 0, stderr: '' });
  const document = JSON.parse(stdout) as Made;
  t.match(document, {
    email,
    organization: { name: 'Acme' },
    application: { name: 'Acme App', client_id: /^[A-Za-z0-9_-]{22}$/, api_key: /^lk_live_[0-9A-Za-z]{71}$/ },
    login_url: 'https://id.example.com/auth/v2/programmatic/login/',
    docs_url: 'https://id.example.com/docs',
  });
  t.notOk(JSON.stringify(document).includes(PASSWORD), 'a password that was given is not shown');
  t.same(await countRows(), withOneMore(before));

  const { body } = await expectStatus(200, logIn(origin, email));
  const { access_token: token } = body as { access_token: string };
  const organizations = await call(origin, '/auth/v2/organizations/me/', { token });
  t.match(organizations.body, [
    { uuid: document.organization.uuid, name: 'Acme', contact_email: email, role: 'owner' },
  ]);
  t.equal(await verify(origin, document.application.api_key), 200);
  const application = await call(
    origin,
    `/auth/v2/organizations/${document.organization.uuid}/applications/${document.application.uuid}/`,
    { token },
  );
  t.match(application.body, { name: 'Acme App', client_id: document.application.client_id });
});

void t.test('a generated password is shown once, and keeps the rules', async (t) => {
  const email = makeEmail();
  const { code, stdout, stderr } = await runCommand(['create-owner', email, '--generate-password'], { env });
  t.same({ code, stderr }, { code: 0, stderr: '' });
  const password = /^password {2}(\S{24})$/m.exec(stdout)?.[1] ?? '';
  t.match(stdout, /^api_key {3}lk_live_[0-9A-Za-z]{71}$/m);
  t.match(stdout, /^Next: .*\/docs /m);
  t.ok(stdout.startsWith(`${email} owns ${email.split('@')[0]!}'s organization with the application `));

  t.equal((await logIn(origin, email, password)).status, 200);
});

void t.test('an email that has an account, in any case, is refused, and nothing is left of the attempt', async (t) => {
  const email = makeEmail();
  // When they were last seen is written behind.
  const whole = 'select id, email, password_hash, created_at, updated_at from users order by id';
  t.equal((await runCommand(['create-owner', email, '--generate-password'], { env })).code, 0);
  const before = await query(env.DATABASE_URL, whole);
  const counts = await countRows();
  for (const again of [email, email.toUpperCase()]) {
    const args = ['create-owner', again, '--generate-password'];
    t.same(await runCommand([...args, '--json'], { env }), {
      code: 1,
      stdout: '',
      stderr: `${email} has an account already: nothing was changed\n`,
    });
  }
  t.same(await query(env.DATABASE_URL, whole), before);
  t.same(await countRows(), counts);
});

void t.test('of two at the same time with one email, one makes the account', async (t) => {
  const before = await countRows();
  const email = makeEmail();
  const runs = await Promise.all([1, 2].map(() => runCommand(['create-owner', email, '--generate-password'], { env })));
  t.same(runs.map(({ code }) => code).sort(), [0, 1]);
  t.same(await countRows(), withOneMore(before));
});

void t.test('a registration of the same email that waits for its code is settled by it', async (t) => {
  const before = await countRows();
  const email = makeEmail();
  await expectStatus(201, call(origin, `${PROGRAMMATIC}/register/`, { body: { email, password: 'Other-Horse-9' } }));
  const code = await readCode(smtp, email);
  const made = await runCommand(['create-owner', email, '--password-stdin'], { env, input: PASSWORD });
  t.equal(made.code, 0);

  t.equal((await call(origin, `${PROGRAMMATIC}/verify-email/`, { body: { email, code } })).status, 400);
  t.equal((await logIn(origin, email)).status, 200);
  t.equal((await logIn(origin, email, 'Other-Horse-9')).status, 401);
  t.same(
    await countRows(),
    before.map((count) => count + 1),
    'the registration stays as a decoy',
  );
});

void t.test('the rules for passwords hold, and all that is missing is named', async (t) => {
  const before = await countRows();
  for (const [input, sentence] of [
    ['weak', /^The password must have at least 8 characters, an upper-case letter, a digit and one of [^\n]*\n$/],
    ['', /^The password must have at least 8 characters, /],
    ['x'.repeat(5_000), /^Standard input holds more than a password\n$/],
  ] as const) {
    const { code, stdout, stderr } = await runCommand(['create-owner', makeEmail(), '--password-stdin'], {
      env,
      input,
    });
    t.same({ code, stdout }, { code: 1, stdout: '' });
    t.match(stderr, sentence);
  }
  t.same(await countRows(), before);
});

void t.test('a wrong email or name, or no way to get the password, is a wrong call', async (t) => {
  for (const [args, sentence] of [
    [['bob', '--generate-password'], 'email must be an email address'],
    [
      ['bob', '--organization', ' ', '--generate-password'],
      'email must be an email address; organization must not be blank',
    ],
    [['a@b.example'], 'There is no terminal to ask for the password: use --password-stdin or --generate-password'],
  ] as const) {
    const ended = await runCommand(['create-owner', ...args], { env });
    t.same(ended, { code: 2, stdout: '', stderr: `${sentence}\n` });
  }
});

void t.test('another master key than that of the database is refused, and nothing is written', async (t) => {
  const before = await countRows();
  const { code, stderr } = await runCommand(['create-owner', makeEmail(), '--generate-password'], {
    env: { ...env, LATCHKEY_MASTER_KEY: makeMasterKey() },
  });
  t.equal(code, 1);
  t.match(stderr, /^LATCHKEY_MASTER_KEY is not the key this database was set up with: [^\n]*\n$/);
  t.same(await countRows(), before);
  t.same(await query(env.DATABASE_URL, 'select count(*)::int from peppers'), [{ count: 1 }]);
});

void t.test('on a terminal it asks for the password twice, without showing it', async (t) => {
  const before = await countRows();
  const answer = async (command: CommandProcess, first: string, second: string) => {
    await command.shows(/Password: /);
    command.write(`${first}\r`);
    await command.shows(/Once more: /);
    command.write(`${second}\r`);
    return command.ended();
  };
  const email = makeEmail();
  const made = await answer(await startOnTerminal(['create-owner', email], { env }), PASSWORD, PASSWORD);
  t.equal(made.code, 0, made.stdout);
  t.notOk(made.stdout.includes(PASSWORD));
  t.match(made.stdout, /api_key {3}lk_live_/);
  t.equal((await logIn(origin, email)).status, 200);

  const typo = await answer(await startOnTerminal(['create-owner', makeEmail()], { env }), PASSWORD, `${PASSWORD}8`);
  t.equal(typo.code, 1);
  t.match(typo.stdout, /The two passwords differ: nothing was changed/);
  t.notOk(typo.stdout.includes(PASSWORD));

  for (const [key, sentence] of [
    ['\u0003', /latchkey create-owner was interrupted/],
    ['\u0004', /No password was given/],
  ] as const) {
    const command = await startOnTerminal(['create-owner', makeEmail()], { env });
    await command.shows(/Password: /);
    command.write(key);
    const { code, stdout } = await command.ended();
    t.equal(code, 1);
    t.match(stdout, sentence);
  }
  t.same(await countRows(), withOneMore(before));
});

void t.test('the account is like one that was verified by mail, row for row', async (t) => {
  const [mailed, made] = ['mailed@example.com', 'made@example.com'];
  await expectStatus(201, call(origin, `${PROGRAMMATIC}/register/`, { body: { email: mailed, password: PASSWORD } }));
  const code = await readCode(smtp, mailed);
  await expectStatus(200, call(origin, `${PROGRAMMATIC}/verify-email/`, { body: { email: mailed, code } }));
  await runCommand(['create-owner', made, '--password-stdin'], { env, input: PASSWORD });

  const describe = async (email: string) => {
    const rows = await query(
      env.DATABASE_URL,
      `select to_jsonb(o) || to_jsonb(m) || to_jsonb(a) || to_jsonb(c) as row
       from users u join memberships m on m.user_id = u.id join organizations o on o.id = m.organization_id
       join applications a on a.organization_id = o.id join api_clients c on c.id = a.primary_client_id
       join secrets s on s.api_client_id = c.id where u.email = '${email}'`,
    );
    const text = JSON.stringify(rows).replaceAll(email.split('@')[0]!, 'name');
    return text.replaceAll(/"(?:\w*_?id|\w+_at|created_by)":"[^"]*"/g, '');
  };
  t.equal(await describe(made), await describe(mailed));
});
