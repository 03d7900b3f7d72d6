import fc from 'fast-check';
import { LRUCache } from 'lru-cache';
import t from 'tap';
import type { Test } from 'tap';
import { StateMemory } from '../../src/secrets/state-memory.ts';
import type { Change, Version } from '../../src/secrets/state-memory.ts';

const RUNS = 3_000;
const CLIENTS = 3;
/** Of each client: what it is found by. */
const keysOf = (client: number) => [`secret of ${client}`, `token of ${client}`];
const idOf = (client: number) => `client ${client}`;

/** A number and its nonce, as a short text. */
const at = (number: number, nonce = `n${number}`): Version => ({ number, nonce });
const change = (number: number, keys: string[] | null, nonce?: string): Change => ({ ...at(number, nonce), keys });

function makeMemory(entriesMax = 100) {
  let forgotten = 0;
  const memory = new StateMemory<string>({ entriesMax, sizeMax: 1_000, onForgotten: () => (forgotten += 1) });
  const keep = (key: string, client: number, version: Version) => keepSized(key, 1, { client, version });
  const keepSized = (key: string, size: number, { client, version }: { client: number; version: Version }) =>
    memory.keep(key, { state: `state of ${key}`, clientId: idOf(client), size }, version);
  const kept = (...keys: string[]) => keys.filter((key) => memory.find(key)?.isKept);
  return { memory, keep, keepSized, kept, forgotten: () => forgotten };
}

void t.test('a state is kept at the version that is known, and only there', async (t) => {
  const { memory, keep, kept } = makeMemory();
  t.equal(memory.known, undefined);
  t.same([memory.size, memory.find('a')], [0, undefined]);
  t.notOk(memory.learn(at(1), [change(1, null)]), 'who knows nothing learns nothing');
  t.ok(keep('a', 1, at(5)), 'the first read says which version is known');
  t.same(memory.known, at(5));
  for (const other of [at(4), at(6), at(5, 'of another history')]) t.notOk(keep('b', 1, other));
  t.ok(keep('b', 1, at(5)));
  t.same(kept('a', 'b'), ['a', 'b']);
  t.equal(memory.find('a')?.state, 'state of a');
});

void t.test('what has changed is forgotten, with all of its client, and nothing else', async (t) => {
  const { memory, keep, kept, forgotten } = makeMemory();
  for (const [key, client] of [['a', 1], ['b', 1], ['c', 2], ['jti', 2]] as const) keep(key, client, at(5)); // prettier-ignore
  const held = memory.find('a');
  t.ok(memory.learn(at(5), [change(5, null)]), 'the version that is known was there before');
  t.same(kept('a', 'b', 'c', 'jti'), ['a', 'b', 'c', 'jti']);
  t.ok(memory.learn(at(5), [change(5, null), change(6, [idOf(1), 'of nobody']), change(7, ['jti'])]));
  t.same(kept('a', 'b', 'c', 'jti'), ['c']);
  t.equal(held?.isKept, false, 'who holds it sees that');
  t.same(memory.known, at(7));
  t.equal(forgotten(), 0);
  t.ok(memory.learn(at(7), [change(7, ['jti']), change(8, null)]), 'too much to be named');
  t.same(kept('c'), []);
  t.equal(forgotten(), 1);
  t.ok(keep('a', 1, at(8)));
});

void t.test('everything is forgotten when the database does not go on from the version it was asked for', async (t) => {
  const answers: Record<string, Change[]> = {
    'a tail was lost': [],
    'the number is another change now': [change(5, [], 'other')],
    'and others have followed it': [change(5, [], 'other'), change(6, [])],
    'the log was cut': [change(6, []), change(7, [])],
    'a number is missing': [change(5, []), change(7, [])],
  };
  for (const [what, changes] of Object.entries(answers)) {
    const { memory, keep, kept, forgotten } = makeMemory();
    keep('a', 1, at(5));
    t.notOk(memory.learn(at(5), changes), what);
    t.same(kept('a'), []);
    t.equal(memory.known, undefined);
    t.equal(forgotten(), 1);
    t.ok(keep('a', 1, at(3, 'new')), 'and memory begins anew');
  }
});

void t.test('answers that overtake each other', async (t) => {
  const { memory, keep, kept } = makeMemory();
  keep('a', 1, at(5));
  keep('b', 2, at(5));
  t.ok(memory.learn(at(5), [change(5, []), change(6, []), change(7, [idOf(1)])]));
  t.ok(keep('c', 3, at(7)));
  t.notOk(memory.learn(at(5), [change(5, []), change(6, [])]), 'what is older than what is known vouches for nothing');
  t.same(memory.known, at(7));
  t.same(kept('a', 'b', 'c'), ['b', 'c']);
  t.ok(memory.learn(at(5), [change(5, []), change(6, []), change(7, [idOf(1)]), change(8, [idOf(2)])]));
  t.same(kept('b', 'c'), ['c'], 'one that knows more does');
  t.notOk(
    memory.learn(
      at(5),
      [5, 6, 7, 8].map((number) => change(number, [], number < 8 ? undefined : 'other')),
    ),
  );
  t.same(kept('c'), [], 'and of two histories neither');
});

void t.test('an answer to a question of before everything was forgotten counts for nothing', async (t) => {
  const { memory, keep, kept } = makeMemory();
  keep('a', 1, at(5));
  memory.learn(at(5), []);
  keep('a', 1, at(3, 'new'));
  t.notOk(memory.learn(at(5), [change(5, []), change(6, [])]));
  t.same(kept('a'), []);
});

void t.test('beyond its bounds the longest unused go, and nothing is left of them', async (t) => {
  const { memory, keep, keepSized, kept } = makeMemory(2);
  keep('a', 1, at(5));
  keep('b', 1, at(5));
  const held = memory.find('a');
  keep('c', 1, at(5));
  t.same(kept('a', 'b', 'c'), ['a', 'c']);
  t.ok(held?.isKept);
  t.ok(keepSized('huge', 1_001, { client: 1, version: at(5) }), 'bigger than all may be');
  t.same(kept('huge', 'a', 'c'), ['a', 'c']);
  keepSized('large', 999, { client: 2, version: at(5) });
  t.equal(memory.size, 2);
  t.ok(keep('large', 2, at(5)), 'what is there stays');
  memory.learn(at(5), [change(5, []), change(6, [idOf(1), idOf(2)])]);
  t.equal(memory.size, 0);
});

void t.test(
  'what is used again and again stays, however many come, and is moved once for each eighth of what fits',
  async (t) => {
    const { keep, kept } = makeMemory(64);
    const touched = countCalls(t, 'get');
    keep('used', 0, at(5));
    let found = 0;
    for (let number = 0; number < 640; number++) {
      keep(`other ${number}`, 1, at(5));
      for (let use = 0; use < 10; use++) found += kept('used').length;
    }
    t.equal(found, 6_400);
    t.ok(touched() <= 82, `${touched()} of 6,400 uses`);
    t.same(kept('other 575'), [], 'what was not used is gone in its turn');
    t.same(kept('other 639'), ['other 639']);
  },
);

void t.test('what is used again and again stays, however large those are that come', async (t) => {
  const { keep, keepSized, kept } = makeMemory(10_000);
  keep('used', 0, at(5));
  for (let number = 0; number < 200; number++) {
    keepSized(`large ${number}`, 50, { client: 1, version: at(5) });
    t.same(kept('used'), ['used']);
  }
  t.same(kept('large 150'), []);
});

/** How often a method of any cache is called while the test runs. */
function countCalls(t: Pick<Test, 'teardown'>, name: 'get'): () => number {
  const cache = LRUCache.prototype as LRUCache<string, string>;
  const method = Object.getOwnPropertyDescriptor(cache, name)!;
  let calls = 0;
  Object.defineProperty(cache, name, {
    ...method,
    value(this: unknown, ...given: unknown[]): unknown {
      calls += 1;
      return Reflect.apply(method.value as (...given: unknown[]) => unknown, this, given);
    },
  });
  t.teardown(() => Object.defineProperty(cache, name, method));
  return () => calls;
}

type Step =
  | { what: 'change'; clients: number[] | null }
  | { what: 'lose' | 'cut'; count: number }
  | { what: 'ask' }
  | { what: 'load'; client: number }
  | { what: 'serve' | 'deliver'; index: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('change' as const), clients: someClients() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('lose' as const, 'cut' as const), count: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.constant({ what: 'ask' as const }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('load' as const), client: fc.nat(CLIENTS - 1) }) },
  {
    weight: 14,
    arbitrary: fc.record({ what: fc.constantFrom('serve' as const, 'deliver' as const), index: fc.nat(3) }),
  },
);

function someClients() {
  return fc.oneof(
    { weight: 9, arbitrary: fc.array(fc.nat(CLIENTS - 1), { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

/** A database whose states are numbers that never come back, and which can lose its newest changes or forget the oldest. */
class ModelDatabase {
  #last = 0;
  /** The states after each change, and the row of the log about it, unless that was cut. */
  #versions: { change: Change; isCut: boolean; states: number[] }[] = [];
  /** The states at every moment so far. */
  readonly moments: number[][] = [];

  constructor() {
    this.#commit(
      null,
      Array.from({ length: CLIENTS }, () => 0),
    );
  }

  get states(): number[] {
    return this.#versions.at(-1)?.states ?? [];
  }

  get newest(): Version {
    const { number = 0, nonce = '' } = this.#versions.at(-1)?.change ?? {};
    return { number, nonce };
  }

  change(clients: number[] | null): void {
    const states = this.states.map((state, client) => (clients?.includes(client) === false ? state : this.#next()));
    this.#commit(clients?.map(idOf) ?? null, states);
  }

  lose(count: number): void {
    this.#versions.splice(Math.max(1, this.#versions.length - count));
  }

  cut(count: number): void {
    for (const version of this.#versions.slice(0, -1).slice(0, count + 1)) version.isCut = true;
  }

  changesSince({ number }: Version): Change[] {
    return this.#versions.filter(({ change, isCut }) => !isCut && change.number >= number).map(({ change }) => change);
  }

  #commit(keys: string[] | null, states: number[]): void {
    const number = this.newest.number + 1;
    this.#versions.push({ change: change(number, keys, `nonce ${this.#next()}`), isCut: false, states });
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }
}

type Query =
  | { what: 'ask'; asked: Version; answer?: { changes: Change[]; moment: number } }
  | { what: 'load'; client: number; answer?: { state: number; readAt: Version } };

/** @returns the states that were given out although the database had not had them since it answered the question */
function play(steps: readonly Step[]): string[] {
  const memory = new StateMemory<number>({ entriesMax: 2 * CLIENTS - 1, sizeMax: 1_000 });
  const database = new ModelDatabase();
  const queries: Query[] = [];
  const wrong: string[] = [];

  function serve(query: Query | undefined): void {
    if (query?.what === 'ask') {
      query.answer ??= { changes: database.changesSince(query.asked), moment: database.moments.length };
    } else if (query !== undefined) {
      query.answer ??= { state: database.states[query.client] ?? 0, readAt: database.newest };
    }
  }

  function deliver(query: Query | undefined): void {
    if (query?.answer === undefined) return;
    queries.splice(queries.indexOf(query), 1);
    if (query.what === 'load') {
      const { client, answer } = query;
      const [key = ''] = keysOf(client);
      memory.keep(key, { state: answer.state, clientId: idOf(client), size: 1 }, answer.readAt);
      return;
    }
    if (!memory.learn(query.asked, query.answer.changes)) return;
    for (let client = 0; client < CLIENTS; client += 1) {
      const remembered = memory.find(keysOf(client)[0] ?? '');
      if (remembered?.isKept !== true) continue;
      const since = [...database.moments.slice(query.answer.moment), database.states].map((states) => states[client]);
      if (!since.includes(remembered.state)) wrong.push(`${remembered.state}, not ${since.join()}`);
    }
  }

  for (const each of steps) {
    if (each.what === 'change') database.change(each.clients);
    else if (each.what === 'lose') database.lose(each.count);
    else if (each.what === 'cut') database.cut(each.count);
    else if (each.what === 'ask' && memory.known !== undefined) queries.push({ what: 'ask', asked: memory.known });
    else if (each.what === 'load') queries.push({ what: 'load', client: each.client });
    else if (each.what === 'serve') serve(queries[each.index]);
    else if (each.what === 'deliver') deliver(queries[each.index]);
    database.moments.push(database.states);
  }
  return wrong;
}

void t.test(
  'whatever is asked, read, changed, lost, cut and delivered in whatever order, nothing is given out that had changed before the question was answered',
  async (t) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 80, size: 'max' }), (steps) => {
        const wrong = play(steps);
        if (wrong.length > 0) throw new Error(wrong.join('; '));
      }),
      { numRuns: RUNS },
    );
    t.pass('none was');
  },
);
