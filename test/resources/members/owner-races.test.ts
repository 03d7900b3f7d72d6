import t from 'tap';
import { atOnce, tally } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { holdLock, waitForLockWaiters } from '../../support/database-session.ts';
import { addMember, insertMember, registerUser } from '../../support/factories.ts';
import { addressOf, countOwners, readMembers } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';

const ROUNDS = 10;

const test = await build(t);
const other = await build(t, { beside: test });

const holdOrganization = (id: string) => holdLock(test, 'select from organizations where id = $1 for update', [id]);

interface Owner {
  url: string;
  token: string;
}

async function makeTwoOwners(): Promise<{ organizationId: string; first: Owner; second: Owner }> {
  const company = await makeCompany(test);
  const { owner, stranger, organizationId } = company;
  await addMember(test, organizationId, { userId: stranger.userId, role: 'owner' });
  const toOwner = async (user: typeof owner) => ({ url: await addressOf(test, company, user), token: user.token });
  return { organizationId, first: await toOwner(owner), second: await toOwner(stranger) };
}

/** Two removals that wait for the same organization, each in a process of its own. */
async function deleteAtOnce(organizationId: string, [one, two]: [Removal, Removal]) {
  const held = await holdOrganization(organizationId);
  const answers = [
    test.request('DELETE', one.member.url, { token: one.by.token }),
    other.request('DELETE', two.member.url, { token: two.by.token }),
  ];
  await waitForLockWaiters(test, 2);
  await held.commit();
  return Promise.all(answers);
}

interface Removal {
  member: Owner;
  by: Owner;
}

void t.test('two owners leave at once, in two processes: one goes, one stays', async (t) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { first, second, organizationId } = await makeTwoOwners();
    const answers = await deleteAtOnce(organizationId, [
      { member: first, by: first },
      { member: second, by: second },
    ]);
    t.same(tally(answers), { 204: 1, 409: 1 });
    t.equal(await countOwners(test, organizationId), 1);
  }
});

void t.test('of many owners who leave, step down and remove each other at once, one is left', async (t) => {
  const company = await makeCompany(test);
  const { organizationId, path } = company;
  const owners = await atOnce(6, async () => {
    const user = await registerUser(test);
    return { ...user, id: await addMember(test, organizationId, { userId: user.userId, role: 'owner' }) };
  });
  const [ofOwner] = await Promise.all([addressOf(test, company, company.owner)]);
  const answers = await Promise.all([
    test.request('DELETE', ofOwner, { token: company.owner.token }),
    ...owners.flatMap(({ id, token }, index) => {
      const app = index % 2 === 0 ? test : other;
      const next = owners[(index + 1) % owners.length]!;
      return [
        app.request('PATCH', `${path}/members/${id}/`, { token, body: { role: 'admin' } }),
        app.request('DELETE', `${path}/members/${next.id}/`, { token }),
        app.request('DELETE', `${path}/members/${id}/`, { token }),
      ];
    }),
  ]);
  const statuses = Object.keys(tally(answers)).map(Number);
  t.same(
    statuses.filter((status) => ![200, 204, 403, 404, 409].includes(status)),
    [],
  );
  t.equal((await countOwners(test, organizationId)) >= 1, true);
});

void t.test('two owners remove each other at once: one of them is gone before being heard', async (t) => {
  const { first, second, organizationId } = await makeTwoOwners();
  const answers = await deleteAtOnce(organizationId, [
    { member: second, by: first },
    { member: first, by: second },
  ]);
  t.same(tally(answers), { 204: 1, 404: 1 });
  t.equal(await countOwners(test, organizationId), 1);
});

void t.test('a role that is lowered while a request waits counts for that request', async (t) => {
  const company = await makeCompany(test);
  const { owner, admin, organizationId, path } = company;
  const url = `${path}/members/${await insertMember(test, organizationId)}/`;
  const ofAdmin = await addressOf(test, company, admin);

  const held = await holdOrganization(organizationId);
  const lowering = test.request('PATCH', ofAdmin, { token: owner.token, body: { role: 'reader' } });
  await waitForLockWaiters(test, 1);
  const late = [
    other.request('PATCH', url, { token: admin.token, body: { role: 'developer' } }),
    other.request('DELETE', url, { token: admin.token }),
  ];
  await waitForLockWaiters(test, 3);
  await held.commit();
  t.equal((await lowering).statusCode, 200);
  for (const answer of await Promise.all(late)) isProblem(t, answer, { code: 'insufficient_role' });
  t.equal((await readMembers(test, company)).size, 5);
});

void t.test('an organization that is deleted meanwhile: 404 for what waited, and nothing is left', async (t) => {
  const company = await makeCompany(test);
  const { owner, admin, organizationId, path } = company;
  const url = `${path}/members/${await insertMember(test, organizationId)}/`;
  const held = await holdOrganization(organizationId);
  const deletion = test.request('DELETE', `${path}/`, {
    token: owner.token,
    body: { confirm: owner.organizationName },
  });
  await waitForLockWaiters(test, 1);
  const late = [
    other.request('PATCH', url, { token: admin.token, body: { role: 'developer' } }),
    other.request('DELETE', url, { token: admin.token }),
  ];
  await waitForLockWaiters(test, 3);
  await held.commit();
  t.equal((await deletion).statusCode, 204);
  for (const answer of await Promise.all(late)) isProblem(t, answer, { code: 'not_found' });
  t.same(await test.query('select 1 from memberships where organization_id = $1', [organizationId]), []);
});
