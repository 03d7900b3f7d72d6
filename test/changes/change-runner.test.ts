import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import t from 'tap';
import type { Test } from 'tap';
import { createChangeRunner, RUNS_MAX } from '../../src/changes/change-runner.ts';
import { systemCaller } from '../../src/changes/caller.ts';
import type { Tx } from '../../src/db/client.ts';
import { nameStatement } from '../../src/db/named-query.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { recordWays } from '../support/statements.ts';
import { openTestDatabase } from '../support/test-database.ts';

const caller = { ...systemCaller(), requestId: 'r-1' };

async function open(t: Test) {
  const { db } = await openTestDatabase(t, { poolMax: 4 });
  await db.execute(sql`create table notes (text text not null)`);
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const readNotes = async () => {
    const { rows } = await db.execute<{ text: string }>(sql`select text from notes order by text`);
    return rows.map(({ text }) => text);
  };
  return {
    db,
    lines,
    changes: createChangeRunner({ db, masterKey: new MasterKey([randomBytes(32)]), log }),
    readNotes,
  };
}

async function note(tx: Tx, text: string) {
  await tx.execute(sql`insert into notes (text) values (${text})`);
}

async function raise(tx: Tx, state: string) {
  await tx.execute(sql.raw(`do $$ begin raise exception using errcode = '${state}'; end $$`));
}

void t.test('what was prepared is applied, committed, and answered; effects come after the commit', async (t) => {
  const { changes, readNotes } = await open(t);
  const seen: Promise<string[]>[] = [];
  const made = await changes.run(caller, {
    prepare: async () => 'prepared',
    apply: async ({ tx, afterCommit }, prepared) => {
      afterCommit(() => void seen.push(readNotes()));
      await note(tx, prepared);
      return prepared.length;
    },
  });
  t.equal(made, 8);
  t.same(await Promise.all(seen), [['prepared']]);
});

void t.test('a change that throws leaves nothing, neither rows nor effects', async (t) => {
  const { changes, readNotes } = await open(t);
  let effects = 0;
  const failure = new Error('no');
  const plan = {
    apply: async ({ tx, afterCommit }: { tx: Tx; afterCommit: (effect: () => void) => void }) => {
      afterCommit(() => void (effects += 1));
      await note(tx, 'undone');
      throw failure;
    },
  };
  await t.rejects(changes.run(caller, plan), failure);
  t.same(await readNotes(), []);
  t.equal(effects, 0);
});

const insertNote = nameStatement('insert_note', () => ({
  toSQL: () => ({ sql: 'insert into notes (text) values ($1)', params: [sql.placeholder('text')] }),
}));

void t.test('what is asked at the end goes out with the commit, in its order', async (t) => {
  const { changes, readNotes } = await open(t);
  const ways = await recordWays(() =>
    changes.run(caller, {
      apply: async ({ tx, atEnd }) => {
        for (const text of ['first', 'second']) atEnd(() => insertNote(tx, { text }));
        await note(tx, 'before');
        t.same(await readNotes(), []);
      },
    }),
  );
  t.equal(ways.at(-1)?.length, 3);
  t.equal(ways.at(-1)?.at(-1), 'commit');
  t.same(await readNotes(), ['before', 'first', 'second']);
});

void t.test(
  'what is asked at the end and fails undoes the change, and what is asked of one that throws is never asked',
  async (t) => {
    const { db, changes, readNotes } = await open(t);
    await db.execute(sql`alter table notes add check (text <> 'bad')`);
    let effects = 0;
    const change = (text: string, failure?: Error) =>
      changes.run(caller, {
        apply: async ({ tx, atEnd, afterCommit }) => {
          afterCommit(() => void (effects += 1));
          await note(tx, 'undone');
          atEnd(() => insertNote(tx, { text }));
          if (failure !== undefined) throw failure;
        },
      });
    await t.rejects(change('bad'), { cause: { code: '23514' } });
    await t.rejects(change('good', new Error('no')), { message: 'no' });
    t.same(await readNotes(), []);
    t.equal(effects, 0);
  },
);

void t.test('nothing begins when the preparation fails', async (t) => {
  const { changes } = await open(t);
  const failure = new Error('busy');
  let applied = 0;
  const plan = { prepare: async () => Promise.reject(failure), apply: async () => void (applied += 1) };
  await t.rejects(changes.run(caller, plan), failure);
  t.equal(applied, 0);
});

void t.test('a change that Postgres undid for another one is run again, and its effects come once', async (t) => {
  for (const state of ['40P01', '40001']) {
    await t.test(state, async (t) => {
      const { changes, readNotes, lines } = await open(t);
      const counts = { prepared: 0, applied: 0, effects: 0 };
      await changes.run(caller, {
        prepare: async () => void (counts.prepared += 1),
        apply: async ({ tx, afterCommit }) => {
          counts.applied += 1;
          afterCommit(() => void (counts.effects += 1));
          await note(tx, 'once');
          if (counts.applied === 1) await raise(tx, state);
        },
      });
      t.same(counts, { prepared: 1, applied: 2, effects: 1 });
      t.same(await readNotes(), ['once']);
      t.match(lines, [/"reqId":"r-1"/]);
    });
  }
});

void t.test('two changes that wait for each other both come through', async (t) => {
  const { db, changes, readNotes } = await open(t);
  await db.execute(sql`create table rows (id int primary key)`);
  await db.execute(sql`insert into rows values (1), (2)`);
  let holding = 0;
  let openGate: () => void = () => undefined;
  const bothHold = new Promise<void>((resolve) => (openGate = resolve));
  const lockBoth = (first: number, second: number) =>
    changes.run(caller, {
      apply: async ({ tx }) => {
        await tx.execute(sql`select from rows where id = ${first} for update`);
        if ((holding += 1) === 2) openGate();
        await bothHold;
        await tx.execute(sql`select from rows where id = ${second} for update`);
        await note(tx, `${first} before ${second}`);
      },
    });
  await Promise.all([lockBoth(1, 2), lockBoth(2, 1)]);
  t.same(await readNotes(), ['1 before 2', '2 before 1']);
});

void t.test('a change is not run again for ever, nor after any other failure', async (t) => {
  const { changes } = await open(t);
  for (const [state, runs] of [
    ['40P01', RUNS_MAX],
    ['23505', 1],
    ['57014', 1],
  ] as const) {
    let applied = 0;
    const plan = {
      apply: async ({ tx }: { tx: Tx }) => {
        applied += 1;
        await raise(tx, state);
      },
    };
    await t.rejects(changes.run(caller, plan), { cause: { code: state } });
    t.equal(applied, runs, state);
  }
});

void t.test('an effect that fails does not take the answer from a committed change, nor other effects', async (t) => {
  const { changes, lines } = await open(t);
  let effects = 0;
  const made = await changes.run(caller, {
    apply: async ({ afterCommit }) => {
      afterCommit(() => {
        throw new Error('a broken effect');
      });
      afterCommit(() => void (effects += 1));
      return 'made';
    },
  });
  t.equal(made, 'made');
  t.equal(effects, 1);
  t.match(lines, [/a broken effect/]);
});
