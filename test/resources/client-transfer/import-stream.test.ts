import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import t from 'tap';
import { build, waitFor } from '../../support/build-app.ts';
import { registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { importLine, importLines, importPath } from '../../support/imports.ts';
import type { ImportEnd, ImportLine } from '../../support/imports.ts';
import { Lines, readLines } from '../../support/lines.ts';
import { clientsPath } from '../../support/machines.ts';
import { isProblem } from '../../support/problems.ts';

const BATCH = 200;

const test = await build(t, { connectionTimes: { headersMs: 300, requestMs: 300, checkMs: 20 } });
const origin = new URL(await test.app.listen());

const makeLines = (count: number) => Array.from({ length: count }, () => importLine(`svc-${randomUUID()}`));
const exportOf = async ({ token, ...owner }: TestUser) =>
  readLines<{ client_id: string }>((await test.request('GET', `${clientsPath(owner)}export/`, { token })).body).map(
    ({ client_id: clientId }) => clientId,
  );

/** An import over a connection of its own, whose lines are sent and whose answers are read in the hand of the test. */
function openImport(owner: TestUser) {
  const sending = request(new URL(importPath(owner), origin), {
    method: 'POST',
    headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/x-ndjson' },
  });
  sending.on('error', () => undefined);
  const answers = once(sending, 'response').then((emitted: unknown[]) => {
    const incoming = emitted[0] as IncomingMessage;
    incoming.on('error', () => undefined);
    return createInterface({ input: incoming })[Symbol.asyncIterator]();
  });
  return {
    send: (lines: readonly unknown[]) => void sending.write(new Lines(lines).text),
    end: (lines: readonly unknown[] = []) => void sending.end(new Lines(lines).text),
    abandon: () => sending.destroy(),
    async take(count: number): Promise<(ImportLine & ImportEnd)[]> {
      const taken: (ImportLine & ImportEnd)[] = [];
      const lines = await answers;
      while (taken.length < count) {
        const next = (await lines.next()) as IteratorResult<string, undefined>;
        if (next.done === true) break;
        taken.push(JSON.parse(next.value) as ImportLine & ImportEnd);
      }
      return taken;
    },
  };
}

void t.test('thousands of lines are answered in their order while they are sent', async (t) => {
  const owner = await registerUser(test);
  const lines = makeLines(3_000);
  const moving = openImport(owner);
  moving.send(lines.slice(0, BATCH));
  const first = await moving.take(BATCH);
  t.equal(first.length, BATCH, 'the first are answered before the last are sent');
  moving.end(lines.slice(BATCH));
  const rest = await moving.take(Infinity);
  const results = [...first, ...rest.slice(0, -1)];
  t.same(
    results.map(({ line, client_id, result }) => [line, client_id, result]),
    lines.map(({ client_id }, index) => [index + 1, client_id, 'imported']),
  );
  t.same(rest.at(-1), { done: true, imported: 3_000, already_imported: 0, failed: 0, problem: null });
  t.same(
    (await exportOf(owner)).slice(1),
    lines.map(({ client_id }) => client_id),
    'and the export has them, in order',
  );
});

void t.test(
  'what was answered before the connection broke is done, and the same import again finishes it',
  async (t) => {
    const owner = await registerUser(test);
    const lines = makeLines(5 * BATCH + 7);
    const moving = openImport(owner);
    moving.send(lines);
    const answered = await moving.take(BATCH);
    moving.abandon();
    const again = await waitFor(async () => {
      const response = await test.request('POST', importPath(owner), { token: owner.token, body: new Lines(lines) });
      // The turn of the one that broke ends when its batch has.
      return response.statusCode === 503 ? undefined : readLines<ImportLine & ImportEnd>(response.body);
    });
    const results = new Map(again.map(({ client_id: clientId, result }) => [clientId, result]));
    for (const { client_id: clientId } of answered) t.equal(results.get(clientId), 'already_imported');
    t.match(again.at(-1), { done: true, failed: 0, problem: null });
    t.equal((await exportOf(owner)).length, lines.length + 1);
  },
);

void t.test(
  '503 for a second import into an organization while one is under way, not for another organization',
  async (t) => {
    const [owner, other] = [await registerUser(test), await registerUser(test)];
    const moving = openImport(owner);
    moving.send(makeLines(BATCH));
    await moving.take(1);
    const second = await test.request('POST', importPath(owner), { token: owner.token, body: new Lines(makeLines(1)) });
    isProblem(t, second, { code: 'overloaded' });
    t.ok(second.headers['retry-after']);
    t.equal((await importLines(test, other, makeLines(1))).end.imported, 1);
    moving.end();
    t.match((await moving.take(Infinity)).at(-1), { done: true });
    t.equal((await importLines(test, owner, makeLines(1))).end.imported, 1);
  },
);

void t.test('whoever is no admin any more imports nothing from then on', async (t) => {
  const owner = await registerUser(test);
  const moving = openImport(owner);
  moving.send(makeLines(BATCH));
  await moving.take(BATCH);
  await test.query(`update memberships set role = 'developer' where user_id = $1`, [owner.userId]);
  moving.end(makeLines(BATCH));
  t.same(await moving.take(Infinity), [
    {
      done: false,
      imported: BATCH,
      already_imported: 0,
      failed: 0,
      problem: { code: 'insufficient_role', detail: 'This needs the role admin or a higher one.' },
    },
  ]);
});

void t.test('the body of an import may take longer than that of other requests', async (t) => {
  const owner = await registerUser(test);
  const moving = openImport(owner);
  moving.send(makeLines(BATCH));
  await moving.take(1);
  const { hostname, port } = origin;
  const slow = connect(Number(port), hostname);
  slow.write(
    `POST /auth/v2/programmatic/login/ HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
  );
  const [answer] = (await once(slow, 'data')) as [Buffer];
  t.match(answer.toString(), /^HTTP\/1.1 408 /, 'another that began later was cut off');
  moving.end(makeLines(1));
  t.match((await moving.take(Infinity)).at(-1), { done: true, imported: BATCH + 1 });
});

void t.test('a line that is too long fails and is passed over; a body with too many is ended', async (t) => {
  const owner = await registerUser(test);
  const [one, two] = makeLines(2);
  const { results } = await importLines(test, owner, [one, `"${'x'.repeat(300_000)}"`, two]);
  t.match(results, [
    { result: 'imported' },
    { result: 'failed', errors: [{ pointer: '', code: 'too_long' }] },
    { result: 'imported' },
  ]);
  const many = openImport(owner);
  many.end([...makeLines(1), ...Array.from({ length: 100_000 }, () => '{}')]);
  const answers = await many.take(Infinity);
  t.match(answers.at(-1), {
    done: false,
    imported: 1,
    problem: { code: 'content_too_large', detail: 'The body may have 100000 lines.' },
  });
});
