import t from 'tap';
import { readCommandLine } from '../../src/embedded/embedded-process.ts';
import { listChildren, send } from '../support/children.ts';
import { isRunning, query, readServerPid, until } from '../support/embedded-service.ts';
import { makeEmail, PASSWORD } from '../support/factories.ts';
import { openConnection, UNFINISHED_REQUEST } from '../support/raw-connection.ts';
import { call, makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import { logIn, PROGRAMMATIC, readCode, signUp, verify } from '../support/service-user.ts';
import { plantKeys } from '../support/signing-keys.ts';
import { startSmtpServer } from '../support/smtp-server.ts';
import { createTestDatabase } from '../support/test-database.ts';

const LOGINS = 12;

const smtp = await startSmtpServer();
t.teardown(() => smtp.stop());
const { launch } = await makeServicePlace(t);

void t.test('SIGINT and SIGTERM end it with 0, whatever connections are left open', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const service = launch((await makeEnv(t)).env);
    const origin = await service.listening();
    const unused = await openConnection(origin);
    const idle = await openConnection(origin);
    idle.send('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await idle.received(/"ok"/);
    const halfSent = await openConnection(origin);
    halfSent.send('GET /livez HTTP/1.1\r\nHost:');
    service.kill(signal);

    t.equal(await service.ended(), 0, signal);
    // No word of waiting for anything between the two.
    t.same(
      service.logs.slice(-2).map(({ msg }) => msg),
      ['stopping', 'stopped'],
    );
    t.equal(service.stderr(), '');
    for (const connection of [unused, idle, halfSent]) connection.close();
  }
});

void t.test('logins that have begun are answered before it ends', async (t) => {
  const { env } = await makeEnv(t);
  const service = launch(env);
  const origin = await service.listening();
  // As much work as logins that succeed.
  const logins = Array.from({ length: LOGINS }, () => logIn(origin, makeEmail()));
  // Each is counted before its turn to be hashed comes.
  await until(async () => (await query(env.DATABASE_URL, 'select from login_failures')).length === LOGINS);
  service.kill('SIGTERM');

  t.same(
    (await Promise.all(logins)).map(({ status }) => status),
    Array.from({ length: LOGINS }, () => 401),
  );
  t.equal(await service.ended(), 0);
});

void t.test('while it stops it is not ready, and ends with 0 though a request never comes whole', async (t) => {
  const service = launch((await makeEnv(t)).env);
  const origin = await service.listening();
  const unfinished = await openConnection(origin);
  unfinished.send(UNFINISHED_REQUEST);
  const late = await openConnection(origin);
  late.send('GET /readyz HTTP/1.1\r\nHost: x\r\n');
  // Both have been read once an answer to a later request is there.
  t.equal((await call(origin, '/readyz')).status, 200);
  service.kill('SIGTERM');
  await service.said(/^stopping$/);
  late.send('\r\n');

  const answer = await late.received(/\}$/);
  t.match(answer, /^HTTP\/1\.1 503 /);
  t.match(answer, /^retry-after: [1-9]/im);
  t.match(answer, /^connection: close/im);
  t.match(answer, /^content-type: application\/problem\+json/im);
  t.equal(await service.ended(), 0);
  t.match(
    service.logs.filter(({ level }) => level === 'warn'),
    [
      { failure: { message: 'the service is stopping' }, msg: 'request failed' },
      { unanswered: 1, msg: 'requests took too long to finish and were cut off' },
    ],
  );
  unfinished.close();
});

void t.test('a second signal ends it at once', async (t) => {
  const service = launch((await makeEnv(t)).env);
  const unfinished = await openConnection(await service.listening());
  unfinished.send(UNFINISHED_REQUEST);
  t.equal((await call(await service.listening(), '/livez')).status, 200);
  service.kill('SIGTERM');
  await service.said(/^stopping$/);
  service.kill('SIGTERM');

  t.equal(await service.ended(), 1);
  t.notOk(service.logs.some(({ msg }) => msg === 'stopped'));
  unfinished.close();
});

void t.test(
  'what it owes is not lost: the last use of a secret, and mail that a hanging server did not take',
  async (t) => {
    const { env } = await makeEnv(t);
    const service = launch(env);
    const origin = await service.listening();
    const user = await signUp(origin, smtp);
    t.equal(await verify(origin, user.apiKey), 200);
    const email = makeEmail();
    const { offers } = smtp;
    smtp.behave('hang');
    t.equal((await call(origin, `${PROGRAMMATIC}/register/`, { body: { email, password: PASSWORD } })).status, 201);
    await until(async () => smtp.offers > offers);
    service.kill('SIGTERM');

    t.equal(await service.ended(), 0);
    t.match(await query(env.DATABASE_URL, 'select last_used_at from api_clients'), [{ last_used_at: Date }]);
    t.same(await query(env.DATABASE_URL, 'select count(*)::int from mails'), [{ count: 1 }]);

    smtp.behave('accept');
    // The attempt that was given up is taken up again when its lease is over.
    await query(env.DATABASE_URL, `update mails set next_attempt_at = now()`);
    const nextOrigin = await launch(env).listening();
    const code = await readCode(smtp, email);
    t.equal((await call(nextOrigin, `${PROGRAMMATIC}/verify-email/`, { body: { email, code } })).status, 200);
  },
);

void t.test('with its database gone it ends with 0 all the same', async (t) => {
  const { env, drop } = await makeEnv(t);
  const service = launch(env);
  const origin = await service.listening();
  const user = await signUp(origin, smtp);
  t.equal(await verify(origin, user.apiKey), 200);
  await drop();
  t.equal((await call(origin, '/readyz')).status, 503);
  service.kill('SIGTERM');

  t.equal(await service.ended(), 0);
  t.equal(service.stderr(), '');
});

void t.test('a signal while it waits for another process to migrate ends it with 0', async (t) => {
  const { env, drop } = await makeEnv(t);
  const lock = BigInt(`0x${Buffer.from('latchkey').toString('hex')}`).toString();
  const holding = t.rejects(query(env.DATABASE_URL, `select pg_advisory_lock(${lock}), pg_sleep(600)`));
  const locks = (isGranted: boolean) => async () =>
    (
      await query(
        env.DATABASE_URL,
        `select from pg_locks join pg_database d on d.oid = database
        where datname = current_database() and locktype = 'advisory' and granted = ${isGranted}`,
      )
    ).length > 0;
  await until(locks(true));
  const service = launch(env);
  await until(locks(false));
  service.kill('SIGTERM');

  t.equal(await service.ended(), 0);
  t.equal(service.stderr(), '');
  await drop();
  await holding;
});

void t.test(
  'a signal during a first start leaves no Postgres behind, and nothing that stops the next start',
  async (t) => {
    const { dataDir, launch } = await makeServicePlace(t);
    for (const moment of [/^Creating the embedded Postgres/, /^The embedded Postgres .* listens/]) {
      const service = launch({});
      await service.said(moment);
      service.kill('SIGTERM');
      t.equal(await service.ended(), 0, String(moment));
      t.equal(service.stderr(), '');
      await t.rejects(readServerPid(dataDir), { code: 'ENOENT' });
    }
    const next = launch({});
    await next.listening();

    await t.test('with its own Postgres killed it ends with 0', async (t) => {
      const server = await readServerPid(dataDir);
      process.kill(server, 'SIGKILL');
      await until(async () => !(await isRunning(server)));
      next.kill('SIGTERM');
      t.equal(await next.ended(), 0);
    });
  },
);

void t.test('a database that takes its time to be made holds up no stop', async (t) => {
  const { launch } = await makeServicePlace(t);
  const service = launch({});
  await service.said(/^Creating the embedded Postgres/);
  const findMaker = async () => {
    for (const pid of await listChildren(service.pid)) {
      if ((await readCommandLine(pid))[0]?.endsWith('/initdb') === true) return pid;
    }
    return undefined;
  };
  await until(async () => {
    const maker = await findMaker();
    if (maker === undefined || !send(maker, 'SIGSTOP')) return false;
    // Told to end, it would do so when it goes on, which is never.
    t.teardown(() => send(maker, 'SIGKILL'));
    return true;
  });
  service.kill('SIGTERM');
  t.equal(await service.ended(), 0);
  t.equal(service.stderr(), '');
  const next = launch({});
  await next.listening();
});

async function makeEnv(t: { teardown(handler: () => Promise<void>): unknown }) {
  const { databaseUrl, drop } = await createTestDatabase();
  t.teardown(drop);
  const env = { DATABASE_URL: databaseUrl, LATCHKEY_MASTER_KEY: makeMasterKey(), SMTP_URL: smtp.smtpUrl };
  await plantKeys(env);
  return { env, drop };
}
