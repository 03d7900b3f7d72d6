import t from 'tap';
import { BatchedReader } from '../../src/secrets/batched-reader.ts';
import { CircuitBreaker } from '../../src/db/circuit-breaker.ts';
import { AppError } from '../../src/errors.ts';
import { until } from '../support/embedded-service.ts';

interface Row {
  key: string;
  row: string;
}

interface Query {
  keys: string[];
  answer: (rows: Row[]) => void;
  fail: (err: unknown) => void;
}

interface Bounds {
  inFlightMax?: number;
  lateMax?: number;
  batchEnough?: number;
  batchMax?: number;
  waitingMax?: number;
  budgetMs?: number;
}

/** No query of a test takes that long. */
const AMPLE_MS = 60_000;

/** A reader over queries that end when the test says so. */
function makeReader(bounds: Bounds = {}) {
  const queries: Query[] = [];
  const breaker = new CircuitBreaker();
  const options = {
    identify: (key: string) => key,
    identifyRow: ({ key }: Row) => key,
    load: (keys: string[]) => new Promise<Row[]>((answer, fail) => queries.push({ keys, answer, fail })),
    breaker,
    ...{ inFlightMax: 2, batchEnough: 100, batchMax: 100, waitingMax: 100, budgetMs: AMPLE_MS, ...bounds },
  };
  const batched = new BatchedReader<string, Row>(options);
  const reader = { read: (key: string) => batched.read(key).then((found) => found?.row) };
  return { queries, reader, breaker, options };
}

/** Lets everything happen that needs no query to end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function rowsOf({ keys }: Query, text: string) {
  return keys.map((key) => ({ key, row: `${key} ${text}` }));
}

function at(queries: Query[], index: number): Query {
  const query = queries[index];
  if (query === undefined) throw new Error(`query ${index} was not sent`);
  return query;
}

/** How a read ended so far. */
function watch(read: Promise<string | undefined>) {
  const seen: { state: 'pending' | 'resolved' | 'rejected'; value?: unknown } = { state: 'pending' };
  read.then(
    (value) => Object.assign(seen, { state: 'resolved', value }),
    (value: unknown) => Object.assign(seen, { state: 'rejected', value }),
  );
  return seen;
}

const unhandled: unknown[] = [];
const keepUnhandled = (err: unknown) => unhandled.push(err);
process.on('unhandledRejection', keepUnhandled);
t.teardown(() => process.off('unhandledRejection', keepUnhandled));

void t.test('reads at the same time share one query, and each gets its own row', async (t) => {
  const { queries, reader } = makeReader();
  const reads = Promise.all([reader.read('a'), reader.read('b'), reader.read('c')]);
  await settle();
  t.same(
    queries.map(({ keys }) => keys),
    [['a', 'b', 'c']],
  );
  at(queries, 0).answer([
    { key: 'c', row: 'row of c' },
    { key: 'a', row: 'row of a' },
    { key: 'nobody asked', row: 'row of nobody' },
  ]);
  t.same(
    await reads,
    ['row of a', undefined, 'row of c'],
    'in whatever order the rows come; undefined for what is not there',
  );
});

void t.test('reads of one key share one place, and all get its row', async (t) => {
  const { queries, reader } = makeReader();
  const reads = Promise.all([reader.read('a'), reader.read('a'), reader.read('b'), reader.read('a')]);
  await settle();
  t.same(at(queries, 0).keys, ['a', 'b']);
  at(queries, 0).answer(rowsOf(at(queries, 0), 'row'));
  t.same(await reads, ['a row', 'a row', 'b row', 'a row']);
});

void t.test('keys that are objects are told apart by their identity', async (t) => {
  const asked: { id: string; note: number }[][] = [];
  const reader = new BatchedReader<{ id: string; note: number }, Row>({
    identify: ({ id }) => id,
    identifyRow: ({ key }) => key,
    load: async (keys) => {
      asked.push(keys);
      return keys.map(({ id, note }) => ({ key: id, row: `${id}${note}` }));
    },
    breaker: new CircuitBreaker(),
    ...{ inFlightMax: 1, batchEnough: 10, batchMax: 10, waitingMax: 10, budgetMs: AMPLE_MS },
  });
  const reads = [
    reader.read({ id: 'a', note: 1 }),
    reader.read({ id: 'b', note: 2 }),
    reader.read({ id: 'a', note: 3 }),
  ];
  const rows = await Promise.all(reads);
  t.same(
    rows.map((found) => found?.row),
    ['a1', 'b2', 'a1'],
  );
  t.same(asked, [[{ id: 'a', note: 1 }, { id: 'b', note: 2 }]]); // prettier-ignore
});

void t.test('a read that begins after a query was sent is never answered by it', async (t) => {
  for (const inFlightMax of [1, 2]) {
    const { queries, reader } = makeReader({ inFlightMax });
    const early = watch(reader.read('a'));
    await settle();
    // The query has read the row; what changes from here on is not in its answer.
    const late = watch(reader.read('a'));
    await settle();
    at(queries, 0).answer(rowsOf(at(queries, 0), 'before'));
    await settle();
    t.same(early, { state: 'resolved', value: 'a before' });
    t.same(late, { state: 'pending' }, `${inFlightMax} at once: the late read waits for a query of its own`);
    at(queries, 1).answer(rowsOf(at(queries, 1), 'after'));
    await settle();
    t.same(late, { state: 'resolved', value: 'a after' });
  }
});

void t.test('a read from the very answer of a query is answered by the next one', async (t) => {
  const { queries, reader } = makeReader({ inFlightMax: 1 });
  const second = reader.read('a').then(() => reader.read('a'));
  await settle();
  at(queries, 0).answer(rowsOf(at(queries, 0), 'before'));
  await settle();
  at(queries, 1).answer(rowsOf(at(queries, 1), 'after'));
  t.equal(await second, 'a after');
});

void t.test('nothing is kept: the same read again is a query again', async (t) => {
  const { queries, reader } = makeReader();
  for (const text of ['first', 'second', 'third']) {
    const read = reader.read('a');
    await settle();
    const query = queries.pop();
    query?.answer(rowsOf(query, text));
    t.equal(await read, `a ${text}`);
  }
  t.equal(queries.length, 0);
});

void t.test('no more than inFlightMax queries are under way, and what waits goes out when one ends', async (t) => {
  const { queries, reader } = makeReader({ inFlightMax: 2 });
  const reads = [];
  for (const key of ['a', 'b', 'c', 'd']) {
    reads.push(reader.read(key));
    await settle();
  }
  t.same(
    queries.map(({ keys }) => keys),
    [['a'], ['b']],
  );
  at(queries, 1).answer([]);
  await settle();
  t.same(at(queries, 2).keys, ['c', 'd'], 'what came meanwhile shares the next one');
  t.equal(queries.length, 3);
  at(queries, 0).answer(rowsOf(at(queries, 0), 'row'));
  at(queries, 2).answer(rowsOf(at(queries, 2), 'row'));
  t.same(await Promise.all(reads), ['a row', undefined, 'c row', 'd row']);
  await settle();
  t.equal(queries.length, 3, 'no query without a read');
});

void t.test('batchEnough reads are sent at once, and what comes after them shares the next query', async (t) => {
  const { queries, reader } = makeReader({ inFlightMax: 2, batchEnough: 3 });
  const sent = () => queries.map((query) => query.keys);
  const reads = ['a', 'b', 'b'].map((key) => reader.read(key));
  t.same(sent(), [['a', 'b']], 'without waiting for a turn of the event loop');
  reads.push(reader.read('a'), reader.read('d'));
  await settle();
  t.same(sent(), [['a', 'b'], ['a', 'd']], 'also a key that is under way'); // prettier-ignore
  reads.push(...['e', 'f', 'g', 'h'].map((key) => reader.read(key)));
  await settle();
  t.equal(queries.length, 2, 'never more under way than inFlightMax');
  at(queries, 0).answer(rowsOf(at(queries, 0), 'row'));
  await settle();
  t.same(at(queries, 2).keys, ['e', 'f', 'g', 'h']);
  for (const index of [1, 2]) at(queries, index).answer(rowsOf(at(queries, index), 'row'));
  t.same(
    await Promise.all(reads),
    ['a', 'b', 'b', 'a', 'd', 'e', 'f', 'g', 'h'].map((key) => `${key} row`),
  );
  await settle();
  t.equal(queries.length, 3, 'no query without a read');
});

void t.test('where enough wait when a query ends, the next one goes out before its reads go on', async (t) => {
  const { queries, reader } = makeReader({ inFlightMax: 1, batchEnough: 2 });
  const sent: number[] = [];
  const first = reader.read('a').then(() => sent.push(queries.length));
  await settle();
  const rest = ['b', 'c'].map((key) => reader.read(key));
  at(queries, 0).answer(rowsOf(at(queries, 0), 'row'));
  await settle();
  at(queries, 1).answer(rowsOf(at(queries, 1), 'row'));
  await Promise.all([first, ...rest]);
  t.same(queries.map(({ keys }) => keys), [['a'], ['b', 'c']]); // prettier-ignore
  t.same(sent, [2]);
});

void t.test('a late query leaves its place to one other, and each read has an answer of its own time', async (t) => {
  const { queries, reader } = makeReader({ inFlightMax: 1, lateMax: 1 });
  const first = watch(reader.read('a'));
  await settle();
  const second = reader.read('a');
  await until(async () => queries.length === 2);
  t.same(first, { state: 'pending' });
  const third = reader.read('c');
  await settle();
  t.equal(queries.length, 2, 'one is late, one under way');
  at(queries, 0).answer(rowsOf(at(queries, 0), 'before'));
  at(queries, 1).answer(rowsOf(at(queries, 1), 'after'));
  await settle();
  at(queries, 2).answer(rowsOf(at(queries, 2), 'row'));
  t.same([first, await second, await third], [{ state: 'resolved', value: 'a before' }, 'a after', 'c row']);
  t.equal(queries.length, 3);
});

void t.test('what waits behind one query after another goes out when the last of them is late', async (t) => {
  const { queries, reader } = makeReader({ inFlightMax: 1, lateMax: 1 });
  const reads = [reader.read('a')];
  await settle();
  reads.push(reader.read('b'));
  at(queries, 0).answer(rowsOf(at(queries, 0), 'row'));
  await settle();
  reads.push(reader.read('c'));
  await until(async () => queries.length === 3);
  t.same(queries.map(({ keys }) => keys), [['a'], ['b'], ['c']]); // prettier-ignore
  for (const index of [1, 2]) at(queries, index).answer(rowsOf(at(queries, index), 'row'));
  t.same(await Promise.all(reads), ['a row', 'b row', 'c row']);
});

void t.test('no query has more than batchMax keys, and none is lost or overtaken', async (t) => {
  const { queries, reader } = makeReader({ inFlightMax: 2, batchMax: 3 });
  const keys = Array.from({ length: 8 }, (_, index) => `k${index}`);
  const reads = keys.map((key) => reader.read(key));
  await settle();
  t.same(
    queries.map((query) => query.keys),
    [keys.slice(0, 3), keys.slice(3, 6)],
  );
  // One of a key that is waiting, and one of a key that is under way.
  const again = [reader.read('k7'), reader.read('k0')];
  at(queries, 0).answer(rowsOf(at(queries, 0), 'row'));
  await settle();
  t.same(at(queries, 2).keys, ['k6', 'k7', 'k0']);
  for (const index of [1, 2]) at(queries, index).answer(rowsOf(at(queries, index), 'row'));
  t.same(
    await Promise.all(reads),
    keys.map((key) => `${key} row`),
  );
  t.same(await Promise.all(again), ['k7 row', 'k0 row']);
});

void t.test(
  'a query that fails rejects its reads with its error and no others, and the next ones go out',
  async (t) => {
    const { queries, reader } = makeReader({ inFlightMax: 1 });
    const failing = [watch(reader.read('a')), watch(reader.read('a')), watch(reader.read('b'))];
    await settle();
    const next = watch(reader.read('a'));
    const failure = new Error('no connection');
    at(queries, 0).fail(failure);
    await settle();
    for (const read of failing) t.same(read, { state: 'rejected', value: failure });
    t.same(next, { state: 'pending' });
    at(queries, 1).answer(rowsOf(at(queries, 1), 'row'));
    await settle();
    t.same(next, { state: 'resolved', value: 'a row' });
  },
);

void t.test('a loader that throws or answers with nonsense rejects like one that fails', async (t) => {
  for (const load of [
    () => {
      throw new TypeError('at once');
    },
    async () => undefined as never,
  ]) {
    const reader = new BatchedReader<string, Row>({
      identifyRow: ({ key }) => key,
      identify: (key) => key,
      load,
      breaker: new CircuitBreaker(),
      ...{ inFlightMax: 1, batchEnough: 1, batchMax: 1, waitingMax: 10, budgetMs: AMPLE_MS },
    });
    const reads = await Promise.allSettled([reader.read('a'), reader.read('b')]);
    t.ok(reads.every((read) => read.status === 'rejected' && read.reason instanceof TypeError));
  }
});

void t.test('beyond waitingMax a read is refused at once as overloaded, and those that wait are served', async (t) => {
  const { queries, reader } = makeReader({ inFlightMax: 1, waitingMax: 3 });
  const first = reader.read('under way');
  await settle();
  const waiting = [reader.read('a'), reader.read('b'), reader.read('a')];
  for (const key of ['c', 'a']) {
    const refused = watch(reader.read(key));
    await settle();
    t.equal(refused.state, 'rejected', 'also one that would share a place');
    t.ok(refused.value instanceof AppError);
    t.match(refused.value, { code: 'overloaded', status: 503, options: { retryAfterSeconds: 1 } });
  }
  at(queries, 0).answer(rowsOf(at(queries, 0), 'row'));
  await settle();
  at(queries, 1).answer(rowsOf(at(queries, 1), 'row'));
  t.same(await Promise.all([first, ...waiting]), ['under way row', 'a row', 'b row', 'a row']);
  const later = reader.read('c');
  await settle();
  at(queries, 2).answer(rowsOf(at(queries, 2), 'row'));
  t.equal(await later, 'c row', 'once there is room it is taken again');
});

void t.test(
  'a read that is not answered in time is refused, later ones at once but for one at a time, until one is answered',
  async (t) => {
    const { queries, reader, breaker, options } = makeReader({ inFlightMax: 3, budgetMs: 1 });
    const unanswered = { code: 'database_unavailable', options: { retryAfterSeconds: 2 } };
    await t.rejects(Promise.all([reader.read('a'), reader.read('b')]), unanswered);
    t.ok(breaker.isOpen);

    const probe = t.rejects(reader.read('c'), unanswered, 'nor is the one that was tried');
    const others = ['a', 'd'].map((key) => watch(reader.read(key)));
    await settle();
    t.match(others, [
      { state: 'rejected', value: unanswered },
      { state: 'rejected', value: unanswered },
    ]);
    t.same(
      queries.map(({ keys }) => keys),
      [['a', 'b'], ['c']],
    );
    await probe;
    options.budgetMs = AMPLE_MS;

    const next = t.rejects(reader.read('c'), { message: 'not silent' });
    await settle();
    at(queries, 2).fail(new Error('not silent'));
    await next;
    t.ok(breaker.isOpen, 'a failure is no answer');
    const last = reader.read('c');
    await settle();
    at(queries, 3).answer(rowsOf(at(queries, 3), 'row'));
    t.equal(await last, 'c row');
    t.notOk(breaker.isOpen);
  },
);

void t.test('a read that waits for others longer than it may is refused, and its key is not asked for', async (t) => {
  const { queries, reader } = makeReader({ inFlightMax: 1, budgetMs: 1 });
  const first = Promise.allSettled([reader.read('under way')]);
  await settle();
  const outcomes = [await Promise.allSettled([reader.read('waits')]), await first].flat();
  t.equal(outcomes.length, 2);
  for (const outcome of outcomes) t.match(outcome, { status: 'rejected', reason: { code: 'database_unavailable' } });
  at(queries, 0).answer([]);
  await settle();
  t.equal(queries.length, 1);
});

void t.test('no failure is left without somebody to handle it', async (t) => {
  const { queries, reader } = makeReader();
  watch(reader.read('a'));
  await settle();
  at(queries, 0).fail(new Error('failed'));
  await settle();
  t.same(unhandled, []);
});
