import t from 'tap';
import { atOnce, otherThan, registerPending, send, tally, waitForMail } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { beginTransaction, waitForLockWaiters } from '../../support/database-session.ts';
import { API, makeEmail, PASSWORD } from '../../support/factories.ts';

const test = await build(t);

function mailedCodes(email: string): string[] {
  return test.smtp.received
    .filter(({ recipients }) => recipients.includes(email))
    .map(({ content }) => /^([A-Z0-9]{6})\r?$/m.exec(content.text ?? '')![1]!);
}

/** How many of each the registration of an email has led to. */
async function countMade(email: string) {
  const [counts] = await test.query(
    `select
       (select count(*)::int from users where lower(email) = $1) as users,
       (select count(*)::int from organizations where contact_email = $1) as organizations,
       (select count(*)::int from memberships join organizations o on o.id = organization_id
        where contact_email = $1 and role = 'owner') as owners,
       (select count(*)::int from applications join organizations o on o.id = organization_id
        where contact_email = $1) as applications,
       (select count(*)::int from registrations where email = $1) as registrations,
       (select count(*)::int from one_time_codes where email = $1) as codes`,
    [email],
  );
  return counts;
}

const madeOnce = { users: 1, organizations: 1, owners: 1, applications: 1, registrations: 1, codes: 1 };

void t.test(
  '20 registrations of one email at once with one password: one of the codes works, and the password',
  async (t) => {
    const email = makeEmail();
    const responses = await atOnce(20, () => send(test, 'register', { email, password: PASSWORD }));
    t.same(tally(responses), { 201: 20 });
    await waitForMail(test);
    const statuses = [];
    for (const code of new Set(mailedCodes(email))) {
      // Only the newest code is good; which one that is, the order of the mails does not say.
      await test.query('update one_time_codes set tries_left = 5 where email = $1', [email]);
      statuses.push(await send(test, 'verify-email', { email, code }));
    }
    t.equal(tally(statuses)[200], 1);
    t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 200);
    t.same(await countMade(email), madeOnce);
  },
);

void t.test('20 registrations at once in different cases of one email lead to one user', async (t) => {
  const email = makeEmail();
  const typed = Array.from({ length: 20 }, (_, index) => email.replace('user', ['user', 'User', 'USER'][index % 3]!));
  const responses = await Promise.all(typed.map((to) => send(test, 'register', { email: to, password: PASSWORD })));
  t.same(tally(responses), { 201: 20 });
  await waitForMail(test);
  for (const code of new Set(typed.flatMap(mailedCodes))) {
    await test.query('update one_time_codes set tries_left = 5 where email = $1', [email]);
    await send(test, 'verify-email', { email, code });
  }
  t.same(await countMade(email), madeOnce);
});

void t.test('of 20 uses of one code at once one succeeds, and there is one of everything', async (t) => {
  const pending = await registerPending(test);
  const responses = await atOnce(20, () => send(test, 'verify-email', pending));
  t.same(tally(responses), { 200: 1, 400: 19 });
  t.same(await countMade(pending.email), madeOnce);
  const winner = responses.find(({ statusCode }) => statusCode === 200)!;
  const { application } = winner.json<{ application: { api_key: string } }>();
  const verified = await test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': application.api_key } });
  t.equal(verified.statusCode, 200);
});

void t.test('50 guesses of a code at once get five tries', async (t) => {
  const pending = await registerPending(test);
  const guesses = await atOnce(50, () => send(test, 'verify-email', { ...pending, code: otherThan(pending.code) }));
  t.same(tally(guesses), { 400: 50 });
  t.equal((await send(test, 'verify-email', pending)).statusCode, 400);
});

void t.test('the code among 50 guesses at once is found at most once, and never later', async (t) => {
  const pending = await registerPending(test);
  const responses = await atOnce(50, (index) =>
    send(test, 'verify-email', index === 25 ? pending : { ...pending, code: otherThan(pending.code) }),
  );
  const { 200: found = 0 } = tally(responses);
  t.ok(found <= 1);
  t.equal((await send(test, 'verify-email', pending)).statusCode, 400);
  t.match(await countMade(pending.email), { users: found, organizations: found });
});

void t.test('a registration during the verification does not give the account its password', async (t) => {
  const pending = await registerPending(test);
  const [verified] = await Promise.all([
    send(test, 'verify-email', pending),
    ...Array.from({ length: 5 }, () => send(test, 'register', { email: pending.email, password: 'Intruder-Horse-9' })),
  ]);
  const { statusCode } = await send(test, 'login', { email: pending.email, password: 'Intruder-Horse-9' });
  t.equal(statusCode, 401);
  const own = await send(test, 'login', { email: pending.email, password: PASSWORD });
  t.equal(own.statusCode, verified.statusCode === 200 ? 200 : 401);
});

void t.test('the code that counts is that of the registration that came last', async (t) => {
  const email = makeEmail();
  const other = await beginTransaction(test);
  await other.query("insert into registrations (email, password_hash) values ($1, '')", [email]);
  const registering = send(test, 'register', { email, password: PASSWORD });
  await waitForLockWaiters(test);
  // Began later than the one that waits for it, and is done before.
  await other.query(
    `insert into one_time_codes (email, purpose, digest, tries_left, sent_at, expires_at)
     values ($1, 'verify_email', 'x', 5, clock_timestamp(), clock_timestamp() + interval '10 minutes')`,
    [email],
  );
  await other.commit();
  t.equal((await registering).statusCode, 201);
  const code = await test.readCode(email);
  t.equal((await send(test, 'verify-email', { email, code })).statusCode, 200);
  t.equal((await send(test, 'login', { email, password: PASSWORD })).statusCode, 200);
});

void t.test('20 requests for a new code at once make one mail, and the others wait their minute', async (t) => {
  const email = makeEmail();
  t.same(tally(await atOnce(20, () => send(test, 'resend-otp', { email }))), { 200: 1, 429: 19 });
});
