import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { query, until } from '../support/embedded-service.ts';
import { runOperations, withoutPostgresTools as skip } from '../support/operations-page.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import type { Service } from '../support/service-process.ts';
import { createApiClient, expectStatus, logIn, signUp, verify } from '../support/service-user.ts';
import { startSmtpServer } from '../support/smtp-server.ts';

/** What goes wrong with a password does so until it is the right one. */
const PAUSE_MS = 50;

void t.test('the password of the database changes while people and machines go on', { skip }, async (t) => {
  const smtp = await startSmtpServer();
  t.teardown(() => smtp.stop());
  const { databaseUrl } = await startPostgresServer(t);
  const adminUrl = await demandPasswords(databaseUrl, 'old-password');
  const { dir, launch } = await makeServicePlace(t);
  const settings = {
    LATCHKEY_MASTER_KEY: makeMasterKey(),
    PUBLIC_URL: 'https://accounts.acme.example',
    SMTP_URL: smtp.smtpUrl,
  };
  const start = async (role: string, password: string) => {
    const service = launch({ ...settings, DATABASE_URL: urlOf(databaseUrl, role, password) });
    return { service, origin: await service.listening() };
  };

  // What the balancer sends requests to.
  const first = await start('latchkey', 'old-password');
  const instances = [first, await start('latchkey', 'old-password')];
  const user = await signUp(first.origin, smtp);
  const failures: unknown[] = [];
  const asked = new Map<number, string>();
  let isOver = false;
  const load = async (worker: number) => {
    for (let round = 0; !isOver; round++) {
      const { origin } = instances[round % instances.length]!;
      asked.set(worker, origin);
      const statuses = [await verify(origin, user.apiKey), (await logIn(origin, user.email)).status];
      if (statuses.some((status) => status !== 200)) failures.push(statuses);
      await delay(PAUSE_MS);
    }
  };
  const working = [load(1), load(2)];

  const page = { cwd: dir, env: { ADMIN_DATABASE_URL: adminUrl, NEW_PASSWORD: 'new-password' } };
  await runOperations('database-password', page);
  for (const old of [...instances]) {
    instances.push(await start('latchkey_2', 'new-password'));
    instances.shift();
    await until(async () => ![...asked.values()].includes(old.origin));
    t.equal(await stop(old.service), 0);
  }
  await runOperations('old-password', page);
  isOver = true;
  await Promise.all(working);
  t.same(failures, []);

  for (const { origin } of instances) {
    await expectStatus(201, createApiClient(origin, user, 'Made with the new password'));
  }
  await t.rejects(query(urlOf(databaseUrl, 'latchkey', 'old-password'), 'select 1'), /not permitted to log in/);
  t.same(await query(adminUrl, "select distinct tableowner from pg_tables where schemaname = 'public'"), [
    { tableowner: 'latchkey' },
  ]);
});

/** Makes a server like one of production: an administrator, and a role of the service's that needs its password. */
async function demandPasswords(databaseUrl: string, password: string): Promise<string> {
  const adminUrl = urlOf(databaseUrl, 'postgres');
  await query(databaseUrl, 'create role postgres superuser login');
  await query(adminUrl, `alter role latchkey nosuperuser password '${password}'`);
  await query(adminUrl, 'alter database postgres owner to latchkey');
  await query(adminUrl, 'alter schema public owner to latchkey');
  const [file] = await query(adminUrl, 'show hba_file');
  const rules = ['host all postgres 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 scram-sha-256', ''];
  await writeFile(String(file?.hba_file), rules.join('\n'));
  await query(adminUrl, 'select pg_reload_conf()');
  return adminUrl;
}

function urlOf(databaseUrl: string, role: string, password = ''): string {
  return Object.assign(new URL(databaseUrl), { username: role, password }).href;
}

async function stop(service: Service): Promise<unknown> {
  service.kill('SIGTERM');
  return service.ended();
}
