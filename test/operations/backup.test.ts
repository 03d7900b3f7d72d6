import t from 'tap';
import { makeEmail, PASSWORD } from '../support/factories.ts';
import { run } from '../support/embedded-service.ts';
import { runOperations, SERVER_PATH, withoutPostgresTools as skip } from '../support/operations-page.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { call, makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import {
  askForToken,
  createApiClient,
  expectStatus,
  logIn,
  PROGRAMMATIC,
  signUp,
  verify,
} from '../support/service-user.ts';
import { startSmtpServer } from '../support/smtp-server.ts';

void t.test('a backup of a running service', { skip }, async (t) => {
  const smtp = await startSmtpServer();
  t.teardown(() => smtp.stop());
  const [original, restored] = [await startPostgresServer(t), await startPostgresServer(t)];
  const place = await makeServicePlace(t);
  const settings = {
    LATCHKEY_MASTER_KEY: makeMasterKey(),
    PUBLIC_URL: 'https://accounts.acme.example',
    SMTP_URL: smtp.smtpUrl,
  };

  const page = {
    cwd: place.dir,
    env: { ...settings, DATABASE_URL: original.databaseUrl, RESTORED_DATABASE_URL: restored.databaseUrl },
  };

  const first = place.launch({ ...settings, DATABASE_URL: original.databaseUrl });
  const origin = await first.listening();
  const user = await signUp(origin, smtp);
  const client = (await expectStatus(201, createApiClient(origin, user, 'Backend'))).body;
  const accessToken = await askForToken(origin, client);

  // Somebody goes on working while the backup is made.
  const work = { isOver: false };
  const working = (async () => {
    for (let round = 0; !work.isOver; round++) {
      await expectStatus(201, createApiClient(origin, user, `During the backup ${round}`));
    }
  })();
  await runOperations('backup', page);
  work.isOver = true;
  await working;
  const late = (await expectStatus(201, createApiClient(origin, user, 'After the backup'))).body;
  first.kill('SIGTERM');
  await first.ended();
  await runOperations('restore', page);

  await t.test('is refused with another master key, and the restored database stays as it is', async (t) => {
    const before = await dump(restored.databaseUrl);
    const other = place.launch({
      ...settings,
      DATABASE_URL: restored.databaseUrl,
      LATCHKEY_MASTER_KEY: makeMasterKey(),
    });
    t.equal(await other.ended(), 1);
    t.match(other.stderr(), /^LATCHKEY_MASTER_KEY is not the key this database was set up with[^\n]*\n$/);
    t.equal(await dump(restored.databaseUrl), before);
  });

  await t.test('ends every session and token of before, and may be run again', async (t) => {
    t.match(
      await runOperations('after-restore', page),
      /^Ended \d+ sessions; new signing keys replaced all others, \S+ is the RS256 one; \d+ /,
    );
    t.match(await runOperations('after-restore', page), /^Ended 0 sessions; /);
    t.match(await dump(restored.databaseUrl), /COPY public\.signing_keys [^\n]*\n[^\n]+\n\\\.\n/, 'one key');
  });

  const second = place.launch({ ...settings, DATABASE_URL: restored.databaseUrl });
  const newOrigin = await second.listening();

  await t.test('keeps every password and secret that was good, and no session or token', async (t) => {
    t.equal((await logIn(newOrigin, user.email, PASSWORD)).status, 200);
    t.equal(await verify(newOrigin, user.apiKey), 200);
    t.equal(await verify(newOrigin, client.client_secret), 200);
    t.equal((await call(newOrigin, '/auth/v2/verify/', { token: accessToken })).status, 401);
    t.equal((await call(newOrigin, '/auth/v2/organizations/me/', { token: user.token })).status, 401);
    const body = { refresh_token: user.refreshToken };
    t.equal((await call(newOrigin, `${PROGRAMMATIC}/refresh/`, { body })).status, 401);
  });

  await t.test('goes on from there: people register, secrets are made and revoked', async (t) => {
    const newcomer = await signUp(newOrigin, smtp, makeEmail());
    const made = (await expectStatus(201, createApiClient(newOrigin, newcomer, 'New'))).body;
    t.equal(await verify(newOrigin, made.client_secret), 200);
    const path = `/auth/v2/organizations/${newcomer.organizationId}/api-clients/${made.client_id}/`;
    await expectStatus(204, call(newOrigin, `DELETE ${path}`, { token: newcomer.token }));
    t.equal(await verify(newOrigin, made.client_secret), 401);
    t.equal(await verify(newOrigin, late.client_secret), 401, 'what came after the backup is not there');
  });
});

/** All of a database as text, but for the key that `psql` is to know it by, which is another one each time. */
async function dump(databaseUrl: string): Promise<string> {
  const { stdout } = await run('pg_dump', [databaseUrl], { env: { PATH: SERVER_PATH }, maxBuffer: 64 * 1024 * 1024 });
  return stdout.replaceAll(/^\\(?:un)?restrict .*$/gm, '');
}
