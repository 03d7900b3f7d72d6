import t from 'tap';
import type { RouteEntry } from '../../src/identity/admin-auth.ts';
import type { Role } from '../../src/db/tables/organizations.ts';
import { build, waitFor } from '../support/build-app.ts';
import { makeCompany } from '../support/company.ts';
import { beginTransaction, countLockWaiters } from '../support/database-session.ts';
import { API } from '../support/factories.ts';
import { fillPath, isManagement, makeTarget } from '../support/every-route.ts';
import { operationOf } from '../support/operations.ts';
import type { Target } from '../support/operations.ts';

const reads = new Set(['GET', 'HEAD']);
const test = await build(t);
const company = await makeCompany(test);
const { owner, organizationId } = company;
const orgName = owner.organizationName;
const ofRole = (role: Role) => [organizationId, company[role].userId];
const target = await makeTarget(test, { token: owner.token, org: organizationId, orgName });

/** Every change that some members of an organization may make, and some not. */
const changes = test.app.routeTable.filter(
  (route) => isManagement(route) && !reads.has(route.method) && !['user', 'member'].includes(operationOf(route).who),
);

/** What it is about is only read where the caller may make it: one is enough for all. */
function send(route: RouteEntry, about: Target, { token }: { token: string }) {
  const body = operationOf(route).body?.(about);
  return test.request(route.method, fillPath(route.url, about), { token, ...(body === undefined ? {} : { body }) });
}

/** Waits until the request is answered, or waits for a lock. */
async function reachesLock(answer: Promise<unknown>): Promise<void> {
  let isAnswered = false;
  void answer.then(() => (isAnswered = true));
  await waitFor(async () => (isAnswered || (await countLockWaiters(test)) > 0 ? true : undefined));
}

const losses = [
  { loss: 'is demoted', status: 403, statement: `update memberships set role = 'reader'` },
  { loss: 'is removed', status: 404, statement: 'delete from memberships' },
];

for (const route of changes) {
  const { operationId = '' } = route;
  const role = operationOf(route).who as Role;
  for (const { loss, status, statement } of losses) {
    void t.test(`${operationId}: ${status} for a member who ${loss} after the request has come in`, async (t) => {
      const change = await beginTransaction(test);
      // As the service changes members.
      await change.query('select from organizations where id = $1 for no key update', [organizationId]);
      await change.query(`${statement} where organization_id = $1 and user_id = $2`, ofRole(role));
      const answer = send(route, target, company[role]);
      await reachesLock(answer);
      await change.commit();
      t.equal((await answer).statusCode, status);
      await restore(role);
    });
  }
}

void t.test('a change that waits for its organization holds no membership yet: nobody waits in a circle', async (t) => {
  for (const route of changes) {
    const own = await makeTargetFor(route);
    const role = operationOf(route).who as Role;
    const change = await beginTransaction(test);
    await change.query('select from organizations where id = $1 for no key update', [own.org]);
    const answer = send(route, own, company[role]);
    await reachesLock(answer);
    const values = [own.org, company[role].userId];
    const taken = change.query(
      'select from memberships where organization_id = $1 and user_id = $2 for update nowait',
      values,
    );
    await t.resolves(taken, `${route.operationId ?? ''} holds none`);
    await change.commit();
    t.match((await answer).statusCode, /^20/, `${route.operationId ?? ''} is made then`);
  }
});

async function restore(role: Role): Promise<void> {
  await test.query(
    `insert into memberships (id, organization_id, user_id, role) values (gen_random_uuid(), $1, $2, $3)
     on conflict (organization_id, user_id) do update set role = $3`,
    [...ofRole(role), role],
  );
}

/** An organization of its own, with everybody in it. */
async function makeTargetFor(route: RouteEntry): Promise<Target> {
  const body = { name: 'Own' };
  const made = await test.request('POST', `${API}/organizations/`, { token: owner.token, body });
  const { uuid: org } = made.json<{ uuid: string }>();
  for (const role of ['admin', 'developer'] as const) {
    await test.query(
      'insert into memberships (id, organization_id, user_id, role) values (gen_random_uuid(), $1, $2, $3)',
      [org, company[role].userId, role],
    );
  }
  return route.operationId === 'deleteOrganization'
    ? { ...target, org, orgName: 'Own' }
    : makeTarget(test, { token: owner.token, org, orgName: 'Own' });
}
