import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import t from 'tap';
import { makeDeployment, runCommand, runForJson, runInstalled } from '../support/command-line.ts';
import { query } from '../support/embedded-service.ts';
import { makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import { plantKeys } from '../support/signing-keys.ts';
import { startSmtpServer } from '../support/smtp-server.ts';
import { findTestServer } from '../support/test-server.ts';

const names = [
  ...['settings', 'database', 'version', 'durability', 'clock'],
  ...['migrations', 'keys', 'secrets', 'permissions', 'mail'],
];

interface Report {
  is_healthy: boolean;
  checks: { name: string; status: string; what: string }[];
}

const smtp = await startSmtpServer();
t.teardown(() => smtp.stop());
const env = { ...(await makeDeployment(t)), SMTP_URL: smtp.smtpUrl };
const { DATABASE_URL: databaseUrl } = env;
const migrationsTable = 'drizzle.__drizzle_migrations';
await plantKeys(env);
await runCommand(['rotate-signing-key'], { env });

/** Runs the doctor. @returns the exit code and, by name, the status and the words of each check */
async function examine(changes: Record<string, string> = {}) {
  const { code, stdout, stderr } = await runCommand(['doctor'], { env: { ...env, ...changes } });
  const lines = stdout.trimEnd().split('\n');
  const parts = lines.map((line) => /^(ok|warn|fail|skip) +([a-z]+) +(.+)$/.exec(line)?.slice(1) ?? ['', '', line]);
  return {
    code,
    stderr,
    order: parts.map(([, name]) => name),
    found: Object.fromEntries(parts.map(([status, name = '', what]) => [name, { status, what: what ?? '' }])),
  };
}

/** The server that tests start by themselves writes nothing to the disk before it answers. */
const [server] = await query(databaseUrl, `select current_setting('fsync') as fsync`);
const durability = server?.fsync === 'off' ? 'warn' : 'ok';

const skipped = (needed: string) => ({ status: 'skip', what: `skipped: it needs ${needed}` });
const ok = { status: 'ok' };

void t.test('a healthy deployment has one ok a line and exit code 0', async (t) => {
  const { code, stderr, order, found } = await examine();
  t.same({ code, stderr, order }, { code: 0, stderr: '', order: names });
  const { host, pathname } = new URL(databaseUrl);
  t.match(found, {
    settings: ok,
    database: { ...ok, what: `answers at ${host}${pathname}` },
    version: { ...ok, what: /^Postgres \d+\.\d+/ },
    durability: { status: durability },
    clock: ok,
    migrations: { ...ok, what: /^all \d+ are applied$/ },
    keys: { ...ok, what: 'the master key opens all 3 stored ones' },
    secrets: { ...ok, what: '0 can be checked' },
    permissions: { ...ok, what: 'API clients hold none but those of the catalogue' },
    mail: { ...ok, what: `${new URL(smtp.smtpUrl).host} takes mail` },
  });

  const { stdout, ...ended } = await runInstalled(['doctor', '--json'], { env });
  t.same(ended, { code: 0, stderr: '' });
  const document = JSON.parse(stdout) as Report;
  t.equal(document.is_healthy, true);
  t.same(
    document.checks.map(({ name, status }) => [name, status]),
    names.map((name) => [name, name === 'durability' ? durability : 'ok']),
  );
});

void t.test('settings that are wrong are named, and nothing else is tried', async (t) => {
  const { code, stderr, found } = await examine({ PORT: 'seventy', DATABASE_URL: 'mysql://u:hunter2@x/y' });
  t.same({ code, stderr }, { code: 1, stderr: '1 of 10 checks failed\n' });
  t.match(found, {
    settings: { status: 'fail', what: /^PORT must be [^;]*; DATABASE_URL must be / },
    database: skipped('settings'),
    mail: skipped('settings'),
    keys: skipped('migrations'),
  });
  t.notMatch(JSON.stringify(found), 'hunter2');

  const unread = await examine({ SMTP_URL: '', SMTP_URL_FILE: '/nowhere/smtp-url' });
  t.match(unread.found.settings, { status: 'fail', what: /^SMTP_URL must be in a file .* \(ENOENT\)$/ });
});

void t.test('a database whose commits are answered before they are kept is a warning, and no failure', async (t) => {
  const name = new URL(databaseUrl).pathname.slice(1);
  await query(databaseUrl, `alter database ${name} set synchronous_commit = off`);
  t.teardown(() => query(databaseUrl, `alter database ${name} reset synchronous_commit`));
  const { code, found } = await examine();
  t.equal(code, 0);
  t.match(found.durability, { status: 'warn', what: /synchronous_commit is off: .*revocations/ });
});

void t.test('a server that is down, and what depends on it', async (t) => {
  const { code, found } = await examine({ DATABASE_URL: 'postgres://someone:hunter2@127.0.0.1:1/none' });
  t.equal(code, 1);
  t.match(found, {
    database: {
      status: 'fail',
      what: 'The database cannot be reached (connect ECONNREFUSED 127.0.0.1:1): check DATABASE_URL and the server',
    },
    version: skipped('database'),
    durability: skipped('database'),
    clock: skipped('database'),
    migrations: skipped('version'),
    keys: skipped('migrations'),
    secrets: skipped('keys'),
    mail: ok,
  });
  const { code: jsonCode, document } = await runForJson<Report>(['doctor'], {
    env: { ...env, DATABASE_URL: 'postgres://someone:hunter2@127.0.0.1:1/none' },
  });
  t.equal(jsonCode, 1);
  t.equal(document.is_healthy, false);
  t.notMatch(JSON.stringify([found, document]), 'hunter2');
});

void t.test('a wrong password', async (t) => {
  // A server of the developer's may take any.
  if ((await findTestServer()).dataDir === null) return;
  const url = new URL(databaseUrl);
  url.password = 'hunter2';
  const { code, found } = await examine({ DATABASE_URL: url.href });
  t.equal(code, 1);
  t.match(found.database, { status: 'fail', what: /^[^:]*password authentication failed[^:]*: check DATABASE_URL / });
  t.notMatch(JSON.stringify(found), 'hunter2');
});

void t.test('no part of a password is printed that stands in a URL as it is', async (t) => {
  const { code, found } = await examine({
    DATABASE_URL: 'postgres://u:12#hunter2@db.invalid/x',
    SMTP_URL: 'smtp://u:34#hunter2@mail.invalid',
  });
  t.equal(code, 1);
  t.match(found.settings, { status: 'fail', what: /percent-encoded/ });
  for (const part of ['12', '34', 'hunter2']) t.notMatch(JSON.stringify(found).replaceAll(/%\w\w/g, ''), part);
});

void t.test('servers that take the connection and say nothing are given up', async (t) => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const at = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const { code, found } = await examine({ DATABASE_URL: `postgres://u@${at}/x`, SMTP_URL: `smtp://${at}` });
  t.equal(code, 1);
  t.match(found, {
    database: { status: 'fail', what: /^The database cannot be reached \(.*\): check DATABASE_URL and the server$/ },
    mail: { status: 'fail', what: `${at} cannot be used (ETIMEDOUT): check SMTP_URL and the server` },
  });
});

void t.test('migrations that are behind, newer than the release, or edited', async (t) => {
  await query(databaseUrl, `create table kept as select * from ${migrationsTable}`);
  const restore = async () => {
    await query(databaseUrl, `delete from ${migrationsTable}`);
    await query(databaseUrl, `insert into ${migrationsTable} select * from kept`);
  };
  for (const [title, statement, what] of [
    [
      'behind',
      `delete from ${migrationsTable} where id = (select max(id) from kept)`,
      /^1 of \d+ are not applied: run latchkey migrate, or start the service, which does it$/,
    ],
    [
      'newer',
      `insert into ${migrationsTable} (hash, created_at) values ('x', 4102444800000)`,
      /^The database was migrated by another release: .*; run the newer release$/,
    ],
    [
      'edited',
      `update ${migrationsTable} set hash = 'x' where id = (select min(id) from kept)`,
      /^Migration 0000_\w+ was changed after this database had applied it: restore the file, /,
    ],
  ] as const) {
    await query(databaseUrl, statement);
    const { code, found } = await examine();
    t.equal(code, 1, title);
    t.match(found, { migrations: { status: 'fail', what }, keys: skipped('migrations'), clock: ok, mail: ok });
    await restore();
  }
  await query(databaseUrl, 'drop table kept');
  t.equal((await examine()).code, 0);
});

void t.test('a master key that does not open what is stored', async (t) => {
  const { code, found } = await examine({ LATCHKEY_MASTER_KEY: makeMasterKey() });
  t.equal(code, 1);
  t.match(found, {
    keys: {
      status: 'fail',
      what: /^LATCHKEY_MASTER_KEY is not the key this database was set up with: start with that one, /,
    },
    secrets: skipped('keys'),
  });
});

void t.test('a signing key that somebody without the master key planted or changed', async (t) => {
  await query(
    databaseUrl,
    `insert into signing_keys (kid, public_jwk, sealed_private_key, retired_at)
     select 'planted', public_jwk, sealed_private_key, now() from signing_keys limit 1`,
  );
  const planted = await examine();
  t.equal(planted.code, 1);
  t.match(planted.found.keys, {
    status: 'fail',
    what: /^rows of signing_keys or access_token_keys were written or changed by .* \(kid of another key: "planted"\): .* delete /,
  });
  await query(databaseUrl, `delete from signing_keys where kid = 'planted'`);

  await query(databaseUrl, `alter table signing_keys add kept jsonb`);
  await query(databaseUrl, `update signing_keys set kept = public_jwk, public_jwk = 'null'`);
  t.match((await examine()).found.keys, { status: 'fail', what: /public key of another one/ });
  await query(databaseUrl, `update signing_keys set public_jwk = kept`);
  await query(databaseUrl, `alter table signing_keys drop kept`);
  t.equal((await examine()).code, 0);
});

void t.test(
  'another algorithm of access tokens that has no key yet is a warning, as RS256 signs meanwhile',
  async (t) => {
    const { code, found } = await examine({ ACCESS_TOKEN_ALGORITHM: 'ES256' });
    t.equal(code, 0);
    t.match(found.keys, { status: 'warn', what: /^no ES256 key signs yet: RS256 does until / });
  },
);

void t.test('an old master key that is still needed is a warning that says what to run first', async (t) => {
  const LATCHKEY_MASTER_KEY = `${makeMasterKey()},${env.LATCHKEY_MASTER_KEY}`;
  const { code, found } = await examine({ LATCHKEY_MASTER_KEY });
  t.equal(code, 0);
  t.match(found.keys, {
    status: 'warn',
    what: 'some are under an old master key: run latchkey rotate-master-key before you take that key away',
  });
});

void t.test('secrets that no key can check any more', async (t) => {
  const seeded = await makeDeployment(t);
  const { dir } = await makeServicePlace(t);
  const file = ['--secrets-file', `${dir}/secrets`];
  await runCommand(['seed', '--organizations', '2', ...file], { env: seeded });
  t.match((await examine(seeded)).found.secrets, { ...ok, what: '4 can be checked' });
  await query(
    seeded.DATABASE_URL,
    `update secrets set lookup_id = null, hash = '$2b$10$', pepper_version = null, imported_strength = 'random',
       imported_digest = 'digest' where id = (select min(id::text)::uuid from secrets)`,
  );
  t.match(
    (await examine(seeded)).found.secrets,
    { ...ok, what: '4 can be checked' },
    'an imported one needs no pepper',
  );
  await query(
    seeded.DATABASE_URL,
    `update secrets set pepper_version = 'lostlost' where id = (select max(id::text)::uuid from secrets)`,
  );
  const { code, found } = await examine(seeded);
  t.equal(code, 1);
  t.match(found.secrets, {
    status: 'fail',
    what: /^1 of 4 are refused, because .* \(lostlost\): list it in LATCHKEY_MASTER_KEY, behind the current one$/,
  });
});

void t.test('a database on which the service has not started yet', async (t) => {
  const fresh = await makeDeployment(t, { isEmpty: true });
  const before = await examine(fresh);
  t.match(before.found.migrations, { status: 'fail', what: /^(\d+) of \1 are not applied: / });
  t.same(
    await query(fresh.DATABASE_URL, `select count(*)::int from pg_class where relnamespace = 'public'::regnamespace`),
    [{ count: 0 }],
    'and the doctor leaves it empty',
  );
  await runCommand(['migrate'], { env: fresh });
  const { code, found } = await examine(fresh);
  t.equal(code, 0);
  t.match(found.keys, {
    status: 'warn',
    what: 'there is no signing key yet: the first start of the service makes it',
  });
});

void t.test('a mail server that is down, or turns the service away', async (t) => {
  const { host } = new URL(smtp.smtpUrl);
  smtp.behave('turn-away');
  const away = await examine();
  t.equal(away.code, 1);
  t.match(away.found.mail, { status: 'fail', what: /^\S+ cannot be used \(\w+ 554\): check SMTP_URL and the server$/ });
  smtp.behave('accept');
  await smtp.stop();
  const down = await examine({ SMTP_URL: `smtp://hunter2:hunter2@${host}` });
  await smtp.restart();
  t.equal(down.code, 1);
  t.match(down.found, {
    mail: { status: 'fail', what: /^\S+ cannot be used \(ESOCKET: ECONNREFUSED\): check SMTP_URL and the server$/ },
    keys: ok,
  });
  t.notMatch(JSON.stringify(down.found), 'hunter2');
});

void t.test('no mail server is a warning that says what follows from it', async (t) => {
  t.match((await examine({ SMTP_URL: '', LATCHKEY_DATA_DIR: '/srv/latchkey' })).found.mail, {
    status: 'warn',
    what: 'no mail server is set: mails go to the log and to /srv/latchkey/outbox',
  });
  const production = await examine({ SMTP_URL: '', NODE_ENV: 'production' });
  t.equal(production.code, 0);
  t.match(production.found, {
    mail: {
      status: 'warn',
      what: 'no mail server is set: every mail is dropped, so nobody can register or reset a password; set SMTP_URL',
    },
    settings: { status: 'warn', what: 'PUBLIC_URL is not set: tokens and mails name http://localhost:3000' },
  });
});

void t.test('a console that nobody can log in to is a warning', async (t) => {
  const at = async (publicUrl: string, more = {}) =>
    (await examine({ PUBLIC_URL: publicUrl, ...more })).found.settings as unknown;
  t.match(await at('http://accounts.acme.example'), {
    status: 'warn',
    what: /^nobody can log in to the console over http:\/\/accounts\.acme\.example: .* https:\/\/ PUBLIC_URL/,
  });
  t.match(await at('http://accounts.acme.example', { CONSOLE_ENABLED: 'false' }), { status: 'ok' });
  t.match(await at('https://accounts.acme.example'), { status: 'ok' });
});

void t.test('a trusted issuer without TLS is a warning', async (t) => {
  const trusting = (issuer: string) =>
    examine({ LATCHKEY_TRUSTED_ISSUER: issuer, LATCHKEY_TRUSTED_AUDIENCE: 'latchkey' });
  t.match((await trusting('http://id.acme.example')).found.settings, {
    status: 'warn',
    what: 'LATCHKEY_TRUSTED_ISSUER is an http:// address: whoever is on the way to it can log in as anybody',
  });
  t.match((await trusting('https://id.acme.example')).found.settings, { status: 'ok' });
});

void t.test('an embedded database that does not exist yet is not made', async (t) => {
  const { dir, dataDir } = await makeServicePlace(t);
  const { code, stdout } = await runCommand(['doctor'], { env: { LATCHKEY_DATA_DIR: dataDir } });
  t.equal(code, 0);
  t.match(stdout, /^warn {2}database +not made yet: the first start of the service makes it in \S+\/data$/m);
  t.match(stdout, /^skip {2}keys +skipped: it needs migrations$/m);
  t.same(await readdir(dir), []);
});

void t.test('the doctor changes nothing', async (t) => {
  const dump = () =>
    query(
      databaseUrl,
      `select (select jsonb_agg(k) from signing_keys k) as keys, (select jsonb_agg(p) from peppers p) as peppers,
         (select jsonb_agg(m) from ${migrationsTable} m) as migrations`,
    );
  const before = await dump();
  await examine();
  await examine({ LATCHKEY_MASTER_KEY: `${randomBytes(32).toString('base64')},${env.LATCHKEY_MASTER_KEY}` });
  t.same(await dump(), before);
});

void t.test('names that are searched without trigrams', async (t) => {
  const [index] = await query(
    databaseUrl,
    `select pg_get_indexdef('api_clients__name_trigrams_idx'::regclass) as made`,
  );
  t.match(index, { made: /gin_trgm_ops/ });
  await query(databaseUrl, 'drop index api_clients__name_trigrams_idx');
  const { code, found } = await examine();
  t.equal(code, 0, 'the service works without');
  t.match(found, {
    migrations: {
      status: 'warn',
      what: /^all \d+ are applied, but searches read every name: give the database trigrams, see docs\/operations\.md$/,
    },
    keys: ok,
  });
  await query(databaseUrl, String(index?.made));
});
