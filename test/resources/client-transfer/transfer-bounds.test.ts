import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { build, waitFor } from '../../support/build-app.ts';
import { holdLock, waitForLockWaiters } from '../../support/database-session.ts';
import { addMember, API, registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { importLine, importLines, importPath } from '../../support/imports.ts';
import { Lines, readLines } from '../../support/lines.ts';
import { isProblem } from '../../support/problems.ts';

const BATCH = 200;
/** More than the buffers of a connection hold. */
const MANY = 500;

// What a test leaves unread for a while is not cut off.
const test = await build(t, { connectionTimes: { stallMs: 600_000 } });
const origin = new URL(await test.app.listen());

type Target = Pick<TestUser, 'organizationId' | 'token'>;

const makeLines = (count: number) => Array.from({ length: count }, () => importLine(`svc-${randomUUID()}`));
const exportPath = ({ organizationId }: Target) => `${API}/organizations/${organizationId}/api-clients/export/`;
const send = ({ token }: Target, lines: object[], path: string) =>
  test.request('POST', path, { token, body: new Lines(lines) });

async function answerOf(sending: ReturnType<typeof request>): Promise<IncomingMessage> {
  const [incoming] = (await once(sending, 'response')) as [IncomingMessage];
  incoming.on('error', () => undefined);
  return incoming;
}

/** An import whose first batch was answered and whose next does not come. */
async function openSlowImport(target: Target) {
  const sending = openImport(target);
  sending.write(new Lines(makeLines(BATCH)).text);
  const answer = await answerOf(sending);
  return {
    end: async (lines: object[] = []) => {
      sending.end(new Lines(lines).text);
      return readLines<object>(await text(answer)).at(-1);
    },
  };
}

function openImport(target: Target) {
  const sending = request(new URL(importPath(target), origin), {
    method: 'POST',
    headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/x-ndjson' },
    agent: false,
  });
  sending.on('error', () => undefined);
  return sending;
}

/** An export of which nothing is read but its head. */
async function openExport(target: Target): Promise<IncomingMessage> {
  const sending = request(new URL(exportPath(target), origin), {
    headers: { authorization: `Bearer ${target.token}` },
    agent: false,
  });
  sending.on('error', () => undefined);
  sending.end();
  return answerOf(sending);
}

/** As the service sees them. */
function countConnections(): Promise<number> {
  return new Promise((resolve) => {
    test.app.server.getConnections((_err, count) => {
      resolve(count);
    });
  });
}

async function createOrganization({ token }: TestUser): Promise<Target> {
  const response = await test.request('POST', `${API}/organizations/`, { token, body: { name: 'Another' } });
  return { organizationId: response.json<{ uuid: string }>().uuid, token };
}

/** API clients of 40 KiB each. */
async function insertLargeClients(organizationId: string): Promise<void> {
  await test.query(
    `insert into api_clients (id, client_id, organization_id, name, environment, permissions, allowed_redirect_urls)
     select gen_random_uuid(), 'large-' || gen_random_uuid(), $1, 'Large', 'live', '{api.read}',
            array(select 'https://acme.example/' || nr || repeat('x', 2000) from generate_series(1, 20) nr)
     from generate_series(1, $2::int)`,
    [organizationId, MANY],
  );
}

/** What of an export arrives, and whether it is whole. */
async function takeRest(answer: IncomingMessage): Promise<{ body: string; isWhole: boolean }> {
  const parts: Buffer[] = [];
  answer.on('data', (part: Buffer) => void parts.push(part));
  // `once` would fail for a connection that is cut.
  await new Promise<void>((resolve) => void answer.once('close', resolve));
  return { body: Buffer.concat(parts).toString(), isWhole: answer.complete };
}

void t.test('who hangs up during the first batch leaves the organization free for the next import', async (t) => {
  const owner = await registerUser(test);
  const lock = await holdLock(test, 'select from organizations where id = $1 for update', [owner.organizationId]);
  const sending = openImport(owner);
  sending.end(new Lines(makeLines(1)).text);
  await waitForLockWaiters(test);
  sending.destroy();
  await waitFor(async () => ((await countConnections()) === 0 ? true : undefined));
  await lock.commit();
  const next = await waitFor(async () => {
    const response = await send(owner, makeLines(1), importPath(owner));
    return response.statusCode === 503 ? undefined : response;
  });
  t.equal(next.statusCode, 200);
});

void t.test('slow imports keep nobody else from importing', async (t) => {
  const slow = [];
  for (let opened = 0; opened < 6; opened += 1) slow.push(await openSlowImport(await registerUser(test)));
  const owner = await registerUser(test);
  t.equal((await importLines(test, owner, makeLines(1))).end.imported, 1);
  for (const each of slow) t.match(await each.end(), { done: true, imported: BATCH });
});

void t.test('503 for the third import of one user at a time, not for another user', async (t) => {
  const [owner, other] = [await registerUser(test), await registerUser(test)];
  const slow = [await openSlowImport(owner), await openSlowImport(await createOrganization(owner))];
  const third = await createOrganization(owner);
  for (const query of ['', '?atomic=true']) {
    const refused = await send(third, makeLines(1), importPath(third, query));
    isProblem(t, refused, { code: 'overloaded' });
    t.ok(refused.headers['retry-after']);
  }
  t.equal((await importLines(test, other, makeLines(1))).end.imported, 1);
  for (const each of slow) await each.end();
  t.equal((await importLines(test, third, makeLines(1))).end.imported, 1);
});

void t.test('an import ends for who lacks the second factor that is demanded from now on', async (t) => {
  const owner = await registerUser(test);
  const slow = await openSlowImport(owner);
  await test.query('update organizations set second_factor_required = true where id = $1', [owner.organizationId]);
  t.match(await slow.end(makeLines(1)), { done: false, imported: BATCH, problem: { code: 'second_factor_required' } });
});

void t.test('an import ends for who logs out, and what was answered is done', async (t) => {
  const owner = await registerUser(test);
  const slow = await openSlowImport(owner);
  t.equal(
    (await test.request('POST', `${API}/programmatic/logout/`, { body: { refresh_token: owner.refreshToken } }))
      .statusCode,
    204,
  );
  t.match(await slow.end(makeLines(1)), { done: false, imported: BATCH, problem: { code: 'unauthorized' } });
});

void t.test('a large export is whole, in order, and each client is in it once', async (t) => {
  const owner = await registerUser(test);
  await insertLargeClients(owner.organizationId);
  const { body, isWhole } = await takeRest(await openExport(owner));
  t.ok(isWhole);
  const rows = await test.query<{ client_id: string }>(
    'select client_id from api_clients where organization_id = $1 order by id',
    [owner.organizationId],
  );
  t.same(
    readLines<{ client_id: string }>(body).map(({ client_id: clientId }) => clientId),
    rows.map(({ client_id: clientId }) => clientId),
  );
});

void t.test('an export is cut off, and not taken for a whole one, for who', async (t) => {
  const cases = {
    'is no member any more': 'delete from memberships where organization_id = $1 and user_id = $2',
    'has not the second factor that is demanded from now on':
      'update organizations set second_factor_required = true where id = $1 and $2::uuid is not null',
    'has logged out': 'update sessions set ended_at = now() where $1::uuid is not null and user_id = $2',
  };
  for (const [title, statement] of Object.entries(cases)) {
    await t.test(title, async (t) => {
      const [owner, member] = [await registerUser(test), await registerUser(test)];
      await insertLargeClients(owner.organizationId);
      await addMember(test, owner.organizationId, { userId: member.userId, role: 'reader' });
      const answer = await openExport({ ...owner, token: member.token });
      t.equal(answer.statusCode, 200);
      await test.query(statement, [owner.organizationId, member.userId]);
      const { body, isWhole } = await takeRest(answer);
      t.notOk(isWhole);
      t.ok(body.split('\n').length < MANY);
    });
  }
});

void t.test('503 for the third export of one user at a time, until one of them ends', async (t) => {
  const [owner, other] = [await registerUser(test), await registerUser(test)];
  await insertLargeClients(owner.organizationId);
  const [left, read] = [await openExport(owner), await openExport(owner)];
  const third = await test.request('GET', exportPath(owner), { token: owner.token });
  isProblem(t, third, { code: 'overloaded' });
  t.ok(third.headers['retry-after']);
  t.equal((await test.request('GET', exportPath(other), { token: other.token })).statusCode, 200);
  left.destroy();
  await waitFor(async () => {
    const next = await openExport(owner);
    next.destroy();
    return next.statusCode === 200 ? true : undefined;
  });
  t.ok((await takeRest(read)).isWhole);
  for (let asked = 0; asked < 3; asked += 1) {
    t.equal((await test.request('HEAD', exportPath(owner), { token: owner.token })).statusCode, 200);
  }
  const last = await openExport(owner);
  t.equal(last.statusCode, 200, 'a HEAD takes no place');
  last.destroy();
});
