import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import t from 'tap';
import { createTestDatabase } from '../support/test-database.ts';

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const NOT_NULL_VIOLATION = '23502';
const CHECK_VIOLATION = '23514';
const RESTRICT_VIOLATION = '23001';

const database = await createTestDatabase();
const client = new pg.Client({ connectionString: database.databaseUrl });
await client.connect();
t.teardown(async () => {
  await client.end();
  await database.drop();
});

type Row = Record<string, unknown>;

/** What is left of a secret that has ended. */
const endedRow: Row = { hash: null, lookup_id: null, pepper_version: null, expires_at: 'now', ended_at: 'now' };

void t.test('an email has one account, whatever its case', async (t) => {
  const email = `${randomUUID()}@example.com`;
  await insertUser({ email });
  await t.rejects(insertUser({ email }), refusal(UNIQUE_VIOLATION, 'users__email_key'));
  await t.rejects(insertUser({ email: email.toUpperCase() }), refusal(CHECK_VIOLATION, 'users__email_check'));
});

void t.test('pending registrations, codes and login failures are kept by lower-case email', async (t) => {
  const email = `${randomUUID()}@example.com`;
  const upper = email.toUpperCase();
  const registration = { email, password_hash: 'x' };
  await insert('registrations', registration);
  await t.rejects(insert('registrations', registration), refusal(UNIQUE_VIOLATION, 'registrations_pkey'));
  await t.rejects(
    insert('registrations', { ...registration, email: upper }),
    refusal(CHECK_VIOLATION, 'registrations__email_check'),
  );
  const code = { email, purpose: 'verify_email', digest: 'x', tries_left: 5, sent_at: 'now', expires_at: 'now' };
  await insert('one_time_codes', code);
  await t.rejects(insert('one_time_codes', code), refusal(UNIQUE_VIOLATION, 'one_time_codes__pkey'));
  for (const [wrong, constraint] of [
    [{ email: upper }, 'one_time_codes__email_check'],
    [{ purpose: 'other' }, 'one_time_codes__purpose_check'],
    [{ tries_left: 6 }, 'one_time_codes__tries_left_check'],
    [{ tries_left: -1 }, 'one_time_codes__tries_left_check'],
  ] as const) {
    await t.rejects(insert('one_time_codes', { ...code, ...wrong }), refusal(CHECK_VIOLATION, constraint));
  }
  const failure = { email, source: '192.0.2.1', failures: 1, last_failed_at: 'now' };
  await insert('login_failures', failure);
  const ofAccount = { email, failures: 1, since: 'now' };
  await insert('account_login_failures', ofAccount);
  for (const [wrong, constraint] of [
    [{ email: upper }, 'account_login_failures__email_check'],
    [{ email: `x${email}`, failures: 0 }, 'account_login_failures__failures_check'],
  ] as const) {
    await t.rejects(insert('account_login_failures', { ...ofAccount, ...wrong }), refusal(CHECK_VIOLATION, constraint));
  }
  await t.rejects(insert('login_failures', failure), refusal(UNIQUE_VIOLATION, 'login_failures__pkey'));
  for (const [wrong, constraint] of [
    [{ email: upper }, 'login_failures__email_check'],
    [{ failures: 0 }, 'login_failures__failures_check'],
  ] as const) {
    await t.rejects(insert('login_failures', { ...failure, ...wrong }), refusal(CHECK_VIOLATION, constraint));
  }
});

void t.test('a user is a member of an organization once, in a role there is', async (t) => {
  const membership = {
    id: randomUUID(),
    organization_id: await insertOrganization(),
    user_id: await insertUser(),
    role: 'reader',
  };
  await insert('memberships', membership);
  await t.rejects(
    insert('memberships', { ...membership, id: randomUUID(), role: 'owner' }),
    refusal(UNIQUE_VIOLATION, 'memberships__organization_id_user_id_key'),
  );
  for (const [wrong, code, constraint] of [
    [{ role: 'king' }, CHECK_VIOLATION, 'memberships__role_check'],
    [{ user_id: randomUUID() }, FOREIGN_KEY_VIOLATION, 'memberships__user_id_fkey'],
    [{ organization_id: randomUUID() }, FOREIGN_KEY_VIOLATION, 'memberships__organization_id_fkey'],
  ] as const) {
    const row = { ...membership, id: randomUUID(), user_id: await insertUser(), ...wrong };
    await t.rejects(insert('memberships', row), refusal(code, constraint));
  }
});

void t.test('sessions and refresh tokens belong to somebody, and go with them', async (t) => {
  const [session, user] = [randomUUID(), await insertUser()];
  await t.rejects(
    insert('sessions', { id: session, user_id: randomUUID(), expires_at: 'now' }),
    refusal(FOREIGN_KEY_VIOLATION, 'sessions__user_id_fkey'),
  );
  const token = { digest: randomUUID(), session_id: session, expires_at: 'now' };
  await t.rejects(insert('refresh_tokens', token), refusal(FOREIGN_KEY_VIOLATION, 'refresh_tokens__session_id_fkey'));
  await insert('sessions', { id: session, user_id: user, expires_at: 'now' });
  await insert('refresh_tokens', token);
  await t.rejects(insert('refresh_tokens', token), refusal(UNIQUE_VIOLATION, 'refresh_tokens_pkey'));
  await client.query('delete from users where id = $1', [user]);
  t.equal(await count('refresh_tokens', { digest: token.digest }), 0);
});

void t.test('an application without its primary client cannot be committed', async (t) => {
  const organization = await insertOrganization();
  const [application, primary] = [randomUUID(), randomUUID()];
  const alone = inTransaction(async () => {
    await insert('applications', applicationRow({ id: application, organization, primary }));
  });
  await t.rejects(alone, refusal(FOREIGN_KEY_VIOLATION, 'applications__primary_client_id_fkey'));
  await t.rejects(
    insert('applications', { ...applicationRow({ id: application, organization, primary }), primary_client_id: null }),
    { code: NOT_NULL_VIOLATION, column: 'primary_client_id' },
  );
  t.equal(await count('applications', { organization_id: organization }), 0);
});

void t.test(
  'the primary client of an application is one of its own clients, and of no second application',
  async (t) => {
    const organization = await insertOrganization();
    const other = await insertApplication(organization);
    const foreign = inTransaction(async () => {
      const row = applicationRow({ id: randomUUID(), organization, primary: other.primary });
      await insert('applications', row);
    });
    await t.rejects(foreign, refusal(UNIQUE_VIOLATION, 'applications__primary_client_id_key'));
    const loose = await insertApiClient({ organization_id: organization });
    const borrowed = inTransaction(async () => {
      await insert('applications', applicationRow({ id: randomUUID(), organization, primary: loose }));
    });
    await t.rejects(borrowed, refusal(FOREIGN_KEY_VIOLATION, 'applications__primary_client_id_fkey'));
  },
);

void t.test('a primary client cannot be deleted while its application stays', async (t) => {
  const { primary } = await insertApplication(await insertOrganization());
  await t.rejects(
    client.query('delete from api_clients where id = $1', [primary]),
    refusal(FOREIGN_KEY_VIOLATION, 'applications__primary_client_id_fkey'),
  );
});

void t.test('an API client never belongs to an application of another organization', async (t) => {
  const [mine, theirs] = [await insertOrganization(), await insertOrganization()];
  const { application } = await insertApplication(theirs);
  await t.rejects(
    insertApiClient({ organization_id: mine, application_id: application }),
    refusal(FOREIGN_KEY_VIOLATION, 'api_clients__application_id_organization_id_fkey'),
  );
  await insertApiClient({ organization_id: theirs, application_id: application });
});

void t.test('an API client has a well-formed unique client_id and known values', async (t) => {
  const organization = await insertOrganization();
  const clientId = newClientId();
  await insertApiClient({ organization_id: organization, client_id: clientId });
  await t.rejects(
    insertApiClient({ organization_id: organization, client_id: clientId }),
    refusal(UNIQUE_VIOLATION, 'api_clients__client_id_key'),
  );
  await t.rejects(
    insertApiClient({ organization_id: randomUUID() }),
    refusal(FOREIGN_KEY_VIOLATION, 'api_clients__organization_id_fkey'),
  );
  for (const [wrong, constraint] of [
    [{ client_id: 'no' }, 'api_clients__client_id_check'],
    [{ client_id: '../x' }, 'api_clients__client_id_check'],
    [{ client_id: 'x'.repeat(129) }, 'api_clients__client_id_check'],
    [{ client_id: `${clientId}=` }, 'api_clients__client_id_check'],
    [{ environment: 'test' }, 'api_clients__environment_check'],
    [{ status: 'deleted' }, 'api_clients__status_check'],
    [{ permissions: [] }, 'api_clients__permissions_check'],
  ] as const) {
    await t.rejects(insertApiClient({ organization_id: organization, ...wrong }), refusal(CHECK_VIOLATION, constraint));
  }
});

void t.test('what never changes of an API client cannot be changed, the rest can', async (t) => {
  const organization = await insertOrganization();
  const { application } = await insertApplication(organization);
  const id = await insertApiClient({ organization_id: organization });
  const update = (column: string, value: unknown) =>
    client.query(`update api_clients set ${column} = $2 where id = $1`, [id, value]);
  for (const [column, value] of [
    ['id', randomUUID()],
    ['client_id', newClientId()],
    ['organization_id', await insertOrganization()],
    ['application_id', application],
    ['environment', 'live'],
  ] as const) {
    await t.rejects(update(column, value), refusal(RESTRICT_VIOLATION, 'api_clients__immutable'));
  }
  t.equal((await update('environment', 'staging')).rowCount, 1);
  t.equal((await update('name', 'renamed')).rowCount, 1);
});

void t.test('what never changes of an application cannot be changed, the rest can', async (t) => {
  const organization = await insertOrganization();
  const { application } = await insertApplication(organization);
  const second = await insertApiClient({ organization_id: organization, application_id: application });
  const update = (column: string, value: unknown) =>
    client.query(`update applications set ${column} = $2 where id = $1`, [application, value]);
  for (const [column, value] of [
    ['id', randomUUID()],
    ['organization_id', await insertOrganization()],
    ['primary_client_id', second],
  ] as const) {
    await t.rejects(update(column, value), refusal(RESTRICT_VIOLATION, 'applications__immutable'));
  }
  t.equal((await update('name', 'renamed')).rowCount, 1);
});

void t.test('no secret is without its client, and none has an odd form', async (t) => {
  await t.rejects(
    insertSecret({ api_client_id: randomUUID() }),
    refusal(FOREIGN_KEY_VIOLATION, 'secrets__api_client_id_fkey'),
  );
  const owner = await insertApiClient({ organization_id: await insertOrganization() });
  for (const [wrong, constraint] of [
    [{ lookup_id: 'short' }, 'secrets__lookup_id_check'],
    [{ hint: 'abcde' }, 'secrets__hint_check'],
    [{ hash: 'plain text' }, 'secrets__hash_check'],
  ] as const) {
    await t.rejects(insertSecret({ api_client_id: owner, ...wrong }), refusal(CHECK_VIOLATION, constraint));
  }
});

void t.test('a client has at most one active secret and one that retires, and any number that ended', async (t) => {
  const owner = await insertApiClient({ organization_id: await insertOrganization() });
  const lookupId = await insertSecret({ api_client_id: owner });
  await t.rejects(insertSecret({ api_client_id: owner }), refusal(UNIQUE_VIOLATION, 'secrets__active_key'));
  const retiring = { api_client_id: owner, status: 'retiring', expires_at: 'tomorrow' };
  await insertSecret(retiring);
  await t.rejects(insertSecret(retiring), refusal(UNIQUE_VIOLATION, 'secrets__retiring_key'));
  for (const status of ['expired', 'expired', 'revoked', 'revoked']) {
    await insertSecret({ api_client_id: owner, status, ...endedRow });
  }
  const other = await insertApiClient({ organization_id: await insertOrganization() });
  await t.rejects(
    insertSecret({ api_client_id: other, lookup_id: lookupId }),
    refusal(UNIQUE_VIOLATION, 'secrets__lookup_id_key'),
  );
});

void t.test(
  'a secret that has ended keeps nothing it could be found or compared by, one that works has all',
  async (t) => {
    const owner = await insertApiClient({ organization_id: await insertOrganization() });
    for (const wrong of [
      { status: 'lost', expires_at: 'now' },
      { status: 'revoked', expires_at: 'now' },
      { ...endedRow, status: 'active' },
      { ...endedRow, status: 'retiring' },
      { ...endedRow, status: 'revoked', hash: '$argon2id$x' },
      { ...endedRow, status: 'expired', lookup_id: 'A'.repeat(22) },
      { ...endedRow, status: 'revoked', pepper_version: 'v' },
      { hash: null },
      { lookup_id: null },
      { pepper_version: null },
    ]) {
      const row = insertSecret({ api_client_id: owner, ...wrong });
      await t.rejects(row, refusal(CHECK_VIOLATION, 'secrets__status_check'), JSON.stringify(wrong));
    }
    const endless: [Row, string][] = [
      [{ status: 'retiring' }, 'secrets__expires_at_check'],
      [{ ...endedRow, status: 'revoked', expires_at: null }, 'secrets__expires_at_check'],
      [{ own_expires_at: 'tomorrow' }, 'secrets__own_expires_at_check'],
      [{ last_used_ip: '192.0.2.1' }, 'secrets__last_used_ip_check'],
    ];
    for (const [wrong, constraint] of endless) {
      await t.rejects(insertSecret({ api_client_id: owner, ...wrong }), refusal(CHECK_VIOLATION, constraint));
    }
    await insertSecret({ api_client_id: owner, last_used_ip: '192.0.2.0/24' });
  },
);

void t.test('an application takes its clients and their secrets along', async (t) => {
  const { application, primary } = await insertApplication(await insertOrganization());
  await insertSecret({ api_client_id: primary });
  await client.query('delete from applications where id = $1', [application]);
  t.equal(await count('api_clients', { application_id: application }), 0);
  t.equal(await count('secrets', { api_client_id: primary }), 0);
});

void t.test('an organization takes everything of its own along, and no user', async (t) => {
  const organization = await insertOrganization();
  const user = await insertUser();
  const { primary } = await insertApplication(organization);
  const loose = await insertApiClient({ organization_id: organization });
  for (const owner of [primary, loose]) await insertSecret({ api_client_id: owner });
  await insert('memberships', { id: randomUUID(), organization_id: organization, user_id: user, role: 'owner' });
  await client.query('delete from organizations where id = $1', [organization]);
  for (const table of ['applications', 'api_clients', 'memberships']) {
    t.equal(await count(table, { organization_id: organization }), 0);
  }
  for (const owner of [primary, loose]) t.equal(await count('secrets', { api_client_id: owner }), 0);
  t.equal(await count('users', { id: user }), 1);
});

void t.test('one signing key is current, and mail counts its attempts upwards', async (t) => {
  const key = { public_jwk: {}, sealed_private_key: 'x' };
  await insert('signing_keys', { ...key, kid: randomUUID() });
  await t.rejects(
    insert('signing_keys', { ...key, kid: randomUUID() }),
    refusal(UNIQUE_VIOLATION, 'signing_keys__current_key'),
  );
  await insert('signing_keys', { ...key, kid: randomUUID(), retired_at: 'now' });
  await insert('signing_keys', { ...key, kid: randomUUID(), retired_at: 'now' });
  await t.rejects(
    insert('mails', { id: randomUUID(), sealed_message: 'x', expires_at: 'now', attempts: -1 }),
    refusal(CHECK_VIOLATION, 'mails__attempts_check'),
  );
});

void t.test('following a foreign key backwards never reads a whole table', async (t) => {
  const { rows } = await client.query(`
    select conname from pg_constraint c where contype = 'f' and not exists (
      select from pg_index where indrelid = conrelid and indpred is null and indkey[0] = any(conkey)
    ) order by conname`);
  t.same(rows, []);
});

function refusal(code: string, constraint: string): { code: string; constraint: string } {
  return { code, constraint };
}

async function insert(table: string, row: Row): Promise<void> {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`);
  await client.query(`insert into ${table} (${columns.join()}) values (${places.join()})`, Object.values(row));
}

async function count(table: string, where: Row): Promise<number> {
  const [[column, value] = ['', '']] = Object.entries(where);
  const { rows } = await client.query<{ count: number }>(`select count(*)::int from ${table} where ${column} = $1`, [
    value,
  ]);
  return rows[0]!.count;
}

async function inTransaction(work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (err) {
    await client.query('rollback');
    throw err;
  }
}

async function insertUser(row: Row = {}): Promise<string> {
  const id = randomUUID();
  await insert('users', { id, email: `${id}@example.com`, password_hash: 'x', ...row });
  return id;
}

async function insertOrganization(): Promise<string> {
  const id = randomUUID();
  await insert('organizations', { id, name: 'Acme', contact_email: 'ops@example.com' });
  return id;
}

function applicationRow({ id, organization, primary }: { id: string; organization: string; primary: string }): Row {
  return { id, organization_id: organization, primary_client_id: primary, name: 'Shop' };
}

async function insertApplication(organization: string): Promise<{ application: string; primary: string }> {
  const [application, primary] = [randomUUID(), randomUUID()];
  await inTransaction(async () => {
    await insert('applications', applicationRow({ id: application, organization, primary }));
    await insertApiClient({ id: primary, organization_id: organization, application_id: application });
  });
  return { application, primary };
}

async function insertApiClient(row: Row): Promise<string> {
  const id = randomUUID();
  const defaults = { id, client_id: newClientId(), name: 'Worker', environment: 'staging', permissions: ['api.read'] };
  await insert('api_clients', { ...defaults, ...row });
  return id;
}

/** @returns its lookup_id */
async function insertSecret(row: Row): Promise<string> {
  const lookupId = randomBytes(11).toString('hex');
  const defaults = { id: randomUUID(), lookup_id: lookupId, hash: '$argon2id$x', pepper_version: '1', hint: 'abcd' };
  await insert('secrets', { ...defaults, ...row });
  return lookupId;
}

function newClientId(): string {
  return randomBytes(16).toString('base64url');
}
