import t from 'tap';
import { createExpiry } from '../../../src/resources/expiry/expiry-service.ts';
import { build, waitFor } from '../../support/build-app.ts';
import { makeCompany, refuseInserts } from '../../support/company.ts';
import type { Company } from '../../support/company.ts';
import { createClient } from '../../support/factories.ts';
import type { TestClient } from '../../support/factories.ts';
import { clientPath, listSecrets, regenerate } from '../../support/machines.ts';
import { openNoticeGround } from '../../support/outbox.ts';

const test = await build(t);

const processes = [1, 2, 3].map(() => createExpiry(openNoticeGround(t, test)));
const run = async () => {
  await Promise.all(processes.map((one) => one.run()));
};

const isNotice = /credentials? ends? soon/i;

/** The texts of the notices to somebody, once all that are owed are sent. */
async function noticesTo({ email }: { email: string }): Promise<string[]> {
  await waitFor(async () => {
    const [row] = await test.query<{ count: number }>('select count(*)::int as count from mails');
    return row?.count === 0 ? true : undefined;
  });
  return test.smtp.received
    .filter(({ recipients, content }) => recipients.includes(email) && isNotice.test(content.subject ?? ''))
    .map(({ content }) => (content.text ?? '').replaceAll(/\s+/g, ' '));
}

/** Moves the end of a client, which was made a year ago. */
const endIn = ({ client_id }: TestClient, interval: string) =>
  test.query(
    `update api_clients set created_at = now() - interval '1 year', expires_at = now() + $2::interval where client_id = $1`,
    [client_id, interval],
  );
const endSecretIn = (uuid: string, interval: string) =>
  test.query(
    `update secrets set created_at = now() - interval '1 year', expires_at = now() + $2::interval where id = $1`,
    [uuid, interval],
  );

async function makeEnding(company: Company, interval: string, input: object = {}): Promise<TestClient> {
  const client = await createClient(test, company.owner, input);
  await endIn(client, interval);
  return client;
}

void t.test('owners and admins are told 30, 7 and 1 days before a client ends, once each, nobody else', async (t) => {
  const company = await makeCompany(test);
  const client = await makeEnding(company, '31 days', { name: 'Nightly <export>' });
  await run();
  t.same(await noticesTo(company.owner), []);
  for (const [index, interval] of ['29 days 23 hours', '6 days 23 hours', '23 hours'].entries()) {
    // Time goes by: the end stays.
    await test.query(`update api_clients set expires_at = now() + $2::interval where client_id = $1`, [
      client.client_id,
      interval,
    ]);
    await test.query(
      `update expiry_notices set expires_at = (select expires_at from api_clients where client_id = $1)`,
      [client.client_id],
    );
    await run();
    await run();
    for (const reader of [company.owner, company.admin]) t.equal((await noticesTo(reader)).length, index + 1, interval);
  }
  for (const other of [company.developer, company.reader, company.stranger]) t.same(await noticesTo(other), []);
  const [text] = await noticesTo(company.admin);
  t.match(text, `the API client Nightly <export> (live, ${client.client_id}), with all its secrets`);
  t.match(text, company.owner.organizationName);
  t.match(text, test.config.publicUrl);
});

void t.test('an end that comes near at once is told of once, by the nearest of the three', async (t) => {
  const company = await makeCompany(test);
  await makeEnding(company, '2 days');
  await run();
  t.equal((await noticesTo(company.owner)).length, 1);
  const days = await test.query(
    `select days_before from expiry_notices join api_clients on api_clients.id = subject_id where organization_id = $1`,
    [company.organizationId],
  );
  t.same(days, [{ days_before: 7 }]);
});

/** As if the notices that were given for a client had been given so long ago. */
const ageNotices = ({ client_id }: TestClient, interval: string) =>
  test.query(
    `update expiry_notices set created_at = now() - $2::interval
     where subject_id = (select id from api_clients where client_id = $1)`,
    [client_id, interval],
  );
const moveEnd = ({ owner }: Company, { client_id }: TestClient, days: number) => {
  const body = { expires_at: new Date(Date.now() + days * 86_400_000).toISOString() };
  return test.request('PATCH', clientPath(owner, client_id), { token: owner.token, body });
};

void t.test('an end that is moved again and again is told of once a day, at the nearest of the three', async (t) => {
  const company = await makeCompany(test);
  const client = await makeEnding(company, '5 days');
  await run();
  for (const days of [6, 5, 6.5, 4]) {
    await moveEnd(company, client, days);
    await run();
  }
  t.equal((await noticesTo(company.owner)).length, 1);
  await moveEnd(company, client, 0.5);
  await run();
  t.equal((await noticesTo(company.owner)).length, 2, 'what is left is another thing to know');
  await moveEnd(company, client, 5.5);
  await run();
  t.equal((await noticesTo(company.owner)).length, 2);
  await ageNotices(client, '25 hours');
  await run();
  t.equal((await noticesTo(company.owner)).length, 3, 'a day later the end that it has then is told of');
  await run();
  t.equal((await noticesTo(company.owner)).length, 3);
});

void t.test('another end is told of anew', async (t) => {
  const company = await makeCompany(test);
  const client = await makeEnding(company, '5 days');
  await run();
  await ageNotices(client, '25 hours');
  await moveEnd(company, client, 6);
  await run();
  t.equal((await noticesTo(company.owner)).length, 2);
  await test.request('PATCH', clientPath(company.owner, client.client_id), {
    token: company.owner.token,
    body: { expires_at: null },
  });
  await run();
  t.equal((await noticesTo(company.owner)).length, 2);
});

void t.test('a secret is told of by its client and hint, and not where its client ends before it', async (t) => {
  const company = await makeCompany(test);
  const [one, two] = [await createClient(test, company.owner), await createClient(test, company.owner)];
  for (const { client_id } of [one, two]) {
    const [secret] = await listSecrets(test, company.owner, client_id);
    await endSecretIn(secret!.uuid, '5 days');
  }
  await endIn(two, '4 days');
  await run();
  const [text, ...more] = await noticesTo(company.owner);
  t.same(more, []);
  t.match(text, `the secret that ends in ${one.client_secret_hint} of Backend (live, ${one.client_id})`);
  t.match(text, `the API client Backend (live, ${two.client_id})`);
  t.notMatch(text, two.client_secret_hint);
  t.notMatch(text, one.client_secret);
});

void t.test('an old secret that goes on through a long overlap is told of, one through a day is not', async (t) => {
  const company = await makeCompany(test);
  const [long, short] = [await createClient(test, company.owner), await createClient(test, company.owner)];
  await regenerate(test, company.owner, { clientId: short.client_id, overlapSeconds: 86_400 });
  await run();
  t.same(await noticesTo(company.owner), [], 'who rotates for a day knows');
  await regenerate(test, company.owner, { clientId: long.client_id, overlapSeconds: 2 * 86_400 });
  await run();
  const [text] = await noticesTo(company.owner);
  t.match(text, `the old secret that ends in ${long.client_secret_hint} of`);
  t.notMatch(text, short.client_secret_hint);
});

void t.test('however much ends at once, it is one mail that names twenty and counts the rest', async (t) => {
  const company = await makeCompany(test);
  const made = await Promise.all(Array.from({ length: 23 }, () => createClient(test, company.owner)));
  for (const [index, client] of made.entries()) await endIn(client, `${index + 1} hours 10 days`);
  await run();
  const [text, ...more] = await noticesTo(company.owner);
  t.same(more, []);
  for (const [index, { client_id }] of made.entries()) {
    t.equal(text!.includes(client_id), index < 20, 'the soonest are named');
  }
  t.match(text, 'And 3 more');
});

void t.test('where the mail cannot be owed nothing is noted, and the next run tells', async (t) => {
  const company = await makeCompany(test);
  await makeEnding(company, '3 days');
  const allow = await refuseInserts(test, 'mails');
  await run();
  await allow();
  t.same(await noticesTo(company.owner), []);
  t.ok(test.logs.some((line) => line.includes('ends of credentials could not be dealt with')));
  await run();
  t.equal((await noticesTo(company.owner)).length, 1);
});

void t.test('what has run out is written down once, with an event, and shows in client and application', async (t) => {
  const company = await makeCompany(test);
  const { owner } = company;
  const read = async (url: string) => {
    const response = await test.request('GET', url, { token: owner.token });
    return { tag: response.headers.etag, record: response.json<Record<string, unknown>>() };
  };
  const urls = [clientPath(owner, owner.clientId), `${company.path}/applications/${owner.applicationId}/`];
  const before = await Promise.all(urls.map(read));
  await test.query(
    `update secrets set expires_at = now() - interval '1 minute' from api_clients
     where api_clients.id = api_client_id and client_id = $1`,
    [owner.clientId],
  );
  await run();
  const after = await Promise.all(urls.map(read));
  for (const [index, { tag }] of after.entries()) t.not(tag, before[index]!.tag);
  t.equal(after[0]!.record.client_secret_hint, null);
  t.equal(after[1]!.record.api_key_hint, null);
  t.match(await listSecrets(test, owner, owner.clientId), [{ status: 'expired', ended_by: null }]);
  const rows = await test.query('select hash from secrets where status = $1 and hash is not null', ['expired']);
  t.same(rows, []);
  await run();
  t.same(
    (await Promise.all(urls.map(read))).map(({ tag }) => tag),
    after.map(({ tag }) => tag),
    'and only once',
  );
  const events = await test.query<{ count: number }>(
    `select count(*)::int as count from audit_events where action = 'secret.expire' and target_id = $1`,
    [owner.clientId],
  );
  t.same(events, [{ count: 1 }]);
});

void t.test('a stop ends it: nothing more is begun', async (t) => {
  const company = await makeCompany(test);
  await makeEnding(company, '3 days');
  const stopped = createExpiry(openNoticeGround(t, test));
  stopped.start();
  await stopped.stop();
  await stopped.run();
  t.same(await noticesTo(company.owner), []);
});
