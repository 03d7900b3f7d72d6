import t from 'tap';
import { atOnce, NEW_PASSWORD, registerPending, send, tally } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { holdLock, waitForLockWaiters } from '../../support/database-session.ts';
import { API, insertMember, makeEmail, PASSWORD, registerUser } from '../../support/factories.ts';
import { accept, addressOf, inviteOne, readInvitation, readMembers } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';

const ROUNDS = 10;

const test = await build(t);
const other = await build(t, { beside: test });
const company = await makeCompany(test);
const { owner, admin, path, organizationId } = company;

const holdOrganization = (id = organizationId) =>
  holdLock(test, 'select from organizations where id = $1 for update', [id]);
const countUsers = async (email: string) => (await test.query('select 1 from users where email = $1', [email])).length;

void t.test('accepted many times at once, in two processes, it makes one account and one member', async (t) => {
  const email = makeEmail();
  const { token } = await inviteOne(test, company, { email });
  const held = await holdOrganization();
  const answers = atOnce(6, async (index) => accept(index % 2 === 0 ? test : other, { token, password: PASSWORD }));
  await waitForLockWaiters(test, 6);
  await held.commit();
  t.same(tally(await answers), { 200: 1, 400: 5 });
  t.equal(await countUsers(email), 1);
  t.equal((await readMembers(test, company)).get(email)?.role, 'developer');
});

void t.test('accepted by one logged-in person many times at once: once', async (t) => {
  const user = await registerUser(test);
  const { token } = await inviteOne(test, company, { email: user.email });
  const answers = await atOnce(6, async (index) => accept(index % 2 === 0 ? test : other, { token }, { as: user }));
  t.same(tally(answers), { 200: 1, 400: 5 });
});

void t.test('accepted and withdrawn at once: one of the two, and what is true afterwards agrees', async (t) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const email = makeEmail();
    const { token, url } = await inviteOne(test, company, { email });
    const held = await holdOrganization();
    const first = () => accept(test, { token, password: PASSWORD });
    const second = () => other.request('DELETE', url, { token: owner.token });
    const [accepting, withdrawing] = round % 2 === 0 ? [first(), second()] : [second(), first()].reverse();
    await waitForLockWaiters(test, 2);
    await held.commit();
    const [accepted, withdrawn] = await Promise.all([accepting!, withdrawing!]);
    const isMember = (await readMembers(test, company)).has(email);
    t.same([accepted.statusCode, withdrawn.statusCode], isMember ? [200, 404] : [400, 204]);
    t.equal(await countUsers(email), isMember ? 1 : 0);
  }
});

void t.test('sent again while it is accepted: the old token counts, or it does not', async (t) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const email = makeEmail();
    const { token, url } = await inviteOne(test, company, { email });
    const [accepted, sent] = await Promise.all([
      accept(test, { token, password: PASSWORD }),
      other.request('POST', url, { token: owner.token }),
    ]);
    const isMember = (await readMembers(test, company)).has(email);
    t.same([accepted.statusCode, sent.statusCode], isMember ? [200, 404] : [400, 200]);
    if (!isMember) await test.request('DELETE', url, { token: owner.token });
  }
});

void t.test(
  'the code of a registration and an invitation of the same email, entered at once: one account',
  async (t) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { email, code } = await registerPending(test);
      const { token } = await inviteOne(test, company, { email });
      const [accepted, verified] = await Promise.all([
        accept(test, { token, password: NEW_PASSWORD }),
        send(other, 'verify-email', { email, code }),
      ]);
      t.equal(await countUsers(email), 1);
      const byInvitation = accepted.statusCode === 200;
      t.same([accepted.statusCode, verified.statusCode], byInvitation ? [200, 400] : [401, 200]);
      const status = async (password: string) => (await send(test, 'login', { email, password })).statusCode;
      t.same([await status(NEW_PASSWORD), await status(PASSWORD)], byInvitation ? [200, 401] : [401, 200]);
      if (!byInvitation) {
        const { access_token: as } = verified.json<{ access_token: string }>();
        t.equal((await accept(test, { token }, { as: { token: as } })).statusCode, 200, 'the token is still good');
      }
    }
  },
);

void t.test(
  'invitations of two organizations accepted at once: one account, and the other one is still open',
  async (t) => {
    const second = await makeCompany(test);
    for (let round = 0; round < ROUNDS; round += 1) {
      const email = makeEmail();
      const { token: here } = await inviteOne(test, company, { email });
      const response = await test.request('POST', `${second.path}/members/`, {
        token: second.owner.token,
        body: { email },
      });
      t.equal(response.statusCode, 200);
      const there = await readInvitation(test, email, 2);
      const answers = await Promise.all([
        accept(test, { token: here, password: PASSWORD }),
        accept(other, { token: there, password: PASSWORD }),
      ]);
      t.same(tally(answers), { 200: 1, 401: 1 });
      const open = answers[0].statusCode === 200 ? there : here;
      const made = answers.find(({ statusCode }) => statusCode === 200)!.json<{ access_token: string }>();
      t.equal((await accept(test, { token: open }, { as: { token: made.access_token } })).statusCode, 200);
    }
  },
);

void t.test('an admin whose role is lowered while the invitation waits invites nobody', async (t) => {
  const email = makeEmail();
  const ofAdmin = await addressOf(test, company, admin);
  const held = await holdOrganization();
  const lowering = test.request('PATCH', ofAdmin, { token: owner.token, body: { role: 'reader' } });
  await waitForLockWaiters(test, 1);
  const late = other.request('POST', `${path}/members/invite/`, {
    token: admin.token,
    body: { emails: [email], role: 'admin' },
  });
  await waitForLockWaiters(test, 2);
  await held.commit();
  t.equal((await lowering).statusCode, 200);
  isProblem(t, await late, { code: 'insufficient_role' });
  t.same(await test.query('select 1 from invitations where email = $1', [email]), []);
  await test.request('PATCH', ofAdmin, { token: owner.token, body: { role: 'admin' } });
});

void t.test('invited at once by two admins: one invitation, and both are told so', async (t) => {
  const emails = [makeEmail(), makeEmail()];
  const held = await holdOrganization();
  const answers = [owner, admin].map(({ token }, index) =>
    (index === 0 ? test : other).request('POST', `${path}/members/invite/`, {
      token,
      body: { emails: index === 0 ? emails : emails.toReversed(), role: 'reader' },
    }),
  );
  await waitForLockWaiters(test, 2);
  await held.commit();
  const results = (await Promise.all(answers)).flatMap((answer) => {
    t.equal(answer.statusCode, 200);
    return answer.json<{ results: { result: string }[] }>().results.map(({ result }) => result);
  });
  t.same(results.sort(), ['already_invited', 'already_invited', 'invited', 'invited']);
});

void t.test('accepted while the organization is deleted: a member of nothing, or no member', async (t) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const made = await test.request('POST', `${API}/organizations/`, { token: owner.token, body: { name: 'Going' } });
    const { uuid } = made.json<{ uuid: string }>();
    const going = { path: `${API}/organizations/${uuid}`, owner };
    const email = makeEmail();
    const { token } = await inviteOne(test, going, { email });
    const [accepted, deleted] = await Promise.all([
      accept(test, { token, password: PASSWORD }),
      other.request('DELETE', `${going.path}/`, { token: owner.token, body: { confirm: 'Going' } }),
    ]);
    t.equal(deleted.statusCode, 204);
    t.match(accepted.statusCode, /^(?:200|400)$/);
    t.equal(await countUsers(email), accepted.statusCode === 200 ? 1 : 0);
    t.same(await test.query('select 1 from memberships where organization_id = $1', [uuid]), []);
    t.same(await test.query('select 1 from invitations where organization_id = $1', [uuid]), []);
  }
});

void t.test('all of it at once, in two processes, round after round: nobody is told to come again', async (t) => {
  const statuses = new Set<number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const made = await test.request('POST', `${API}/organizations/`, { token: owner.token, body: { name: 'Going' } });
    const { uuid } = made.json<{ uuid: string }>();
    const going = { path: `${API}/organizations/${uuid}`, owner };
    const [first, second] = [makeEmail(), makeEmail()];
    const invited = [await inviteOne(test, going, { email: first }), await inviteOne(test, going, { email: second })];
    const members = [await insertMember(test, uuid, 'owner'), await insertMember(test, uuid)];
    const { token } = owner;
    const client = { name: 'Job', environment: 'staging', permissions: ['api.read'] };
    const requests = [
      ...invited.flatMap((invitation) => [
        () => accept(test, { token: invitation.token, password: PASSWORD }),
        () => other.request('POST', invitation.url, { token }),
        () => test.request('DELETE', invitation.url, { token }),
      ]),
      ...members.flatMap((member) => [
        () => other.request('PATCH', `${going.path}/members/${member}/`, { token, body: { role: 'owner' } }),
        () => test.request('DELETE', `${going.path}/members/${member}/`, { token }),
      ]),
      () =>
        test.request('POST', `${going.path}/members/invite/`, {
          token,
          body: { emails: [first, second], role: 'admin' },
        }),
      () =>
        other.request('POST', `${going.path}/members/invite/`, {
          token,
          body: { emails: [second, first], role: 'admin' },
        }),
      () => other.request('POST', `${going.path}/api-clients/`, { token, body: client }),
      () => test.request('PATCH', `${going.path}/`, { token, body: { contact_email: 'desk@acme.example' } }),
      () => other.request('PUT', `${going.path}/credential-policy/`, { token, body: { max_overlap_seconds: 60 } }),
      ...(round % 2 === 0
        ? []
        : [() => other.request('DELETE', `${going.path}/`, { token, body: { confirm: 'Going' } })]),
    ];
    for (const { statusCode } of await Promise.all(requests.map((send) => send()))) statuses.add(statusCode);
  }
  t.same(
    [...statuses].filter((status) => ![200, 201, 204, 400, 401, 404, 409].includes(status)),
    [],
  );
  const reruns = [test, other].flatMap(({ logs }) => logs.filter((line) => line.includes('is run again')));
  t.same(reruns, [], 'and no change had to be undone for the sake of another one');
});
