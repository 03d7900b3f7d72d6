import t from 'tap';
import { query, until } from '../support/embedded-service.ts';
import { requireStandby, startReplication, withoutReplication } from '../support/replication.ts';
import type { ReplicatedServer } from '../support/replication.ts';
import { call, makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import { createApiClient, signUp, verify } from '../support/service-user.ts';
import { startSmtpServer } from '../support/smtp-server.ts';
import { startLoad } from '../support/write-load.ts';

const urlOf = (...servers: ReplicatedServer[]) =>
  `postgres://latchkey@${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}/postgres`;

void t.test('two servers, and a service that knows both', { skip: withoutReplication }, async (t) => {
  const smtp = await startSmtpServer();
  t.teardown(() => smtp.stop());
  const [one, two] = (await startReplication(t, 1)) as [ReplicatedServer, ReplicatedServer];
  await requireStandby(one);
  const { launch } = await makeServicePlace(t);
  const env = { LATCHKEY_MASTER_KEY: makeMasterKey(), SMTP_URL: smtp.smtpUrl, DATABASE_POOL_MAX: '4' };
  const service = launch({ ...env, DATABASE_URL: urlOf(one, two) });
  const origin = await service.listening();
  // Knows one address only, as behind a name that goes on leading there.
  const lonely = launch({ ...env, DATABASE_URL: urlOf(one) });
  const lonelyOrigin = await lonely.listening();
  const user = await signUp(origin, smtp);
  const { body: made } = await createApiClient(origin, user, 'Soon gone');

  await t.test(
    'the primary is killed and the standby promoted: no answered write is lost, and all goes on',
    async (t) => {
      const load = startLoad(origin, user);
      await load.seen(201);
      await one.stop('immediate');
      load.forget();
      await load.seen(503);
      t.equal((await call(origin, '/readyz')).status, 503);
      await two.promote();
      await until(async () => (await call(origin, '/readyz')).status === 200);
      load.forget();
      await load.seen(201);
      const { created, strange } = await load.stop();

      t.same(strange, []);
      const rows = await query(urlOf(two), 'select client_id from api_clients');
      const kept = new Set(rows.map((row) => row.client_id));
      t.same(
        created.filter((clientId) => !kept.has(clientId)),
        [],
      );
      t.equal(await verify(origin, user.apiKey), 200);
      t.equal(service.stderr(), '');
    },
  );

  await t.test('a server that has come back as a standby answers nothing: its state is of another time', async (t) => {
    // What is done on the primary meanwhile, a standby that lags does not know.
    const path = `/auth/v2/organizations/${user.organizationId}/api-clients/${made.client_id}/`;
    t.equal((await call(origin, `DELETE ${path}`, { token: user.token })).status, 204);
    await one.follow(two);
    await one.start();
    await until(async () => (await query(urlOf(one), 'select pg_is_in_recovery() as it'))[0]?.it === true);

    t.equal((await call(lonelyOrigin, '/readyz')).status, 503);
    t.equal((await call(lonelyOrigin, '/auth/v2/verify/', { apiKey: made.client_secret })).status, 503);
    const write = await createApiClient(lonelyOrigin, user, 'Nowhere');
    t.match(write, { status: 503, body: { code: 'database_unavailable' } });
    t.ok(write.headers.get('retry-after'));
    t.equal((await call(lonelyOrigin, '/livez')).status, 200);
  });

  await t.test('a start on a standby is refused in words, and one that also knows the primary finds it', async (t) => {
    const refused = launch({ ...env, DATABASE_URL: urlOf(one) });
    t.equal(await refused.ended(), 1);
    t.equal(
      refused.stderr(),
      `The database cannot be used (the server 127.0.0.1:${one.port} is a standby, which takes no writes: ` +
        'let DATABASE_URL name the primary): check DATABASE_URL and the server\n',
    );
    const found = launch({ ...env, DATABASE_URL: `${urlOf(one, two)}?target_session_attrs=primary` });
    t.equal(await verify(await found.listening(), user.apiKey), 200);
  });

  await t.test('a primary that is made read-only is not ready, and is again when it is not', async (t) => {
    const setReadOnly = async (value: string) => {
      await query(urlOf(two), `alter system set default_transaction_read_only = ${value}`);
      await query(urlOf(two), 'select pg_reload_conf()');
    };
    await setReadOnly('on');
    await until(async () => (await call(origin, '/readyz')).status === 503);
    t.match(await createApiClient(origin, user, 'Frozen'), { status: 503, body: { code: 'database_unavailable' } });
    await setReadOnly('off');
    await until(async () => (await call(origin, '/readyz')).status === 200);
    t.equal((await createApiClient(origin, user, 'Thawed')).status, 201);
  });
});
