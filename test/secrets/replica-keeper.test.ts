import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { pino } from 'pino';
import t from 'tap';
import { CircuitBreaker } from '../../src/db/circuit-breaker.ts';
import { createDb, createPool } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import { SilenceError } from '../../src/db/failures.ts';
import { createPromiseRepository } from '../../src/secrets/promise-repository.ts';
import type { PromiseRepository } from '../../src/secrets/promise-repository.ts';
import { ReplicaBelief } from '../../src/secrets/replica-belief.ts';
import { ReplicaKeeper } from '../../src/secrets/replica-keeper.ts';
import { createStateQueries } from '../../src/secrets/state-queries.ts';
import type { StateQueries } from '../../src/secrets/state-queries.ts';
import { waitFor } from '../support/build-app.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { query } from '../support/embedded-service.ts';
import { openTestDatabase } from '../support/test-database.ts';

/** Longer than a test takes. */
const LONG_MS = 60_000;
/** Of which a third is longer than a test waits for anything. */
const HOUR_MS = 3_600_000;
/** For a keeper that renews all the time. */
const SHORT_MS = 30;

const LEASE = 'the lease is renewed: the replica may be read from';
const NO_LEASE = 'the lease could not be renewed: the replica is not read from without one';
const SILENT = 'the replica does not answer; the primary does';
const ANSWERS = 'the replica answers';

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

interface OpenOptions {
  primary: Db;
  replica: Db;
  keeperLeaseMs?: number;
  /** What the primary answers to some of its statements instead. */
  change?: (promises: PromiseRepository) => Partial<PromiseRepository>;
  /** What the replica shows instead. */
  readChanges?: (real: StateQueries['readChanges']) => StateQueries['readChanges'];
}

/** A keeper between two databases, and a belief with its wall clock in the hand of the test. */
function open(t: Teardown, options: OpenOptions) {
  const { primary, replica, keeperLeaseMs = SHORT_MS, change = () => ({}), readChanges = (real) => real } = options;
  const lines: string[] = [];
  const clock = { wallMs: 0 };
  const belief = new ReplicaBelief({
    leaseMs: LONG_MS,
    readClocks: () => ({ monotonicMs: performance.now(), ...clock }),
  });
  const breaker = new CircuitBreaker();
  const reader = randomUUID();
  const promises = createPromiseRepository(primary, reader, LONG_MS);
  const keeper = new ReplicaKeeper({
    belief,
    breaker,
    leaseMs: keeperLeaseMs,
    promises: { ...promises, ...change(promises) },
    readChanges: readChanges(createStateQueries(replica).readChanges),
    onTime: () => undefined,
    log: pino(
      { level: 'info' },
      { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
    ),
  });
  t.teardown(() => keeper.stop());
  return {
    belief,
    breaker,
    clock,
    keeper,
    lines,
    reader,
    untilBelieved: () => waitFor(() => belief.judgeLast() === undefined || undefined),
  };
}

const change = (databaseUrl: string) =>
  query(databaseUrl, `insert into revoked_access_tokens (jti, expires_at) values (gen_random_uuid(), now())`);
const newestNumber = async (databaseUrl: string) =>
  (await query(databaseUrl, 'select max(number)::float8 as number from state_changes'))[0]?.number;
const promisedBy = async (databaseUrl: string, reader: string) =>
  (await query(databaseUrl, `select number::float8 from state_promises where reader = '${reader}'`))[0]?.number;

/** Has each renewal say what the first answer said. */
function withoutNewerRenewals({ grant }: PromiseRepository): Partial<PromiseRepository> {
  const granted = grant();
  return { grant: () => granted, renew: () => granted };
}

void t.test('what a replica has is promised to the primary, until a stop; then nobody waits for it', async (t) => {
  const { databaseUrl, db } = await openTestDatabase(t, { poolMax: 3 });
  const { keeper, reader, lines, untilBelieved } = open(t, {
    primary: db,
    replica: db,
    keeperLeaseMs: LONG_MS,
    // Which promises by itself what the primary has.
    change: withoutNewerRenewals,
  });
  keeper.start();
  await untilBelieved();
  await change(databaseUrl);
  const newest = await newestNumber(databaseUrl);
  await waitFor(async () => (await promisedBy(databaseUrl, reader)) === newest || undefined);
  await untilBelieved();
  await keeper.stop();
  await waitFor(async () => (await promisedBy(databaseUrl, reader)) === undefined || undefined);
  t.same(lines, [], 'there is nothing to tell');
});

void t.test('what a replica does not show is promised all the same soon, however long the lease', async (t) => {
  const { databaseUrl, db } = await openTestDatabase(t, { poolMax: 3 });
  const { keeper, reader, untilBelieved } = open(t, {
    primary: db,
    replica: db,
    keeperLeaseMs: HOUR_MS,
    readChanges: (real) => async (since) => {
      const { changes, nowMs } = await real(since);
      return { changes: changes.slice(0, 1), nowMs };
    },
  });
  keeper.start();
  await untilBelieved();
  await change(databaseUrl);
  const newest = await newestNumber(databaseUrl);
  await waitFor(async () => (await promisedBy(databaseUrl, reader)) === newest || undefined);
});

void t.test('a process whose row was taken away believes nothing until it has a new one', async (t) => {
  const { databaseUrl, db } = await openTestDatabase(t, { poolMax: 3 });
  const leftMs: number[] = [];
  const { belief, keeper, untilBelieved } = open(t, {
    primary: db,
    replica: db,
    change: ({ grant }) => ({
      grant() {
        leftMs.push(belief.leftMs);
        return grant();
      },
    }),
  });
  keeper.start();
  await untilBelieved();
  t.same(leftMs, [0]);
  await query(databaseUrl, 'delete from state_promises');
  await waitFor(() => leftMs.length === 2 || undefined);
  t.same(leftMs, [0, 0]);
  await untilBelieved();
});

void t.test('a replica of another history is believed in what both have, and in nothing after that', async (t) => {
  const { databaseUrl, db } = await openTestDatabase(t, { poolMax: 3 });
  const start = await createPromiseRepository(db, randomUUID(), LONG_MS).grant();
  if (start === undefined) throw new Error('the primary has a log');
  const { number, nonce } = start.newest;
  const history = [nonce, randomUUID()].map((nonce, at) => ({
    number: number + at,
    nonce: `${nonce} far`,
    keys: null,
  }));
  const answers: boolean[] = [];
  const { belief, keeper, reader, untilBelieved } = open(t, {
    primary: db,
    replica: db,
    change: ({ promise }) => ({
      async promise(row) {
        const isKept = await promise(row);
        answers.push(isKept);
        return isKept;
      },
    }),
    readChanges: () => async (since) => ({ changes: history.slice(since.number - number), nowMs: 0 }),
  });
  keeper.start();
  await waitFor(() => answers.length > 0 || undefined);
  await untilBelieved();
  t.equal(await promisedBy(databaseUrl, reader), number);
  await query(databaseUrl, `insert into state_changes (number, keys) values (${number + 1}, '{}')`);
  await waitFor(() => belief.judgeLast() === 'other_history' || undefined);
  const refused = answers.filter((isKept) => !isKept);
  t.equal(refused.length, 1, 'the primary is told once of a row that it does not have');
});

void t.test('without an answer of the primary the belief lasts for the lease, and no longer', async (t) => {
  const { databaseUrl, db } = await openTestDatabase(t, { poolMax: 3 });
  const proxy = await startDatabaseProxy(t, databaseUrl);
  const pool = createPool({ databaseUrl: proxy.databaseUrl, poolMax: 1 });
  pool.on('error', () => undefined);
  t.teardown(() => pool.end());
  const { belief, clock, keeper, lines, untilBelieved } = open(t, { primary: createDb(pool), replica: db });
  keeper.start();
  await untilBelieved();
  await proxy.cut();
  await waitFor(() => lines.length > 0 || undefined);
  t.equal(belief.judgeLast(), undefined);
  clock.wallMs += LONG_MS;
  t.equal(belief.judgeLast(), 'no_lease');
  await proxy.mend();
  await untilBelieved();
  await waitFor(() => lines.length > 1 || undefined);
  t.same(lines, [NO_LEASE, LEASE], 'it is told once that it failed, however often, and that it is over');
});

for (const [kind, failure, isOpen] of [
  ['silent', new SilenceError(), true],
  ['broken', new Error('out of memory'), false],
] as const) {
  void t.test(`a replica that is ${kind} is told of once, and asked again until it answers`, async (t) => {
    const { db } = await openTestDatabase(t, { poolMax: 3 });
    let failures = Infinity;
    let asked = 0;
    const { breaker, keeper, lines, untilBelieved } = open(t, {
      primary: db,
      replica: db,
      readChanges: (real) => (since) => {
        asked += 1;
        return asked > failures ? real(since) : Promise.reject(new Error('the query failed', { cause: failure }));
      },
    });
    keeper.start();
    await waitFor(() => asked > 1 || undefined);
    t.equal(breaker.isOpen, isOpen, 'only what is silent keeps checks from asking it');
    failures = asked;
    await untilBelieved();
    await waitFor(() => lines.length > 1 || undefined);
    t.equal(breaker.isOpen, false);
    t.same(lines, [SILENT, ANSWERS]);
  });
}

void t.test('a replica that checks have just asked is not asked by anybody else', async (t) => {
  const { db } = await openTestDatabase(t, { poolMax: 3 });
  const { readChanges } = createStateQueries(db);
  let asked = 0;
  const { belief, keeper, untilBelieved } = open(t, {
    primary: db,
    replica: db,
    readChanges: (real) => (since) => {
      asked += 1;
      return real(since);
    },
  });
  keeper.start();
  await untilBelieved();
  const { changes } = await readChanges({ number: belief.demanded ?? 0, nonce: '' });
  const looks = watchLooks(belief);
  const before = asked;
  const checks = setInterval(() => {
    keeper.see(changes);
  }, 1);
  t.teardown(() => {
    clearInterval(checks);
  });
  t.ok(await waitFor(() => looks.count - (asked - before) > 5 || undefined), 'most looks need no question');
});

/** Counts how often somebody wonders from where to ask the replica. */
function watchLooks(belief: ReplicaBelief) {
  const looks = { count: 0 };
  Object.defineProperty(belief, 'demanded', {
    get(): unknown {
      looks.count += 1;
      return Reflect.get(ReplicaBelief.prototype, 'demanded', belief);
    },
  });
  return looks;
}

void t.test('what the primary says after a stop is not believed, and its row is taken away', async (t) => {
  const { databaseUrl, db } = await openTestDatabase(t, { poolMax: 3 });
  const primary = new EventEmitter();
  let isGranted = false;
  const { belief, keeper, reader } = open(t, {
    primary: db,
    replica: db,
    change: ({ grant }) => ({
      async grant() {
        const kept = await grant();
        isGranted = true;
        await once(primary, 'answer');
        return kept;
      },
    }),
  });
  keeper.start();
  await waitFor(() => isGranted || undefined);
  const stopped = keeper.stop();
  primary.emit('answer');
  await stopped;
  t.equal(belief.leftMs, 0);
  await waitFor(async () => (await promisedBy(databaseUrl, reader)) === undefined || undefined);
});

void t.test('a stop ends though the primary can no longer be asked', async (t) => {
  const { db } = await openTestDatabase(t, { poolMax: 3 });
  const primary = new EventEmitter();
  let isAsked = false;
  const { belief, keeper, untilBelieved } = open(t, {
    primary: db,
    replica: db,
    change: () => ({
      async renew() {
        isAsked = true;
        await once(primary, 'answer');
        return undefined;
      },
      remove: () => Promise.reject(new Error('the primary is away')),
    }),
  });
  keeper.start();
  await untilBelieved();
  await waitFor(() => isAsked || undefined);
  const stopped = keeper.stop();
  t.equal(belief.leftMs, 0, 'from the first moment on nothing is believed');
  primary.emit('error', new Error('the primary is away'));
  await t.resolves(stopped);
});
