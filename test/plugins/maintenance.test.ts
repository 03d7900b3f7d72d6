import { v7 as uuidv7 } from 'uuid';
import t from 'tap';
import { createDb, createPool } from '../../src/db/client.ts';
import { LEFTOVERS_BATCH } from '../../src/db/leftovers.ts';
import { deleteLeftovers } from '../../src/plugins/maintenance.ts';
import { leftovers } from '../../src/services.ts';
import { build } from '../support/build-app.ts';
import { registerUser } from '../support/factories.ts';

const test = await build(t);
const { app, query } = test;
const user = await registerUser(test);

async function clean(): Promise<void> {
  await deleteLeftovers(app, leftovers);
}

/** How a moment so long ago, or ahead, is written in SQL. */
function at(offset: string): string {
  return `now() + interval '${offset}'`;
}

void t.test('a registration is kept for a day, and longer while a code for it is out', async (t) => {
  await query('delete from registrations');
  await query(`insert into registrations (email, password_hash, updated_at) values
    ('fresh@x.y', 'h', ${at('-23 hours 59 minutes')}), ('old@x.y', 'h', ${at('-24 hours -1 minute')}),
    ('asked-again@x.y', 'h', ${at('-24 hours -1 minute')}), ('reset@x.y', 'h', ${at('-24 hours -1 minute')}),
    ('expired@x.y', 'h', ${at('-24 hours -1 minute')})`);
  await query(`insert into one_time_codes (email, purpose, digest, tries_left, sent_at, expires_at) values
    ('asked-again@x.y', 'verify_email', 'd', 5, now(), ${at('1 minute')}),
    ('reset@x.y', 'reset_password', 'd', 5, now(), ${at('1 minute')}),
    ('expired@x.y', 'verify_email', 'd', 5, now(), ${at('-1 minute')})`);
  await clean();
  t.same(await namesOf('registrations', 'email'), ['asked-again@x.y', 'fresh@x.y']);
});

void t.test('a code is kept until an hour after it ran out', async (t) => {
  await query('delete from one_time_codes');
  await query(`insert into one_time_codes (email, purpose, digest, tries_left, sent_at, expires_at) values
    ('good@x.y', 'verify_email', 'd', 5, now(), ${at('10 minutes')}),
    ('spent@x.y', 'verify_email', 'd', 0, now(), ${at('10 minutes')}),
    ('late@x.y', 'verify_email', 'd', 5, now(), ${at('-59 minutes')}),
    ('gone@x.y', 'reset_password', 'd', 5, now(), ${at('-61 minutes')})`);
  await clean();
  t.same(await namesOf('one_time_codes', 'email'), ['good@x.y', 'late@x.y', 'spent@x.y']);
});

void t.test('the code mails of an email are kept until none of them counts any more', async (t) => {
  await query('delete from code_mails');
  await query(`insert into code_mails (email, mailed_at, expires_at) values
    ('counts@x.y', array[${at('-23 hours')}], ${at('1 hour')}), ('over@x.y', array[${at('-25 hours')}], ${at('-1 hour')})`);
  await clean();
  t.same(await namesOf('code_mails', 'email'), ['counts@x.y']);
});

void t.test('failed logins are kept as long as they count, and beyond every lock', async (t) => {
  await query(`insert into login_failures (email, source, failures, last_failed_at, locked_until) values
    ('counts@x.y', '192.0.2.1', 4, ${at('-47 hours -59 minutes')}, null),
    ('forgotten@x.y', '192.0.2.1', 20, ${at('-48 hours -1 minute')}, ${at('-24 hours -1 minute')}),
    ('locked@x.y', '192.0.2.1', 20, ${at('-23 hours')}, ${at('1 hour')})`);
  await clean();
  t.same(await namesOf('login_failures', 'email'), ['counts@x.y', 'locked@x.y']);
});

void t.test(
  'failures of an account are kept for their day, and where it was logged in from for half a year',
  async (t) => {
    await query(`insert into account_login_failures (email, failures, since) values
    ('counts@x.y', 50, ${at('-23 hours -59 minutes')}), ('over@x.y', 50, ${at('-24 hours -1 minute')})`);
    // The user has logged in from somewhere already.
    await query('delete from login_sources');
    await query(
      `insert into login_sources (user_id, source, last_used_at) values
      ($1, '192.0.2.1', ${at('-179 days')}), ($1, '192.0.2.2', ${at('-181 days')})`,
      [user.userId],
    );
    await clean();
    t.same(await namesOf('account_login_failures', 'email'), ['counts@x.y']);
    t.same(await namesOf('login_sources', 'source'), ['192.0.2.1']);
  },
);

void t.test(
  'sessions and refresh tokens go when they have run out; spent and ended ones stay until then',
  async (t) => {
    const [running, ended, over] = [uuidv7(), uuidv7(), uuidv7()];
    await query('delete from sessions');
    await query(
      `insert into sessions (id, user_id, expires_at, ended_at) values
      ($1, $4, ${at('1 minute')}, null), ($2, $4, ${at('1 minute')}, now()), ($3, $4, ${at('-1 minute')}, null)`,
      [running, ended, over, user.userId],
    );
    await query(
      `insert into refresh_tokens (digest, session_id, expires_at, spent_at) values
      ('usable', $1, ${at('1 minute')}, null), ('spent', $1, ${at('1 minute')}, now()),
      ('run-out', $1, ${at('-1 minute')}, null), ('of-ended', $2, ${at('1 minute')}, null),
      ('of-over', $3, ${at('1 minute')}, now())`,
      [running, ended, over],
    );
    await clean();
    t.same(await namesOf('sessions', 'id'), [running, ended].sort());
    t.same(await namesOf('refresh_tokens', 'digest'), ['of-ended', 'spent', 'usable']);
  },
);

void t.test('a secret goes 90 days after it ended, and not before', async (t) => {
  const [client] = await query<{ id: string }>('select id from api_clients');
  await query(
    `insert into secrets (id, api_client_id, status, hint, expires_at, ended_at) values
      (gen_random_uuid(), $1, 'revoked', 'kept', ${at('-89 days')}, ${at('-89 days')}),
      (gen_random_uuid(), $1, 'revoked', 'gone', ${at('-91 days')}, ${at('-91 days')}),
      (gen_random_uuid(), $1, 'expired', 'over', ${at('-91 days')}, ${at('-91 days')})`,
    [client!.id],
  );
  await clean();
  const hints = (await namesOf('secrets', 'hint')).filter((hint) => ['kept', 'gone', 'over'].includes(hint));
  t.same(hints, ['kept']);
  await query('delete from secrets where ended_at is not null');
});

void t.test('that people were told of an end is forgotten a day after it', async (t) => {
  await query(`insert into expiry_notices (subject_id, expires_at, days_before) values
    (gen_random_uuid(), ${at('-23 hours')}, 1), (gen_random_uuid(), ${at('-25 hours')}, 7)`);
  await clean();
  t.same(await namesOf('expiry_notices', 'days_before'), ['1']);
});

void t.test('an API client that has expired stays, with its secret: its end can be moved', async (t) => {
  await query(`update api_clients set expires_at = ${at('-30 days')}`);
  const before = [await namesOf('api_clients', 'client_id'), await namesOf('secrets', 'lookup_id')];
  await clean();
  t.same([await namesOf('api_clients', 'client_id'), await namesOf('secrets', 'lookup_id')], before);
});

void t.test('a backlog of any size goes, a batch a statement', async (t) => {
  await query('delete from one_time_codes');
  await query(
    `insert into one_time_codes (email, purpose, digest, tries_left, sent_at, expires_at)
     select 'user' || n || '@x.y', 'verify_email', 'd', 5, now(), ${at('-2 hours')} from generate_series(1, $1) as n`,
    [2 * LEFTOVERS_BATCH + 1],
  );
  await query(`insert into one_time_codes (email, purpose, digest, tries_left, sent_at, expires_at)
    values ('good@x.y', 'verify_email', 'd', 5, now(), ${at('10 minutes')})`);
  await clean();
  t.same(await namesOf('one_time_codes', 'email'), ['good@x.y']);
});

void t.test('two at once do no harm, one without a database only says so, and a stop ends it', async (t) => {
  await t.resolves(Promise.all([clean(), clean()]));
  const pool = createPool({ databaseUrl: 'postgres://x@127.0.0.1:1/x', poolMax: 1 });
  t.teardown(() => pool.end());
  const logged = () => test.logs.filter((line) => line.includes('leftovers could not be deleted')).length;
  await t.resolves(deleteLeftovers({ db: createDb(pool), log: app.log }, leftovers));
  const count = logged();
  t.ok(count > 0);
  await deleteLeftovers({ db: createDb(pool), log: app.log }, leftovers, AbortSignal.abort());
  t.equal(logged(), count);
});

async function namesOf(table: string, column: string): Promise<string[]> {
  const rows = await query<{ name: string }>(`select ${column}::text as name from ${table} order by 1`);
  return rows.map(({ name }) => name).sort();
}
