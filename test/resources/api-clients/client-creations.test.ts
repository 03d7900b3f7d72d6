import { randomBytes } from 'node:crypto';
import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import type { ComposedEvent } from '../../../src/changes/audit-event.ts';
import type { Role } from '../../../src/db/tables/organizations.ts';
import { toClientToMake } from '../../../src/resources/api-clients/api-client-repository.ts';
import { ClientCreations } from '../../../src/resources/api-clients/client-creations.ts';
import { atOnce, tally } from '../../support/accounts.ts';
import { build, waitFor } from '../../support/build-app.ts';
import { cutLockWaiters, holdLock, waitForLockWaiters } from '../../support/database-session.ts';
import { registerUser } from '../../support/factories.ts';
import type { TestClient, TestUser } from '../../support/factories.ts';
import { addColleague, check, clientPath, clientsPath } from '../../support/machines.ts';
import { readChain } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';
import { recordStatements } from '../../support/statements.ts';

const test = await build(t);
const minimal = { name: 'Backend', environment: 'live', permissions: ['api.read'] };
const noPolicy = { maxSecretLifetimeDays: null, expiryRequiredFor: [], allowedIpsRequiredFor: [] };
const HOLD = 'select from organizations where id = $1 for update';

const create = (owner: Pick<TestUser, 'organizationId' | 'token'>, body: object = {}) =>
  test.request('POST', clientsPath(owner), { token: owner.token, body: { ...minimal, ...body } });

async function countClients({ organizationId }: TestUser): Promise<number> {
  const sql = 'select count(*)::int as count from api_clients where organization_id = $1';
  const [row] = await test.query<{ count: number }>(sql, [organizationId]);
  return row!.count;
}

void t.test(
  'of clients that one person asks for at once, each is made with a secret and an event of its own',
  async (t) => {
    const owner = await registerUser(test);
    const answers = await atOnce(40, (index) =>
      create(owner, { name: `Client ${index}`, permissions: [['api.read', 'flows.execute'][index % 2]!] }),
    );
    t.same(tally(answers), { 201: 40 });
    const clients = answers.map((answer) => answer.json<TestClient & { created_by: string }>());
    for (const [index, client] of clients.entries()) {
      t.match(client, {
        name: `Client ${index}`,
        permissions: [['api.read', 'flows.execute'][index % 2]],
        created_by: owner.email,
      });
      t.match((await check(test, client.client_secret)).json(), { client_id: client.client_id });
      const { client_secret: _shownOnce, ...record } = client;
      t.same((await test.request('GET', clientPath(owner, client.client_id), { token: owner.token })).json(), record);
    }
    const events = (await readChain(test, owner.organizationId)).filter(({ action }) => action === 'api_client.create');
    const told = new Map(events.map(({ target }) => [target.id, target.name]));
    for (const client of clients) t.equal(told.get(client.client_id), client.name);
    t.equal(events.length, clients.length);
  },
);

void t.test('an application that is not there costs nobody else a client', async (t) => {
  const owner = await registerUser(test);
  const answers = await atOnce(20, (index) =>
    create(owner, { application_id: index === 7 ? uuidv7() : owner.applicationId }),
  );
  t.same(tally(answers), { 201: 19, 400: 1 });
  isProblem(t, answers[7]!, { code: 'invalid_request', pointers: ['/application_id'] });
  t.equal(await countClients(owner), 20);
});

void t.test('who loses the role while clients wait to be made, makes none of them', async (t) => {
  const owner = await registerUser(test);
  const colleague = await addColleague(test, owner, 'developer');
  const asked = { organizationId: owner.organizationId, token: colleague.token };
  const lock = await holdLock(test, HOLD, [owner.organizationId]);
  const answers = atOnce(20, () => create(asked));
  await waitForLockWaiters(test);
  await lock.query(`update memberships set role = 'reader' where user_id = $1`, [colleague.userId]);
  await lock.commit();
  for (const answer of await answers) isProblem(t, answer, { code: 'insufficient_role' });
  t.equal(await countClients(owner), 1);
});

void t.test('who is removed while clients wait to be made, finds no organization', async (t) => {
  const owner = await registerUser(test);
  const colleague = await addColleague(test, owner, 'developer');
  const lock = await holdLock(test, HOLD, [owner.organizationId]);
  const answers = atOnce(20, () => create({ organizationId: owner.organizationId, token: colleague.token }));
  await waitForLockWaiters(test);
  await lock.query('delete from memberships where user_id = $1 and organization_id = $2', [
    colleague.userId,
    owner.organizationId,
  ]);
  await lock.commit();
  for (const answer of await answers) isProblem(t, answer, { code: 'not_found' });
  t.equal(await countClients(owner), 1);
});

void t.test('a policy that comes while clients wait to be made, is kept by each of them', async (t) => {
  const owner = await registerUser(test);
  const lock = await holdLock(test, HOLD, [owner.organizationId]);
  const kinds = [{}, { expires_at: '2099-01-01T00:00:00Z' }, { environment: 'staging' }];
  const answers = atOnce(21, (index) => create(owner, kinds[index % 3]));
  await waitForLockWaiters(test);
  await lock.query(`update organizations set expiry_required_for = '{live}' where id = $1`, [owner.organizationId]);
  await lock.commit();
  for (const [index, answer] of (await answers).entries()) {
    if (index % 3 === 0) isProblem(t, answer, { code: 'policy_violation', pointers: ['/expires_at'] });
    else t.equal(answer.statusCode, 201);
  }
  t.equal(await countClients(owner), 15);
});

void t.test('of two people who create at once, each is named as the maker of his own', async (t) => {
  const owner = await registerUser(test);
  const colleague = await addColleague(test, owner, 'developer');
  const makers = [owner, { ...owner, token: colleague.token, email: colleague.email }];
  const answers = await atOnce(20, (index) => create(makers[index % 2]!));
  t.same(
    answers.map((answer) => answer.json<{ created_by: string }>().created_by),
    answers.map((_, index) => makers[index % 2]!.email),
  );
});

void t.test(
  'a connection that is lost is told to those whose clients were under way, and costs no other',
  async (t) => {
    const owner = await registerUser(test);
    const lock = await holdLock(test, HOLD, [owner.organizationId]);
    const first = create(owner);
    await waitForLockWaiters(test);
    const others = atOnce(10, () => create(owner));
    await cutLockWaiters(test);
    const answer = await first;
    await lock.commit();
    isProblem(t, answer, { code: 'database_unavailable' });
    t.same(tally(await others), { 201: 10 });
    t.equal(await countClients(owner), 11);
  },
);

void t.test('what waits to be made', async (t) => {
  const owner = await registerUser(test);
  const { db } = test.app;
  const caller = { ...owner, sessionId: null, least: 'developer' as Role };
  const wanted = () => ({
    caller,
    policy: noPolicy,
    one: toClientToMake(
      {
        id: uuidv7(),
        clientId: randomBytes(16).toString('base64url'),
        environment: 'live',
        name: 'Backend',
        description: null,
        permissions: ['api.read'],
        allowedRedirectUrls: [],
        allowedIps: [],
        applicationId: null,
        expiresAt: null,
        createdBy: owner,
      },
      {
        id: uuidv7(),
        lookupId: randomBytes(11).toString('hex'),
        hash: '$argon2id$',
        pepperVersion: 'none',
        hint: 'none',
      },
      {
        chain: { type: 'organization', id: owner.organizationId },
        action: 'api_client.create',
        actorId: owner.userId,
        targetId: 'x',
        parts: ['{', '', '', '}'],
      } satisfies ComposedEvent,
    ),
  });
  const countInserts = async (work: () => Promise<unknown>) =>
    (await recordStatements(work)).filter((text) => text.includes('into api_clients')).length;

  await t.test('shares one statement', async (t) => {
    const creations = new ClientCreations({ db, quota: 0 });
    t.equal(await countInserts(() => atOnce(20, () => creations.make(db, wanted()))), 2, 'the first does not wait');
    t.equal(await countInserts(() => atOnce(1 + 32 + 1, () => creations.make(db, wanted()))), 3, 'of a bounded number');
  });

  await t.test('is not made by the right of somebody else', async (t) => {
    const creations = new ClientCreations({ db, quota: 0 });
    const reader = { ...caller, userId: (await addColleague(test, owner, 'reader')).userId };
    const made = await atOnce(20, (index) =>
      creations.make(db, { ...wanted(), ...(index % 2 === 0 && { caller: reader }) }),
    );
    t.same(
      made.map(({ hasAccess, client }) => [hasAccess, client !== null]),
      made.map((_, index) => [index % 2 === 1, index % 2 === 1]),
    );
  });

  await t.test('shares none that would be large', async (t) => {
    const creations = new ClientCreations({ db, quota: 0 });
    const make = (padding: number) => {
      const large = wanted();
      large.one.json = `${' '.repeat(padding)}${large.one.json}`;
      return creations.make(db, large);
    };
    const sizes = [0, 100_000, 100_000, 100_000, 300_000, 0];
    t.equal(
      await countInserts(() => Promise.all(sizes.map(make))),
      1 + 4,
      'no more than 256 KiB, but for a single one',
    );
  });

  await t.test('is bounded: further clients are refused, and those that wait are made', async (t) => {
    const creations = new ClientCreations({ db, quota: 0, waitingMax: 12 });
    const lock = await holdLock(test, HOLD, [owner.organizationId]);
    const asked = Promise.allSettled(Array.from({ length: 6 }, () => creations.make(db, wanted())));
    await waitForLockWaiters(test);
    await lock.commit();
    const results = await asked;
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    t.equal(results.length - refused.length, 1 + 3);
    for (const err of refused) t.match(err, { code: 'overloaded' });
    t.ok((await creations.make(db, wanted())).client, 'there is room again');
  });

  await t.test('leaves room for others, whoever fills it up, and is bounded for all of them together', async (t) => {
    const creations = new ClientCreations({ db, quota: 0, waitingMax: 12 });
    const reader = await addColleague(test, owner, 'reader');
    const lock = await holdLock(test, HOLD, [owner.organizationId]);
    // Of each the first one is under way, three wait, and the fifth is refused; of the fifth caller the second one is.
    const callers = Array.from({ length: 5 }, () => ({ ...caller, userId: reader.userId, sessionId: uuidv7() }));
    const asked = callers.map((each) =>
      Promise.allSettled(Array.from({ length: 5 }, () => creations.make(db, { ...wanted(), caller: each }))),
    );
    await waitForLockWaiters(test);
    await lock.commit();
    const taken = (await Promise.all(asked)).map(
      (results) => results.filter(({ status }) => status === 'fulfilled').length,
    );
    t.same(taken, [4, 4, 4, 4, 1]);
  });

  await t.test('for too long is refused, and makes nothing', async (t) => {
    const waitMaxMs = 200;
    const creations = new ClientCreations({ db, quota: 0, waitMaxMs });
    const before = await countClients(owner);
    const lock = await holdLock(test, HOLD, [owner.organizationId]);
    const asked = Promise.allSettled([creations.make(db, wanted()), creations.make(db, wanted())]);
    const askedAt = performance.now();
    await waitForLockWaiters(test);
    await waitFor(() => performance.now() - askedAt > waitMaxMs || undefined);
    await lock.commit();
    t.match(await asked, [{ status: 'fulfilled' }, { status: 'rejected', reason: { code: 'overloaded' } }]);
    t.equal(await countClients(owner), before + 1);
  });
});
