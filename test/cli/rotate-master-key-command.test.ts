import { randomBytes } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import { sealMessage, unsealMessage } from '../../src/mail/sealed-message.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { makeDeployment, runCommand, runForJson, startCommand } from '../support/command-line.ts';
import { query, until } from '../support/embedded-service.ts';
import { makeEmail, PASSWORD } from '../support/factories.ts';
import { call, makeServicePlace } from '../support/service-process.ts';
import { createApiClient, expectStatus, PROGRAMMATIC, readCode, signUp, verify } from '../support/service-user.ts';
import { plantKeys } from '../support/signing-keys.ts';
import { startSmtpServer } from '../support/smtp-server.ts';

interface Rotation {
  current_key: string;
  old_keys: string[];
  resealed: { signing_keys: number; peppers: number; audit_cuts: number; mails: number };
  unreadable_mails: number;
}

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

const nothing = { signing_keys: 0, peppers: 0, audit_cuts: 0, mails: 0 };

/** A deployment with its master key, the one that is to come, and the settings with a list of them. */
async function makeRotation(t: Teardown) {
  const env = await makeDeployment(t);
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const withKeys = (...keys: Buffer[]) => ({
    ...env,
    LATCHKEY_MASTER_KEY: keys.map((key) => key.toString('base64')).join(),
  });
  await plantKeys(withKeys(oldKey));
  return { databaseUrl: env.DATABASE_URL, oldKey, newKey, with: withKeys };
}

void t.test('every secret verifies before, during and after, and then without the old key', async (t) => {
  const smtp = await startSmtpServer();
  t.teardown(() => smtp.stop());
  const { launch } = await makeServicePlace(t);
  const rotation = await makeRotation(t);
  const { oldKey, newKey } = rotation;
  const start = (...keys: Buffer[]) =>
    launch({ ...rotation.with(...keys), SMTP_URL: smtp.smtpUrl, LOG_LEVEL: 'info', DATABASE_POOL_MAX: '4' });

  const first = start(oldKey);
  const user = await signUp(await first.listening(), smtp);
  const make = async (origin: string) =>
    (await expectStatus(201, createApiClient(origin, user, 'Backend'))).body.client_secret;
  // The first is used on every process, the second only at the end.
  const [used, unused] = [await make(await first.listening()), await make(await first.listening())];
  first.kill('SIGTERM');
  t.equal(await first.ended(), 0);

  const services = [start(oldKey, newKey), start(newKey, oldKey)];
  const [oldFirst = '', newFirst = ''] = await Promise.all(services.map((service) => service.listening()));
  const secrets = [used, user.apiKey, await make(oldFirst), await make(newFirst)];
  const verifyAll = (...origins: string[]) =>
    Promise.all(origins.flatMap((origin) => secrets.map((secret) => verify(origin, secret))));
  const accepted = (count: number) => Array.from({ length: count }, () => 200);
  t.same(await verifyAll(oldFirst, newFirst), accepted(8));
  smtp.behave('refuse-temporarily');
  const email = makeEmail();
  await expectStatus(201, call(oldFirst, `${PROGRAMMATIC}/register/`, { body: { email, password: PASSWORD } }));

  const command = await startCommand(['rotate-master-key', '--json'], { env: rotation.with(newKey, oldKey) });
  do t.same(await verifyAll(oldFirst, newFirst), accepted(8), 'during the rotation');
  while (command.isRunning());
  const { code, stdout, stderr } = await command.ended();
  t.same({ code, stderr }, { code: 0, stderr: '' });
  const { current_key: current, old_keys: old, ...counts } = JSON.parse(stdout) as Rotation;
  t.same([current, old], [versionOf(newKey), [versionOf(oldKey)]]);
  // Both peppers: that of the new key was first stored by the process whose first key is the old one.
  t.match(counts, { resealed: { signing_keys: 1, mails: 1 }, unreadable_mails: 0 });
  t.same(await verifyAll(oldFirst, newFirst), accepted(8), 'after it');

  await t.test('mail that was owed before arrives, and its code is good while the old key is listed', async (t) => {
    smtp.behave('accept');
    await query(rotation.databaseUrl, 'update mails set next_attempt_at = now()');
    const mailed = await readCode(smtp, email);
    const verified = await call(newFirst, `${PROGRAMMATIC}/verify-email/`, { body: { email, code: mailed } });
    t.equal(verified.status, 200);
  });

  for (const service of services) service.kill('SIGTERM');
  t.same(await Promise.all(services.map((service) => service.ended())), [0, 0]);

  await t.test('the new key alone is enough', async (t) => {
    const origin = await start(newKey).listening();
    t.same(await verifyAll(origin), accepted(4));
    t.equal(await verify(origin, unused), 200, 'one that nobody has used since');
    t.equal((await call(origin, '/auth/v2/organizations/me/', { token: user.token })).status, 200);
  });

  await t.test('the old key alone is refused, by the service and by the commands', async (t) => {
    const service = start(oldKey);
    t.equal(await service.ended(), 1);
    t.match(service.stderr(), /^LATCHKEY_MASTER_KEY is not the key this database was set up with/);
    const before = await query(rotation.databaseUrl, 'select * from peppers order by version');
    for (const keys of [[oldKey], [randomBytes(32), oldKey]]) {
      const refused = await runCommand(['rotate-master-key'], { env: rotation.with(...keys) });
      t.same({ code: refused.code, stdout: refused.stdout }, { code: 1, stdout: '' });
      t.match(refused.stderr, /^LATCHKEY_MASTER_KEY is not the key this database was set up with/);
    }
    t.same(await query(rotation.databaseUrl, 'select * from peppers order by version'), before);
  });

  await t.test('there is nothing left to do', async (t) => {
    for (const keys of [[newKey, oldKey], [newKey]]) {
      const again = await runForJson<Rotation>(['rotate-master-key'], { env: rotation.with(...keys) });
      t.match(again, { code: 0, document: { resealed: nothing, unreadable_mails: 0 } });
    }
  });
});

void t.test('killed in the middle it leaves all readable, and the next ones, two at once, do the rest', async (t) => {
  const rotation = await makeRotation(t);
  const { oldKey, newKey, databaseUrl } = rotation;
  const ids = await insertMails(databaseUrl, oldKey, 450);
  const held = ids.slice(200, 350);
  const release = await holdRows(t, databaseUrl, held);

  const killed = await startCommand(['rotate-master-key'], { env: rotation.with(newKey, oldKey) });
  await until(async () => (await countMails(databaseUrl, newKey)) === 300);
  killed.kill('SIGKILL');
  t.equal((await killed.ended()).code, 'SIGKILL');
  t.equal(await countMails(databaseUrl, oldKey), 150);
  t.same(await readMails(databaseUrl, [newKey, oldKey]), ids.map(recipientOf));
  await release();

  const runs = await Promise.all(
    [1, 2].map(() => runForJson<Rotation>(['rotate-master-key'], { env: rotation.with(newKey, oldKey) })),
  );
  t.same(
    runs.map(({ code, stderr }) => ({ code, stderr })),
    [1, 2].map(() => ({ code: 0, stderr: '' })),
  );
  t.equal(
    runs.reduce((sum, { document }) => sum + document.resealed.mails, 0),
    150,
    'each mail was sealed by one of them',
  );
  t.same(await readMails(databaseUrl, [newKey]), ids.map(recipientOf));
});

void t.test('a signal ends it between two steps, and what it had done stays done', async (t) => {
  const rotation = await makeRotation(t);
  const { oldKey, newKey, databaseUrl } = rotation;
  const ids = await insertMails(databaseUrl, oldKey, 20);
  const release = await holdRows(t, databaseUrl, ids.slice(0, 5));
  const command = await startCommand(['rotate-master-key'], { env: rotation.with(newKey, oldKey) });
  await until(async () => (await countMails(databaseUrl, newKey)) === 15);
  command.kill('SIGTERM');
  t.same(await command.ended(), { code: 1, stdout: '', stderr: 'latchkey rotate-master-key was interrupted\n' });
  await release();
  const rest = await runForJson<Rotation>(['rotate-master-key'], { env: rotation.with(newKey, oldKey) });
  t.match(rest.document.resealed, { mails: 5 });
});

void t.test('it says what comes next, and what cannot be opened', async (t) => {
  const rotation = await makeRotation(t);
  const { oldKey, newKey, databaseUrl } = rotation;
  const alone = await runCommand(['rotate-master-key'], { env: rotation.with(oldKey) });
  t.same({ code: alone.code, stderr: alone.stderr }, { code: 0, stderr: '' });
  t.match(alone.stdout, /LATCHKEY_MASTER_KEY lists one key\. To replace it, put a new one in front \(new,old\)/);

  await insertMails(databaseUrl, randomBytes(32), 2);
  const { code, stdout } = await runCommand(['rotate-master-key'], { env: rotation.with(newKey, oldKey) });
  t.equal(code, 0);
  t.match(stdout, /^Left alone: 2 mails of a key that is not listed\.$/m);
  t.ok(stdout.includes(`Secrets made under ${versionOf(oldKey)} go on working without that key`));
  t.match(stdout, /^With the old key end the codes that were mailed and the list cursors /m);
});

function versionOf(key: Buffer): string {
  return new MasterKey([key]).currentPepper.version;
}

function recipientOf(id: string): string {
  return `${id}@example.com`;
}

/** Mails that are not due before the test is over. @returns their ids in order */
async function insertMails(databaseUrl: string, key: Buffer, count: number): Promise<string[]> {
  const masterKey = new MasterKey([key]);
  const rows = Array.from({ length: count }, () => {
    const id = uuidv7();
    const message = { to: recipientOf(id), subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' };
    return `('${id}', '${sealMessage(masterKey, message)}', now() + interval '1 hour', now() + interval '1 day')`;
  });
  await query(databaseUrl, `insert into mails (id, sealed_message, next_attempt_at, expires_at) values ${rows.join()}`);
  return (await query(databaseUrl, 'select id from mails order by id')).map(({ id }) => id as string);
}

async function countMails(databaseUrl: string, key: Buffer): Promise<number> {
  const seal = new MasterKey([key]).currentSeal;
  const [row] = await query(
    databaseUrl,
    `select count(*)::int as count from mails where starts_with(sealed_message, '${seal}')`,
  );
  return row?.count as number;
}

/** Whom every mail is for, in the order of their ids, as whoever has these keys can read it. */
async function readMails(databaseUrl: string, keys: [Buffer, ...Buffer[]]): Promise<(string | undefined)[]> {
  const masterKey = new MasterKey(keys);
  const rows = await query(databaseUrl, 'select sealed_message as sealed from mails order by id');
  return rows.map(({ sealed }) => unsealMessage(masterKey, sealed as string)?.to);
}

/** Holds mails as somebody would who is changing them. */
async function holdRows(t: Teardown, databaseUrl: string, ids: string[]): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  t.teardown(() => client.end());
  await client.query('begin');
  await client.query('select from mails where id = any($1) for update', [ids]);
  return async () => {
    await client.query('rollback');
  };
}
