import t from 'tap';
import { createUnusedPause } from '../../../src/resources/credential-policy/unused-pause.ts';
import { build, waitFor } from '../../support/build-app.ts';
import { isAccepted, makeCompany } from '../../support/company.ts';
import type { Company } from '../../support/company.ts';
import { createClient } from '../../support/factories.ts';
import type { TestClient } from '../../support/factories.ts';
import { clientPath } from '../../support/machines.ts';
import { openNoticeGround } from '../../support/outbox.ts';

const test = await build(t);

const processes = [1, 2, 3].map(() => createUnusedPause(openNoticeGround(t, test)));
const run = async () => {
  await Promise.all(processes.map((one) => one.run()));
};

async function setPolicy({ path, owner }: Company, days: number | null): Promise<void> {
  const body = { unused_pause_days: days };
  const response = await test.request('PUT', `${path}/credential-policy/`, { token: owner.token, body });
  if (response.statusCode !== 200) throw new Error(response.body);
}

interface Ages {
  created?: number;
  used?: number | null;
  /** How many days ahead the pause is announced for. */
  pause?: number | null;
}

/** Makes a client older than it is. Ages are days. */
async function age({ client_id }: { client_id: string }, { created, used, pause }: Ages): Promise<void> {
  const ago = (days: number | null | undefined) => (typeof days === 'number' ? days : null);
  await test.query(
    `update api_clients set
       created_at = coalesce(now() - make_interval(days => $2::int), created_at),
       last_used_at = case when $3 then now() - make_interval(days => $4::int) else last_used_at end,
       unused_pause_at = case when $5 then now() + make_interval(days => $6::int) else unused_pause_at end
     where client_id = $1`,
    [client_id, ago(created), used !== undefined, ago(used), pause !== undefined, ago(pause)],
  );
}

async function stateOf({ client_id }: { client_id: string }) {
  const [row] = await test.query<{ status: string; daysLeft: number | null }>(
    `select status, round(extract(epoch from unused_pause_at - now()) / 86400)::int as "daysLeft"
     from api_clients where client_id = $1`,
    [client_id],
  );
  return row!;
}

async function makeAged(company: Company, ages: Ages, input: object = {}): Promise<TestClient> {
  const client = await createClient(test, company.owner, input);
  await age(client, ages);
  return client;
}

/** The mails about unused clients to one person. */
const mailsTo = (email: string) =>
  test.smtp.received.filter(
    ({ recipients, content }) => recipients.includes(email) && /unused API client/i.test(content.subject ?? ''),
  );

void t.test('a client that is not used is announced once to owners and admins, and paused a week later', async (t) => {
  const company = await makeCompany(test);
  await setPolicy(company, 30);
  const client = await makeAged(company, { created: 100, used: 40 });
  const elsewhere = await makeCompany(test);
  await setPolicy(elsewhere, 30);
  const usedAgain = await makeAged(elsewhere, { created: 100, used: 40 });
  await run();
  await run();
  for (const one of [client, usedAgain]) {
    t.same(await stateOf(one), { status: 'active', daysLeft: 7 }, 'a new policy gives a week');
  }
  // Not the client that goes on unused: when a use is written nobody knows.
  t.ok(await isAccepted(test, usedAgain.client_secret), 'in which the secret goes on working');
  for (const { email } of [company.owner, company.admin]) {
    await waitFor(() => (mailsTo(email).length > 0 ? true : undefined));
    t.equal(mailsTo(email).length, 1, email);
    t.match(mailsTo(email)[0]!.content.text, client.client_id);
  }
  for (const { email } of [company.developer, company.reader, company.stranger]) t.same(mailsTo(email), []);

  await age(client, { used: 47, pause: 0 });
  const before = await test.request('GET', clientPath(company.owner, client.client_id), { token: company.owner.token });
  await run();
  t.match(await stateOf(client), { status: 'paused', daysLeft: null });
  t.notOk(await isAccepted(test, client.client_secret));
  const after = await test.request('GET', clientPath(company.owner, client.client_id), { token: company.owner.token });
  t.not(after.headers.etag, before.headers.etag);
  const events = await test.query<{ canonical: string }>(
    `select canonical from audit_events where chain_id = $1 and target_id = $2 order by sequence desc limit 1`,
    [company.organizationId, client.client_id],
  );
  t.match(JSON.parse(events[0]!.canonical), {
    action: 'api_client.update',
    actor: { type: 'system' },
    changes: { status: { from: 'active', to: 'paused' } },
  });
});

void t.test('what is used, new, expired, paused or of an organization without the rule is left alone', async (t) => {
  const company = await makeCompany(test);
  const other = await makeCompany(test);
  await setPolicy(company, 30);
  const left = {
    used: await makeAged(company, { created: 100, used: 22 }),
    fresh: await makeAged(company, { created: 22, used: null }),
    expired: await makeAged(company, { created: 100 }),
    paused: await makeAged(company, { created: 100 }),
    elsewhere: await makeAged(other, { created: 1000 }),
  };
  const { owner } = company;
  await test.request('PATCH', clientPath(owner, left.paused.client_id), {
    token: owner.token,
    body: { status: 'paused' },
  });
  await test.query("update api_clients set expires_at = now() - interval '1 hour' where client_id = $1", [
    left.expired.client_id,
  ]);
  const due = {
    used: await makeAged(company, { created: 100, used: 23 }),
    never: await makeAged(company, { created: 23, used: null }),
  };
  await run();
  for (const [name, client] of Object.entries(left)) t.equal((await stateOf(client)).daysLeft, null, name);
  for (const [name, client] of Object.entries(due)) t.equal((await stateOf(client)).daysLeft, 7, name);
});

void t.test('a use after the announcement keeps the client, and the next silence is announced anew', async (t) => {
  const company = await makeCompany(test);
  await setPolicy(company, 30);
  const client = await makeAged(company, { created: 300, used: 3, pause: 0 });
  await run();
  t.equal((await stateOf(client)).status, 'active');
  await age(client, { used: 25 });
  await run();
  t.same(await stateOf(client), { status: 'active', daysLeft: 7 });
  await waitFor(() => (mailsTo(company.owner.email).length === 1 ? true : undefined));
});

void t.test('an announcement of a stricter policy is void, and one that was taken back pauses nobody', async (t) => {
  const company = await makeCompany(test);
  await setPolicy(company, 60);
  const client = await makeAged(company, { created: 300, used: 40, pause: 0 });
  await run();
  t.equal((await stateOf(client)).status, 'active', 'sixty days are not over');
  await setPolicy(company, null);
  await age(client, { used: 90, pause: 0 });
  await run();
  t.equal((await stateOf(client)).status, 'active');
});

void t.test('who resumes a client that was paused has a week again', async (t) => {
  const company = await makeCompany(test);
  const { owner } = company;
  await setPolicy(company, 30);
  const client = await makeAged(company, { created: 100, used: 47, pause: 0 });
  await run();
  t.equal((await stateOf(client)).status, 'paused');
  const resume = { token: owner.token, body: { status: 'active' } };
  t.equal((await test.request('PATCH', clientPath(owner, client.client_id), resume)).statusCode, 200);
  await run();
  t.same(await stateOf(client), { status: 'active', daysLeft: 7 });
});

void t.test('many of them are paused in parts, each once, with one mail for all that are announced', async (t) => {
  const company = await makeCompany(test);
  await setPolicy(company, 30);
  await test.query(
    `insert into api_clients (id, client_id, organization_id, name, environment, permissions, created_at, unused_pause_at)
     select gen_random_uuid(), translate(substr(encode(sha256(('x' || n)::bytea), 'base64'), 1, 22), '/+', '-_'),
       $1, 'Old ' || n, 'live', '{api.read}', now() - interval '100 days',
       case when n <= 250 then now() end
     from generate_series(1, 400) as n`,
    [company.organizationId],
  );
  await run();
  await run();
  const [row] = await test.query<{ paused: number; announced: number }>(
    `select count(*) filter (where status = 'paused')::int as paused,
       count(*) filter (where unused_pause_at > now())::int as announced
     from api_clients where organization_id = $1 and name like 'Old %'`,
    [company.organizationId],
  );
  t.same(row, { paused: 250, announced: 150 });
  const [events] = await test.query<{ count: number; targets: number }>(
    `select count(*)::int as count, count(distinct target_id)::int as targets from audit_events
     where chain_id = $1 and canonical like '%"to":"paused"%'`,
    [company.organizationId],
  );
  t.same(events, { count: 250, targets: 250 });
  await waitFor(() => (mailsTo(company.owner.email).length > 0 ? true : undefined));
  t.ok(mailsTo(company.owner.email).length <= processes.length);
});

void t.test('a database error is no end of it, and a stop waits for what is under way', async (t) => {
  const company = await makeCompany(test);
  await setPolicy(company, 30);
  const client = await makeAged(company, { created: 100 });
  const own = createUnusedPause(openNoticeGround(t, test));
  await test.query('alter table memberships rename to hidden_memberships');
  await own.run();
  await test.query('alter table hidden_memberships rename to memberships');
  t.ok(test.logs.some((line) => line.includes('unused API clients could not be paused; trying again later')));
  t.equal((await stateOf(client)).daysLeft, null, 'nothing is announced that nobody was told');
  const running = own.run();
  await own.stop();
  await running;
  own.start();
});

void t.test('a client in use is left alone, however few days the policy gives', async (t) => {
  const company = await makeCompany(test);
  await setPolicy(company, 1);
  const [used, silent] = [
    await makeAged(company, { created: 100, used: 0 }),
    await makeAged(company, { created: 100, used: 1 }),
  ];
  await run();
  t.equal((await stateOf(used)).daysLeft, null);
  t.equal((await stateOf(silent)).daysLeft, 7);
});
