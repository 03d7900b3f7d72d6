import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import t from 'tap';
import type { Test } from 'tap';
import { v7 as uuidv7 } from 'uuid';
import type { AuditEvent } from '../../src/changes/audit-event.ts';
import { systemCaller } from '../../src/changes/caller.ts';
import type { Caller } from '../../src/changes/caller.ts';
import { createChangeRunner } from '../../src/changes/change-runner.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { toCanonicalJson } from '../../src/rules/canonical-json.ts';
import type { Json } from '../../src/rules/canonical-json.ts';
import { openTestDatabase } from '../support/test-database.ts';

interface Row extends Record<string, unknown> {
  sequence: string;
  canonical: string;
  hash: string;
}

async function open(t: Test, poolMax = 4) {
  const { db, pool } = await openTestDatabase(t, { poolMax });
  const changes = createChangeRunner({
    db,
    masterKey: new MasterKey([randomBytes(32)]),
    log: pino({ enabled: false }),
  });
  const organization = uuidv7();
  const event: AuditEvent = {
    action: 'organization.update',
    chain: { type: 'organization', id: organization },
    target: { type: 'organization', id: organization, name: 'Acme' },
  };
  const write = (more: Partial<AuditEvent> = {}, caller: Caller = systemCaller()) =>
    changes.run(caller, {
      async apply({ audit }) {
        audit({ ...event, ...more });
      },
    });
  const read = async (id = organization) =>
    (await db.execute<Row>(sql`select * from audit_events where chain_id = ${id} order by sequence`)).rows;
  return { db, pool, changes, organization, event, write, read };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const previousOf = ({ canonical }: Row) => (JSON.parse(canonical) as { previous_hash: string }).previous_hash;

void t.test('an event is hashed with the hash before it, and the first one with the name of its chain', async (t) => {
  const { organization, write, read } = await open(t);
  await write();
  await write({ changes: { name: { from: 'Acme', to: 'Acme "2"\u0000\u2028é' } } });
  const [first, second] = await read();
  if (first === undefined || second === undefined) throw new Error('there are no events');
  t.equal(previousOf(first), sha256(`organization:${organization}`));
  t.equal(previousOf(second), first.hash);
  for (const row of [first, second]) t.equal(row.hash, sha256(row.canonical));
  t.equal(toCanonicalJson(JSON.parse(second.canonical) as Json), second.canonical, 'the text is canonical JSON');
  t.match(JSON.parse(second.canonical), {
    sequence: 2,
    uuid: /^[0-9a-f-]{36}$/,
    at: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    actor: { type: 'system', id: null, email: null },
    action: 'organization.update',
    target: { type: 'organization', id: organization, name: 'Acme' },
    changes: { name: { from: 'Acme', to: 'Acme "2"\u0000\u2028é' } },
    ip: null,
    user_agent: null,
  });
});

void t.test('who asked stands in the event, and of a user agent what is harmless', async (t) => {
  const { write, read } = await open(t);
  const caller: Caller = {
    ...systemCaller(),
    type: 'user',
    requestId: 'r-1',
    userId: uuidv7(),
    email: 'ada@acme.example',
    ip: '192.0.2.7',
    userAgent: `curl/8\u001b[31m lk_live_${'x'.repeat(71)} ${'(x) '.repeat(500)}`,
  };
  await write({}, caller);
  const [row] = await read();
  t.match(JSON.parse(row?.canonical ?? ''), {
    actor: { type: 'user', id: caller.userId, email: 'ada@acme.example' },
    ip: '192.0.2.7',
    user_agent: `curl/8?[31m *** ${'(x) '.repeat(46)}`,
    request_id: 'r-1',
  });
  t.equal(row?.actor_id, caller.userId);
});

void t.test('an event is undone with its change', async (t) => {
  const { changes, event, read } = await open(t);
  const failure = new Error('no');
  const apply = async ({ audit }: { audit: (event: AuditEvent) => void }) => {
    audit(event);
    throw failure;
  };
  await t.rejects(changes.run(systemCaller(), { apply }), failure);
  t.same(await read(), []);
});

void t.test('a change that Postgres undid for another one leaves its event once', async (t) => {
  const { changes, event, read } = await open(t);
  let runs = 0;
  await changes.run(systemCaller(), {
    async apply({ tx, audit }) {
      audit(event);
      runs += 1;
      if (runs === 1) await tx.execute(sql.raw(`do $$ begin raise exception using errcode = '40001'; end $$`));
    },
  });
  t.equal(runs, 2);
  t.equal((await read()).length, 1);
});

void t.test(
  'a change outside of an organization that does not say whose chain its event is in is undone',
  async (t) => {
    const { db, changes, event } = await open(t);
    const { action, target } = event;
    const apply = async ({ audit }: { audit: (event: AuditEvent) => void }) => {
      audit({ action, target });
    };
    await t.rejects(changes.run(systemCaller(), { apply }), { message: /says whose chain/ });
    t.same((await db.execute(sql`select from audit_chains`)).rows, []);
  },
);

void t.test('events that are not kept leave nothing, and those that are do', async (t) => {
  const { db, changes, event, read } = await open(t);
  const run = (isKept: boolean) =>
    changes.run(systemCaller(), {
      async apply({ audit }) {
        audit(event, { isKept });
        audit(event, { isKept });
      },
    });
  await run(false);
  t.same((await db.execute(sql`select from audit_chains`)).rows, []);
  await run(true);
  await run(false);
  t.same(
    (await read()).map(({ sequence }) => sequence),
    ['1', '2'],
  );
});

void t.test('twenty writers at a time, two hundred in all, leave one chain without gaps or forks', async (t) => {
  const { write, read } = await open(t, 20);
  // As many lanes as connections: a slow machine makes nobody wait for one in vain.
  const lane = async () => {
    for (let i = 0; i < 10; i += 1) await write();
  };
  await Promise.all(Array.from({ length: 20 }, lane));
  const rows = await read();
  t.same(
    rows.map(({ sequence }) => Number(sequence)),
    Array.from({ length: 200 }, (_, index) => index + 1),
  );
  t.same(
    rows.slice(1).map(previousOf),
    rows.slice(0, -1).map(({ hash }) => hash),
  );
});

void t.test('changes that write to several chains, named in any order, end in no deadlock', async (t) => {
  const { db, changes, event } = await open(t, 10);
  const chains = Array.from({ length: 5 }, () => ({ type: 'user' as const, id: uuidv7() }));
  let runs = 0;
  const writeAll = (index: number) =>
    changes.run(systemCaller(), {
      async apply({ audit }) {
        runs += 1;
        const turned = [...chains.slice(index % 5), ...chains.slice(0, index % 5)];
        for (const chain of index % 2 === 0 ? turned : turned.toReversed()) audit({ ...event, chain });
      },
    });
  const lane = async (_: unknown, index: number) => {
    for (let i = 0; i < 6; i += 1) await writeAll(index + i);
  };
  await Promise.all(Array.from({ length: 10 }, lane));
  t.equal(runs, 60, 'none had to be run again');
  const { rows } = await db.execute<{ sequence: string }>(sql`select sequence from audit_chains`);
  t.same(rows, Array(5).fill({ sequence: '60' }));
});

void t.test('what is long is shortened in the event', async (t) => {
  const { write, read } = await open(t);
  const urls = Array.from({ length: 100 }, (_, index) => `https://acme.example/${index}/${'x'.repeat(2000)}`);
  await write({ changes: { redirect_uris: { from: [], to: urls }, name: { from: null, to: 'x'.repeat(5000) } } });
  const [row] = await read();
  t.ok(Buffer.byteLength(row?.canonical ?? '') < 10_000);
  const { changes } = JSON.parse(row?.canonical ?? '') as { changes: Record<string, { to: string | string[] }> };
  t.equal(changes.redirect_uris?.to.length, 21);
  t.equal(changes.redirect_uris?.to.at(-1), '… and 80 more');
  t.equal(changes.name?.to, `${'x'.repeat(256)}…`);
});

void t.test('the database refuses to change, delete or empty what was written', async (t) => {
  const { db, write, organization } = await open(t);
  await write();
  await write();
  const statements = [
    `update audit_events set hash = hash`,
    `delete from audit_events`,
    `truncate audit_events`,
    `update audit_chains set sequence = 1`,
    `update audit_chains set sequence = 3, id = gen_random_uuid()`,
    `delete from audit_chains`,
    `truncate audit_chains`,
    `insert into audit_cuts (chain_id, sequence, hash, sealed_head) values ('${organization}', 1, 'made up', '')`,
    `truncate audit_cuts`,
  ];
  for (const statement of statements) {
    await t.rejects(db.execute(sql.raw(statement)), { cause: { code: '23001' } }, statement);
  }
});

void t.test('no cut goes further than its chain, with which all that comes later could go as well', async (t) => {
  const { db, write, read, organization } = await open(t);
  await write();
  const attempt = db.transaction(async (tx) => {
    await tx.execute(
      sql.raw(`insert into audit_events (chain_id, sequence, canonical, hash, at, action)
        values ('${organization}', 1000000, 'x', 'made up', now(), 'organization.update')`),
    );
    await tx.execute(
      sql.raw(`insert into audit_cuts (chain_id, sequence, hash, sealed_head)
        values ('${organization}', 1000000, 'made up', '')`),
    );
    await tx.execute(sql.raw(`delete from audit_events`));
  });
  await t.rejects(attempt, { cause: { code: '23001' } });
  t.equal((await read()).length, 1);
});

void t.test('a chain begins with nothing, and ends at a time that others can follow', async (t) => {
  const { db, write } = await open(t);
  await write();
  const beginning = (values: string) => `insert into audit_chains (type, id, sequence, hash, at) ${values}`;
  const statements = [
    beginning(`values ('user', gen_random_uuid(), 0, 'made up', '-infinity')`),
    beginning(`select type, gen_random_uuid(), 0, hash, '-infinity' from audit_chains`),
    beginning(`select type, id, 7, hash, '-infinity' from audit_chains`),
    beginning(
      `select type, id, 0, encode(sha256(convert_to(type || ':' || id, 'UTF8')), 'hex'), now() from audit_chains`,
    ),
    `update audit_chains set sequence = sequence + 1, at = 'infinity'`,
  ];
  for (const statement of statements) {
    await t.rejects(db.execute(sql.raw(statement)), { cause: { code: '23001' } }, statement);
  }
});

void t.test('whoever brings tables or operators of his own still deletes no event', async (t) => {
  const { db, write, organization } = await open(t);
  await write();
  const forged = [
    `create temporary table audit_cuts on commit drop as select id as chain_id, sequence from audit_chains`,
    `create temporary table audit_events on commit drop as
       select id as chain_id, sequence, 'made up'::text as hash from public.audit_chains`,
    `create schema own;
     create function own.always(uuid, uuid) returns boolean language sql as 'select true';
     create operator own.= (leftarg = uuid, rightarg = uuid, function = own.always);
     create function own.always(bigint, bigint) returns boolean language sql as 'select true';
     create operator own.>= (leftarg = bigint, rightarg = bigint, function = own.always);
     create operator own.<= (leftarg = bigint, rightarg = bigint, function = own.always);
     set local search_path = own, pg_catalog, public`,
  ];
  const deeds = [
    `delete from public.audit_events where chain_id = '${organization}'`,
    `insert into public.audit_cuts (chain_id, sequence, hash, sealed_head) values ('${organization}', 1, 'made up', '')`,
  ];
  for (const preparation of forged) {
    for (const deed of deeds) {
      const attempt = db.transaction(async (tx) => {
        await tx.execute(sql.raw(preparation));
        await tx.execute(sql.raw(deed));
      });
      await t.rejects(attempt, { cause: { code: '23001' } }, `${preparation}; ${deed}`);
    }
  }
});
