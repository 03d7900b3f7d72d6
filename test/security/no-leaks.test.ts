import { createHash, randomBytes, randomUUID } from 'node:crypto';
import bcrypt from 'bcrypt';
import t from 'tap';
import { createExpiry } from '../../src/resources/expiry/expiry-service.ts';
import { build, waitFor } from '../support/build-app.ts';
import { hideTables, listTables, shoutOnWrite } from '../support/broken-database.ts';
import { closeDatabase, openDatabase } from '../support/database-door.ts';
import { makeSession, makeUnknownTarget } from '../support/every-route.ts';
import { Exercise, exerciseAccounts, exerciseMachines, makePassword } from '../support/exercise.ts';
import type { Made } from '../support/exercise.ts';
import { exerciseSecondFactor } from '../support/exercise-second-factor.ts';
import { API, insertInvitation, insertMember, makeEmail, registerUser } from '../support/factories.ts';
import { importLine, random } from '../support/imports.ts';
import { spell } from '../support/leak-hunt.ts';
import type { Evidence } from '../support/leak-hunt.ts';
import { Lines } from '../support/lines.ts';
import { readInvitation } from '../support/members.ts';
import { managementOperations, operations } from '../support/operations.ts';
import { openNoticeGround } from '../support/outbox.ts';

/** What the identity of a caller is read from. */
const identityTables = ['users', 'sessions', 'memberships', 'signing_keys', 'access_token_keys'];

void t.test('a secret is in the answer that makes it and in nothing else', async (t) => {
  const test = await build(t, { mailTimes: { retryDelaysMs: [10], pollIntervalMs: 50 } });
  const exercise = new Exercise(test);
  const { hunt, statuses } = exercise;

  await t.test('every route, with good and bad input', async () => {
    const made = await exerciseAccounts(exercise);
    await exerciseSecondFactor(exercise, made);
    await exerciseManagement(exercise, made);
    const withoutInput = Object.entries(operations).filter(([, { neverFails }]) => neverFails !== undefined);
    for (const [operationId] of withoutInput) await exercise.send(operationId, {});
    await exerciseWrongPlaces(exercise, made);
    await exerciseNotices(t, exercise);
  });

  await t.test('every route again, while its tables are gone, while writes fail, and without a database', async () => {
    const tables = await listTables(test);
    const mendAll = await hideTables(test, tables);
    await exercise.repeat();
    await mendAll();
    const mendSome = await hideTables(
      test,
      tables.filter((table) => !identityTables.includes(table)),
    );
    await exercise.repeat();
    await mendSome();
    const hush = await shoutOnWrite(test, tables);
    await exercise.repeat();
    await hush();
    await closeDatabase(test);
    await exercise.repeat();
    await openDatabase(test);
  });

  await t.test('no route was left out', async (t) => {
    const missing = (kind: '2xx' | '4xx' | '500' | '503', isSeen: (status: number) => boolean) =>
      Object.entries(operations)
        .filter(([, { neverFails }]) => !neverFails?.some((never) => never === kind))
        .map(([operationId]) => operationId)
        .filter((operationId) => ![...(statuses.get(operationId) ?? [])].some(isSeen));
    t.same(
      missing('2xx', (status) => status < 300),
      [],
      'each succeeded',
    );
    t.same(
      missing('4xx', (status) => status >= 400 && status < 500),
      [],
      'each was refused',
    );
    t.same(
      missing('500', (status) => status === 500),
      [],
      'each failed',
    );
    t.same(
      missing('503', (status) => status === 503),
      [],
      'each was without a database',
    );
  });

  await t.test('every status that was sent is one that the document names', async (t) => {
    const { paths } = test.app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> };
    const described = Object.values(paths).flatMap((path) => Object.values(path));
    for (const { operationId, responses } of described) {
      const unnamed = [...(statuses.get(operationId) ?? [])].filter((status) => !(String(status) in responses));
      t.same(unnamed, [], operationId);
    }
  });

  await t.test('not in the log, in no table, in no other answer, in no mail, in no document', async (t) => {
    const documents = ['/openapi.json', '/openapi.yaml', '/docs/json', '/metrics', '/docs/'].map(async (url) => {
      const { body, statusCode } = await test.request('GET', url);
      t.ok(statusCode < 400, url);
      return { where: url, text: body };
    });
    const evidence: Evidence[] = [
      ...test.logs.map((text) => ({ where: `the log: ${text.slice(0, 160)}`, text })),
      ...exercise.rows.values(),
      ...exercise.answers,
      ...(await Promise.all(documents)),
    ];
    t.ok(hunt.size > 40, `${hunt.size} secrets were in play`);
    t.ok(test.logs.length > 200);
    t.same([...new Set(hunt.search(evidence))], []);
    t.same([...new Set(exercise.faults)], []);
    const codes = test.smtp.received.map(({ content }) => {
      const text = content.text ?? '';
      return /^[A-Z0-9]{6}$/m.exec(text)?.[0] ?? /\/console\/invitation#([\w-]+)/.exec(text)?.[1] ?? '';
    });
    const mails = test.smtp.received.map(({ raw, content }, i) => ({
      where: 'a mail',
      text: `${raw} ${content.text} ${content.html}`,
      allowed: new Set(codes.slice(i, i + 1)),
    }));
    t.same([...new Set(hunt.search(mails))], []);
  });

  await t.test('what is stored of a secret leaves the database as little', async (t) => {
    // The hashes of the audit trail are of events, and there to be shown.
    const rows = [...exercise.rows.values()].filter(({ where }) => !/^table audit_(?:events|chains)$/.test(where));
    const stored = rows.flatMap(({ text }) => {
      const row = JSON.parse(text) as Record<string, unknown>;
      return Object.entries(row).filter(
        ([name]) => /hash|digest|sealed|imported_lookup/.test(name) && name !== 'pepper_version',
      );
    });
    const values = [...new Set(stored.map(([, value]) => String(value)))].filter((value) => value.length > 20);
    t.ok(values.length > 20);
    const texts = [...test.logs, ...exercise.answers.map(({ text }) => text)];
    t.same(
      values.filter((value) => texts.some((text) => text.includes(value))),
      [],
    );
    t.same(
      texts.filter((text) => /failed query|\b(?:select|insert into|update|delete from) \\?"/i.test(text)),
      [],
      'no SQL',
    );
  });
});

interface Operation {
  operationId: string;
  responses: Record<string, object>;
}

async function exerciseManagement(exercise: Exercise, made: Made): Promise<void> {
  const { hunt, test } = exercise;
  const token = String(made.token);
  const org = String(made['organization.uuid']);
  const create = async (operationId: string, body: object) => {
    const headers = { 'idempotency-key': hunt.note('idempotency key', randomUUID()) };
    await exercise.send(operationId, { token, body, headers }, { org });
    return exercise.send(operationId, { token, body, headers }, { org });
  };
  const application = await create('createApplication', {});
  const fields = { name: 'Backend', environment: 'live', permissions: ['api.read'] };
  const client = await create('createApiClient', fields);
  const ids = { org, app: String(application.uuid), client_id: String(client.client_id) };
  const secret = String(client.client_secret);
  // A secret that was used lately is not ended without force.
  const machine = await create('createApiClient', fields);
  const listed = await test.request('GET', `${API}/organizations/${org}/api-clients/${ids.client_id}/secrets/`, {
    token,
  });
  const [first] = listed.json<{ results: { uuid: string }[] }>().results;
  const people = { member: await insertMember(test, org), invitation: await insertInvitation(test, org) };
  const own = { session: await makeSession(test, token), passkey: randomUUID() };
  const params = { ...ids, secret: String(first?.uuid), ...own, ...people };
  await exerciseInvitations(exercise, { token, org });
  const tampered = hunt.note('tampered token', `${token.slice(0, -8)}AAAAAAAA`);
  const stranger = await registerUser(test);

  const failAll = async (operationId: string) => {
    await exercise.send(operationId, { token: tampered }, params);
    await exercise.send(operationId, { headers: { 'x-api-key': secret, cookie: `token=${token}` } }, params);
    await exercise.send(operationId, { token: secret }, params);
    await exercise.send(operationId, { token: stranger.token, body: { client_secret: secret } }, params);
    if (operations[operationId]?.body === undefined) return;
    for (const name of ['client_secret', 'api_key', 'name', 'confirm']) {
      await exercise.send(operationId, { token, body: { [name]: name === 'name' ? [secret] : secret } }, params);
    }
    await exercise.send(operationId, { token, body: { environment: secret, permissions: [secret] } }, params);
    const headers = { 'content-type': 'application/json' };
    await exercise.send(operationId, { token, body: `{"client_secret": "${secret}"`, headers }, params);
  };
  for (const operationId of managementOperations) await failAll(operationId);
  await exerciseMachines(exercise, { id: String(machine.client_id), secret: String(machine.client_secret) });
  await exerciseMachines(exercise, { id: String(made['application.client_id']), secret: String(made.api_key) });
  await exerciseImports(exercise, { token, org });

  // What ends something comes last, the organization at the very end.
  const rank = (id: string) =>
    [
      'deleteInvitation',
      'deleteMember',
      'revokeSecret',
      'deleteApiClient',
      'deleteApplication',
      'deleteOrganization',
    ].indexOf(id);
  const orgName = String(made['organization.name']);
  const password = makePassword(hunt, 'newest password');
  const ownBodies: Record<string, object> = {
    regenerateSecret: { overlap_seconds: 60 },
    endSession: { password: made.password },
    changePassword: { current_password: made.password, password },
    reauthenticate: { password },
    endOtherSessions: { password },
  };
  // What needs something of the caller's own has been tried before.
  const left = managementOperations.filter((operationId) => operations[operationId]?.ready === undefined);
  for (const operationId of left.toSorted((a, b) => rank(a) - rank(b))) {
    const usual = operations[operationId]?.body?.({ ...makeUnknownTarget(), orgName });
    const body = ownBodies[operationId] ?? usual;
    await exercise.send(operationId, { token, ...(body === undefined ? {} : { body }) }, params);
  }
}

/** Invites somebody, who accepts with every kind of mistake on the way. */
async function exerciseInvitations(exercise: Exercise, { token, org }: { token: string; org: string }): Promise<void> {
  const { hunt, test } = exercise;
  const email = makeEmail();
  await exercise.send('inviteMember', { token, body: { email } }, { org });
  const invitation = hunt.note('invitation token', await readInvitation(test, email));
  const madeUp = hunt.note('made-up invitation token', randomBytes(32).toString('base64url'));
  const password = makePassword(hunt, 'password of who was invited');
  const weak = hunt.note('weak password of who was invited', `weak-${randomBytes(9).toString('hex')}`);
  for (const body of [
    { token: madeUp, password },
    { token: `${invitation}x`, password },
    { token: invitation, password: weak },
    { token: invitation, password, email: invitation },
    { token: invitation },
  ]) {
    await exercise.send('acceptInvitation', { body });
  }
  await exercise.send('acceptInvitation', { token, body: { token: invitation } });
  await exercise.send('acceptInvitation', { body: { token: invitation, password } });
  await exercise.send('acceptInvitation', { body: { token: invitation, password } });
}

/** Secrets that come with their hashes: in good lines and bad ones, and then used. */
async function exerciseImports(exercise: Exercise, { token, org }: Record<'token' | 'org', string>): Promise<void> {
  const { hunt } = exercise;
  const importAll = (lines: unknown[]) => exercise.send('importApiClients', { token, body: new Lines(lines) }, { org });
  for (const scheme of ['bcrypt', 'sha256']) {
    const id = `moved-${scheme}`;
    const secret = hunt.note(`imported secret, ${scheme}`, randomBytes(32).toString('base64url'));
    const sha256 = createHash('sha256').update(secret).digest('hex');
    const hash = scheme === 'bcrypt' ? await bcrypt.hash(secret, 10) : `$sha256$${sha256}`;
    const lookup = sha256.slice(0, 32);
    if (scheme === 'bcrypt') hunt.note('lookup of an imported secret', lookup);
    const line = importLine(id, { secret: { hash, random, lookup } });
    await importAll([
      `{"secret": "${secret}"`,
      { ...line, permissions: [secret] },
      { ...line, secret },
      { ...line, secret: { hash: secret } },
      { ...line, secret: { hash, lookup } },
    ]);
    await importAll([line, line, { ...line, name: 'Another' }]);
    await exerciseMachines(exercise, { id, secret });
    await importAll([line]);
    await exercise.send('exportApiClients', { token }, { org });
    await exercise.send('listAuditEvents', { token, headers: { accept: 'application/x-ndjson' } }, { org });
  }
}

/** Ends come near, and people are told of them. */
async function exerciseNotices(t: Parameters<typeof openNoticeGround>[0], { test }: Exercise): Promise<void> {
  await test.query(
    `update api_clients set created_at = now() - interval '1 year', expires_at = now() + interval '2 days'`,
  );
  await createExpiry(openNoticeGround(t, test)).run();
  await waitFor(() => test.smtp.received.find(({ content }) => /ends? soon/.test(content.subject ?? '')));
}

/** Secrets where people put them by mistake: in addresses, queries and headers that take none. */
async function exerciseWrongPlaces(exercise: Exercise, made: Made): Promise<void> {
  const secrets = [made.token, made.refreshToken, made.api_key].map(String);
  for (const secret of secrets) {
    for (const path of [`/${secret}`, `${API}/${secret}/`, `${API}/organizations/${secret}/`]) {
      await exercise.sendAny('none', path, {});
    }
    await exercise.sendAny('none', `${API}/organizations/${secret}/api-clients/${secret}/`, {
      token: String(made.token),
    });
    for (const path of ['organizations/me/', 'permissions/', 'verify/', 'programmatic/login/']) {
      await exercise.sendAny('none', `${API}/${path}?api_key=${secret}&access_token=${secret}&q=${secret}`, {});
    }
    const headers = { 'x-request-id': `${secret} `, 'user-agent': secret, referer: `https://x.example/?t=${secret}` };
    await exercise.sendAny('none', `${API}/organizations/me/`, { headers });
    const body = { name: 'Another' };
    await exercise.send('createOrganization', { token: String(made.token), headers: { 'user-agent': secret }, body });
    await exercise.sendAny('none', '/livez', { headers: { ...headers, 'if-match': `"${secret}"`, origin: secret } });
  }
}

void t.test('the search finds a secret in whatever form it is carried', async (t) => {
  const secret = 'Aa1!\u00fc"secret/with?signs';
  const carriers = [
    secret,
    JSON.stringify({ body: secret }),
    JSON.stringify(JSON.stringify({ body: secret })),
    `?q=${encodeURIComponent(secret)}`,
    new URLSearchParams({ q: secret }).toString(),
    Buffer.from(secret).toString('hex'),
    ...['', 'a', 'ab', 'abc'].flatMap((before) =>
      ['', 'z', 'yz'].flatMap((after) => [
        Buffer.from(before + secret + after).toString('base64'),
        Buffer.from(before + secret + after).toString('base64url'),
      ]),
    ),
  ];
  for (const carrier of carriers)
    t.ok(
      spell(secret).some((spelling) => carrier.includes(spelling)),
      carrier,
    );
});
