import t from 'tap';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { makeDeployment } from '../support/deployment.ts';
import { until } from '../support/embedded-service.ts';
import { addMigration, copyMigrations, readJournal } from '../support/migrations.ts';
import { call } from '../support/service-process.ts';
import { createApiClient, expectStatus, logIn, signUp, verify } from '../support/service-user.ts';

/** What a release may do to the tables under the feet of the one before. */
const expansion = `
  alter table api_clients add column owner_note text;
  alter table secrets add column strength integer not null default 1;
  alter table sessions add column device text;
  create table later (id uuid primary key);`;

void t.test('while a newer release migrates the database, instances of this one go on', async (t) => {
  const { launch, databaseUrl, smtp, env: settings } = await makeDeployment(t);
  const service = launch(settings);
  const origin = await service.listening();
  const user = await signUp(origin, smtp);

  const failures: unknown[] = [];
  let rounds = 0;
  let isOver = false;
  const load = async () => {
    while (!isOver) {
      const created = await createApiClient(origin, user, 'Backend');
      const path = `/auth/v2/organizations/${user.organizationId}/api-clients/${created.body.client_id}/`;
      const statuses = [
        created.status,
        await verify(origin, created.body.client_secret),
        (await logIn(origin, user.email)).status,
        (await call(origin, `DELETE ${path}`, { token: user.token })).status,
        await verify(origin, created.body.client_secret),
      ];
      if (statuses.join() !== '201,200,200,204,401') failures.push(statuses);
      rounds += 1;
    }
  };
  const working = [load(), load()];
  await until(async () => rounds >= 4);

  const newer = await copyMigrations(t);
  const { entries } = await readJournal(newer);
  await addMigration(newer, { when: (entries.at(-1)?.when ?? 0) + 1, sql: expansion });
  t.same(await migrateDatabase(databaseUrl, { migrationsFolder: newer }), { applied: 1 });
  const before = rounds;
  await until(async () => rounds >= before + 6);
  isOver = true;
  await Promise.all(working);
  t.same(failures, []);

  await t.test('one of them that is restarted is refused, and the others are not disturbed', async (t) => {
    const restarted = launch(settings);
    t.equal(await restarted.ended(), 1);
    t.match(restarted.stderr(), /^The database was migrated by another release: [^\n]*; run the newer release\n$/);
    await expectStatus(201, createApiClient(origin, user, 'Still there'));
  });
});
