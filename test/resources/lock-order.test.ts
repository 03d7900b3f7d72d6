import t from 'tap';
import { build, waitFor } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { createApplication, makeCompany } from '../support/company.ts';
import { countLockWaiters, holdLock, waitForLockWaiters } from '../support/database-session.ts';
import { API } from '../support/factories.ts';

const ROUNDS = 25;

const test = await build(t);
const company = await makeCompany(test);
const { token } = company.owner;

/** Changes that Postgres had to undo because they waited for each other. */
const countRerunChanges = ({ logs }: TestApp) => logs.filter((line) => line.includes('is run again')).length;

async function makeOrganization(): Promise<string> {
  const response = await test.request('POST', `${API}/organizations/`, { token, body: { name: 'Going' } });
  return `${API}/organizations/${response.json<{ uuid: string }>().uuid}`;
}

const makeApplication = (organization: string) => createApplication(test, { ...company, path: organization });
const deleteOrganization = (organization: string) =>
  test.request('DELETE', `${organization}/`, { token, body: { confirm: 'Going' } });

void t.test('an application deleted beside its primary client: 204 and 409, in whatever order they meet', async (t) => {
  const { uuid, client_id } = await createApplication(test, company);
  const held = await holdLock(test, 'select from api_clients where client_id = $1 for update', [client_id]);
  const client = test.request('DELETE', `${company.path}/api-clients/${client_id}/`, { token });
  await waitForLockWaiters(test, 1);
  const application = test.request('DELETE', `${company.path}/applications/${uuid}/`, { token });
  await waitForLockWaiters(test, 2);
  await held.commit();
  t.equal((await client).statusCode, 409);
  t.equal((await application).statusCode, 204);
  t.equal(countRerunChanges(test), 0);
});

void t.test('an organization deleted beside one of its applications: nobody waits in a circle', async (t) => {
  const organization = await makeOrganization();
  const first = await makeApplication(organization);
  const second = await makeApplication(organization);
  const held = await holdLock(test, 'select from api_clients where client_id = $1 for update', [second.client_id]);
  const whole = deleteOrganization(organization);
  await waitForLockWaiters(test, 1);
  const part = test.request('DELETE', `${organization}/applications/${first.uuid}/`, { token });
  await waitForLockWaiters(test, 2);
  await held.commit();
  t.equal((await whole).statusCode, 204);
  t.equal((await part).statusCode, 404);
  t.equal(countRerunChanges(test), 0);
});

void t.test('a client waits for its application before it holds the chain of events', async (t) => {
  const { uuid: applicationId } = await createApplication(test, company);
  const held = await holdLock(test, 'select from applications where id = $1 for update', [applicationId]);
  const body = { name: 'Waiting', environment: 'live', permissions: ['api.read'], application_id: applicationId };
  const client = test.request('POST', `${company.path}/api-clients/`, { token, body });
  await waitForLockWaiters(test, 1);
  // As the change of the application does at its end.
  await held.query('select from audit_chains where id = $1 for no key update nowait', [company.owner.organizationId]);
  await held.commit();
  t.equal((await client).statusCode, 201);
  t.equal(countRerunChanges(test), 0);
});

void t.test(
  'a key regenerated beside the deletion of its application, and beside that of its organization',
  async (t) => {
    const organization = await makeOrganization();
    const { uuid, client_id } = await makeApplication(organization);
    const held = await holdLock(test, 'select from api_clients where client_id = $1 for update', [client_id]);
    const rotation = test.request('POST', `${organization}/api-clients/${client_id}/regenerate-secret/`, { token });
    await waitForLockWaiters(test, 1);
    const part = test.request('DELETE', `${organization}/applications/${uuid}/`, { token });
    const whole = deleteOrganization(organization);
    await waitForLockWaiters(test, 3);
    await held.commit();
    t.equal((await rotation).statusCode, 200);
    t.equal((await whole).statusCode, 204);
    t.match((await part).statusCode, /204|404/);
    t.equal(countRerunChanges(test), 0);
  },
);

void t.test('all of them at once, round after round: nobody is told to come again, and nothing is left', async (t) => {
  const statuses = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const organization = await makeOrganization();
    const made = [await makeApplication(organization), await makeApplication(organization)];
    const answers = await Promise.all(
      [
        ...made.flatMap(({ uuid, client_id }) => [
          () => test.request('DELETE', `${organization}/applications/${uuid}/`, { token }),
          () => test.request('DELETE', `${organization}/api-clients/${client_id}/`, { token }),
          () => test.request('POST', `${organization}/applications/${uuid}/regenerate-api-key/`, { token }),
          () => test.request('PATCH', `${organization}/api-clients/${client_id}/`, { token, body: { name: 'New' } }),
        ]),
        () => deleteOrganization(organization),
      ].map((send) => send()),
    );
    for (const { statusCode } of answers) statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
  }
  t.same(
    [...statuses.keys()].filter((status) => ![200, 204, 404, 409].includes(status)),
    [],
  );
  t.equal(statuses.get(204)! >= ROUNDS, true);
  t.equal(countRerunChanges(test), 0);
  await waitFor(async () => ((await countLockWaiters(test)) === 0 ? true : undefined));
});
