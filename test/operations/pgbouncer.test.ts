import t from 'tap';
import { query, until } from '../support/embedded-service.ts';
import { runOperations, withoutPostgresTools } from '../support/operations-page.ts';
import { startPgbouncer, withoutPgbouncer } from '../support/pgbouncer.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { call, makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import { createApiClient, expectStatus, logIn, signUp, verify } from '../support/service-user.ts';
import { startSmtpServer } from '../support/smtp-server.ts';

const skip = withoutPostgresTools || withoutPgbouncer;
const AT_ONCE = 20;

void t.test('behind PgBouncer in transaction mode', { skip }, async (t) => {
  const smtp = await startSmtpServer();
  t.teardown(() => smtp.stop());
  const server = await startPostgresServer(t);
  const { dir, launch } = await makeServicePlace(t);
  // Nothing that a role has been given may reach the service, here as little as without PgBouncer.
  for (const setting of [`search_path = 'elsewhere'`, `datestyle = 'German'`, `statement_timeout = '1h'`]) {
    await query(server.databaseUrl, `alter role latchkey set ${setting}`);
  }
  await query(server.databaseUrl, 'create schema elsewhere');
  const pooledUrl = await startPgbouncer(t, server);
  const settings = {
    DATABASE_URL: pooledUrl,
    DATABASE_PREPARED_STATEMENTS: 'false',
    LATCHKEY_MASTER_KEY: makeMasterKey(),
    PUBLIC_URL: 'https://accounts.acme.example',
    SMTP_URL: smtp.smtpUrl,
  };

  const [one, two] = await Promise.all([launch(settings).listening(), launch(settings).listening()]);

  await t.test('processes that start at once migrate the database, and leave no lock behind', async (t) => {
    const locks = "select count(*)::int from pg_locks where locktype = 'advisory'";
    t.same(await query(server.databaseUrl, locks), [{ count: 0 }]);
    t.same(await query(server.databaseUrl, 'select count(*)::int from public.signing_keys'), [{ count: 1 }]);
  });

  await t.test('time limits hold', async (t) => {
    const limits = `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
      current_setting('idle_in_transaction_session_timeout') as idle`;
    t.same(await query(pooledUrl, limits), [{ statement: '10s', lock: '5s', idle: '15s' }]);
  });

  await t.test('the tables are where they belong, whatever search path the role has', async (t) => {
    const tables = `select table_schema as schema, count(*) > 5 as has_many from information_schema.tables
      where table_schema in ('public', 'elsewhere') group by 1`;
    t.same(await query(server.databaseUrl, tables), [{ schema: 'public', has_many: true }]);
  });

  await t.test('a PgBouncer that drops a setting is told of at the start, in words', async (t) => {
    const bareUrl = await startPgbouncer(t, server, { hasConnectQuery: false });
    const refused = launch({ ...settings, DATABASE_URL: bareUrl });
    t.equal(await refused.ended(), 1);
    t.match(refused.stderr(), /has another search_path than public, .* set it there, as docs\/operations\.md says/);
  });

  const user = await signUp(one, smtp);

  await t.test('people log in, secrets are made, checked and revoked, many at once on two processes', async (t) => {
    t.equal((await logIn(two, user.email)).status, 200);
    const walks = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, index) => {
        const [here, there] = index % 2 === 0 ? [one, two] : [two, one];
        const { body } = await expectStatus(201, createApiClient(here, user, `Client ${index}`));
        const before = [await verify(there, body.client_secret), await verify(here, body.client_secret)];
        const path = `/auth/v2/organizations/${user.organizationId}/api-clients/${body.client_id}/`;
        const deleted = await call(there, `DELETE ${path}`, { token: user.token });
        return [...before, deleted.status, await verify(here, body.client_secret)];
      }),
    );
    t.same(
      walks,
      walks.map(() => [200, 200, 204, 401]),
    );
  });

  await t.test('a change hears that there are instances which read from a replica, and waits for them', async () => {
    const { body } = await expectStatus(201, createApiClient(one, user, 'Regenerated'));
    const isGone = 'insert into public.state_promises (reader, number, lease_ms) values (gen_random_uuid(), 0, 1)';
    await query(server.databaseUrl, isGone);
    const path = `/auth/v2/organizations/${user.organizationId}/api-clients/${body.client_id}/regenerate-secret/`;
    await expectStatus(200, call(one, path, { token: user.token, body: {} }));
    await until(async () => (await query(server.databaseUrl, 'select from public.state_promises')).length === 0);
  });

  await t.test('the commands work as well', async (t) => {
    await runOperations('signing-key', { cwd: dir, env: settings });
    t.same(await query(server.databaseUrl, 'select count(*)::int from public.signing_keys'), [{ count: 2 }]);
  });
});
