import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { verifyAudit } from '../../src/cli/verify-audit-command.ts';
import type { VerifyAuditOptions } from '../../src/cli/verify-audit-command.ts';
import { createAuditRetention } from '../../src/resources/audit-events/audit-retention.ts';
import { createAuditHeads } from '../../src/tokens/audit-heads.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { fillChain, startKeyRing } from '../support/audit.ts';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { makeShell } from '../support/command-line.ts';
import { API, registerUser } from '../support/factories.ts';
import type { TestUser } from '../support/factories.ts';

const EVENTS = 12;

interface Ground {
  test: TestApp;
  user: TestUser;
  org: string;
  /** Does what the triggers refuse. */
  tamper: (...statements: string[]) => Promise<void>;
  verify: (options?: VerifyAuditOptions) => ReturnType<typeof verifyAudit>;
  getHead: () => Promise<string>;
  readExport: () => Promise<string[]>;
  writeFile: (name: string, text: string) => Promise<string>;
}

/** An organization with twelve events, in a database of its own. */
async function open(t: Test): Promise<Ground> {
  const test = await build(t);
  const user = await registerUser(test);
  const { organizationId: org, token } = user;
  await fillChain(test.app.db, { type: 'organization', id: org }, EVENTS - 2);
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-audit-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const env = {
    DATABASE_URL: test.databaseUrl,
    LATCHKEY_MASTER_KEY: test.config.masterKeys.map((key) => key.toString('base64')).join(),
    LOG_LEVEL: 'silent',
  };
  const url = `${API}/organizations/${org}/audit-events/`;
  return {
    ...{ test, user, org },
    async tamper(...statements) {
      const tables = ['audit_events', 'audit_chains', 'audit_cuts'];
      const switchTo = (what: string) => tables.map((table) => `alter table ${table} ${what} trigger user`);
      for (const statement of [...switchTo('disable'), ...statements, ...switchTo('enable')])
        await test.query(statement);
    },
    verify: (options = {}) => verifyAudit(makeShell(env), options),
    getHead: async () => (await test.request('GET', `${url}head/`, { token })).json<{ jws: string }>().jws,
    async readExport() {
      const headers = { accept: 'application/x-ndjson' };
      return (await test.request('GET', url, { token, headers })).body.trimEnd().split('\n');
    },
    async writeFile(name, text) {
      const path = join(directory, name);
      await writeFile(path, text);
      return path;
    },
  };
}

void t.test('a whole trail verifies, all of it, one chain, and with a head that was kept', async (t) => {
  const { org, user, verify, getHead, test, writeFile } = await open(t);
  t.match(await verify(), { text: 'Verified 14 events in 2 chains.', document: { broken: [] }, complaint: undefined });
  t.match(await verify({ organization: org }), { text: `Verified ${EVENTS} events in 1 chain.` });
  const jws = await getHead();
  await fillChain(test.app.db, { type: 'organization', id: org }, 3);
  t.match(await verify({ head: jws }), { text: 'Verified 15 events in 1 chain.', complaint: undefined });
  t.match(await verify({ head: await writeFile('head', `${jws}\n`) }), { complaint: undefined });
  t.match(await verify({ head: await writeFile('head.json', JSON.stringify({ jws })) }), { complaint: undefined });
  t.match(await verify({ organization: user.userId }), { text: 'Verified 2 events in 1 chain.' });
});

const here = (where: string) => `where sequence = 5 and ${where}`;

/** What somebody with the database can do, and what is said of it. */
const tamperings: Record<string, { statements: (org: string) => string[]; fault: string }> = {
  'the text of an event': {
    statements: (org) => [
      `update audit_events set canonical = replace(canonical, 'Acme', 'Evil') ${here(`chain_id = '${org}'`)}`,
    ],
    fault: 'event 5 was changed',
  },
  'the text of an event, with a hash that fits': {
    statements: (org) => [
      `update audit_events set canonical = replace(canonical, 'Acme', 'Evil') ${here(`chain_id = '${org}'`)}`,
      `update audit_events set hash = encode(sha256(convert_to(canonical, 'UTF8')), 'hex') ${here(`chain_id = '${org}'`)}`,
    ],
    fault: 'event 6 does not name the event 5 that is there',
  },
  'the column by which an event is found': {
    statements: (org) => [`update audit_events set target_id = 'other' ${here(`chain_id = '${org}'`)}`],
    fault: 'event 5 was changed: a column does not say what the event says',
  },
  'an event taken out': {
    statements: (org) => [`delete from audit_events ${here(`chain_id = '${org}'`)}`],
    fault: 'event 6 follows event 4: event 5 is missing',
  },
  'an event taken out, and the rest moved up': {
    statements: (org) => [
      `delete from audit_events ${here(`chain_id = '${org}'`)}`,
      ...Array.from(
        { length: EVENTS - 5 },
        (_, index) =>
          `update audit_events set sequence = ${5 + index} where sequence = ${6 + index} and chain_id = '${org}'`,
      ),
      `update audit_chains set sequence = ${EVENTS - 1} where id = '${org}'`,
    ],
    fault: 'event 5 was changed',
  },
  'an event put in': {
    statements: (org) => [
      `insert into audit_events (chain_id, sequence, canonical, hash, at, action)
       select chain_id, 0, canonical, hash, at, action from audit_events ${here(`chain_id = '${org}'`)}`,
    ],
    fault: 'event 0 was changed',
  },
  'an event put in behind the end': {
    statements: (org) => [
      `insert into audit_events (chain_id, sequence, canonical, hash, at, action, actor_id, target_id)
       select chain_id, ${EVENTS + 1}, made.canonical, encode(sha256(convert_to(made.canonical, 'UTF8')), 'hex'), at, action, actor_id, target_id
       from audit_events, lateral (select regexp_replace(replace(canonical, '"sequence":${EVENTS},', '"sequence":${EVENTS + 1},'),
         '"previous_hash":"[0-9a-f]*"', '"previous_hash":"' || hash || '"') as canonical) as made
       where chain_id = '${org}' and sequence = ${EVENTS}`,
    ],
    fault: `event ${EVENTS + 1} is not the one with which the chain should end`,
  },
  'two events that changed places': {
    statements: (org) => [
      `update audit_events set sequence = 99 ${here(`chain_id = '${org}'`)}`,
      `update audit_events set sequence = 5 where sequence = 6 and chain_id = '${org}'`,
      `update audit_events set sequence = 6 where sequence = 99 and chain_id = '${org}'`,
    ],
    fault: 'event 5 was changed',
  },
  'the last events': {
    statements: (org) => [`delete from audit_events where sequence > 10 and chain_id = '${org}'`],
    fault: 'events 11 to 12 are missing at the end',
  },
  'the first events': {
    statements: (org) => [`delete from audit_events where sequence < 3 and chain_id = '${org}'`],
    fault: 'event 3 follows event 0: events 1 to 2 are missing',
  },
  'the first events, with a cut that was made up': {
    statements: (org) => [
      `insert into audit_cuts (chain_id, sequence, hash, sealed_head)
       select chain_id, sequence, hash, 'made up' from audit_events where sequence = 2 and chain_id = '${org}'`,
      `delete from audit_events where sequence < 3 and chain_id = '${org}'`,
    ],
    fault: 'events up to 2 were cut away, and not by this service',
  },
  'the end of the chain': {
    statements: (org) => [`delete from audit_chains where id = '${org}'`],
    fault: 'the end of the chain was taken away',
  },
  'another organization as the owner of the chain': {
    statements: (org) => [
      `update audit_events set chain_id = '019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01' where chain_id = '${org}'`,
      `update audit_chains set id = '019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01' where id = '${org}'`,
    ],
    fault: 'event 1 does not name the event 0 that is there',
  },
};

void t.test('the first event that somebody bent is named, and no other chain is blamed', async (t) => {
  for (const [name, { statements, fault }] of Object.entries(tamperings)) {
    await t.test(name, async (t) => {
      const { org, tamper, verify } = await open(t);
      await tamper(...statements(org));
      const { complaint, document } = await verify();
      t.match(complaint, /^The audit trail is not whole\.\n/);
      t.match(document, { broken: [{ fault }] });
      t.equal((document as { broken: unknown[] }).broken.length, 1);
    });
  }
});

void t.test('who cuts the end off and makes the rest fit is found by a head that was kept elsewhere', async (t) => {
  const { org, tamper, verify, getHead } = await open(t);
  const head = await getHead();
  await tamper(
    `delete from audit_events where sequence > 10 and chain_id = '${org}'`,
    `update audit_chains set (sequence, hash) = (select sequence, hash from audit_events where sequence = 10 and chain_id = '${org}')
     where id = '${org}'`,
  );
  t.equal((await verify()).complaint, undefined, 'the database alone does not tell');
  t.match((await verify({ head })).complaint, 'events 11 to 12 are missing at the end: the kept head names event 12');
});

void t.test('a chain that was made anew from some event on is found by a head that was kept', async (t) => {
  const { org, tamper, verify, getHead, test } = await open(t);
  const head = await getHead();
  await tamper(
    `delete from audit_events where sequence > 10 and chain_id = '${org}'`,
    `update audit_chains set (sequence, hash) = (select sequence, hash from audit_events where sequence = 10 and chain_id = '${org}')
     where id = '${org}'`,
  );
  await fillChain(test.app.db, { type: 'organization', id: org }, 5);
  t.equal((await verify()).complaint, undefined);
  t.match((await verify({ head })).complaint, 'event 12 is not the one that the kept head names');
});

void t.test('an export verifies without a database, and says what was done to it', async (t) => {
  const { readExport, verify, getHead, writeFile } = await open(t);
  const lines = await readExport();
  t.equal(lines.length, EVENTS);
  const head = await getHead();
  const check = async (name: string, some: string[], options: VerifyAuditOptions = {}) =>
    verify({ file: await writeFile(name, some.map((line) => `${line}\n`).join('')), ...options });
  t.match(await check('whole', lines, { head }), {
    text: `Verified ${EVENTS} events in 1 chain.`,
    complaint: undefined,
  });
  const swapped = [...lines.slice(0, 4), lines[5] ?? '', lines[4] ?? '', ...lines.slice(6)];
  const faults: [string, string[], string][] = [
    ['changed', lines.map((line) => line.replace('"sequence":5,', '"sequence":5,"x":1,')), 'event 5 was changed'],
    ['removed', lines.toSpliced(4, 1), 'event 6 follows event 4: event 5 is missing'],
    ['inserted', lines.toSpliced(4, 0, lines[3] ?? ''), 'event 4 follows event 4: it was put in or moved'],
    ['reordered', swapped, 'event 6 follows event 4: event 5 is missing'],
    ['no event', lines.toSpliced(4, 1, '{"hash":1}'), 'line 5 is no event'],
    ['no JSON', lines.toSpliced(4, 1, lines[4]?.slice(0, 40) ?? ''), 'line 5 is no event'],
  ];
  for (const [name, some, fault] of faults) t.match((await check(name, some)).complaint, fault, name);
  t.equal((await check('cut', lines.slice(0, 10))).complaint, undefined, 'the file alone does not tell');
  t.match((await check('cut', lines.slice(0, 10), { head })).complaint, 'events 11 to 12 are missing at the end');
  t.match(await check('begun late', lines.slice(3)), {
    text: /The export begins with event 4\./,
    complaint: undefined,
  });
});

void t.test('what is no head of this deployment is refused', async (t) => {
  const { org, verify, getHead, user, test } = await open(t);
  const jws = await getHead();
  const [header = '', , signature = ''] = jws.split('.');
  const payload = { chain: { type: 'organization', id: org }, sequence: 1, hash: 'made up' };
  const forged = `${header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.${signature}`;
  await t.rejects(verify({ head: forged }), { message: /signature of the kept head is not good/ });
  await t.rejects(verify({ head: user.token }), { message: /no signed head/ });
  await t.rejects(verify({ head: '/nowhere' }), { message: /neither a JWS nor a file/ });
  await t.rejects(verify({ organization: 'x' }), { message: /takes a UUID/ });
  await t.rejects(verify({ organization: user.userId, head: jws }), { message: /another chain/ });
  await t.rejects(verify({ file: '/nowhere' }), { message: /cannot be read/ });
  t.match((await verify({ organization: '019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01' })).complaint, /there is no such chain/);
  await test.query('delete from signing_keys');
  t.match(await verify({ head: jws }), { text: /no longer published/, complaint: undefined });
});

void t.test('what is older than it is to be kept is cut away, and the rest still verifies', async (t) => {
  const { test, org, tamper, verify, getHead } = await open(t);
  const { db, log } = test.app;
  const masterKey = new MasterKey(test.config.masterKeys);
  const keyRing = await startKeyRing(t, test);
  const clock = { now: Date.now };
  const heads = createAuditHeads({ keyRing, clock, issuer: test.config.publicUrl });
  const cutOld = createAuditRetention({
    db,
    log,
    heads,
    masterKey,
    clock: { now: () => Date.now() + 2 * 86_400_000 },
    days: 1,
  });
  const early = await getHead();
  const { signal } = new AbortController();
  await cutOld(AbortSignal.abort());
  t.match(await verify(), { text: /^Verified 14 events/ });
  await fillChain(db, { type: 'organization', id: org }, 2_500);
  await Promise.all([cutOld(signal), cutOld(signal)]);
  await cutOld(signal);
  t.match(await verify(), { text: 'Verified 0 events in 2 chains.', complaint: undefined });
  await fillChain(db, { type: 'organization', id: org }, 3);
  t.match(await verify(), { text: 'Verified 3 events in 2 chains.', complaint: undefined });
  t.match(await verify({ head: await getHead() }), { text: 'Verified 3 events in 1 chain.', complaint: undefined });
  t.match(await verify({ head: early }), { text: /were cut away for their age/, complaint: undefined });
  const [cut] = await test.query<{ sequence: string; sealed_head: string }>(
    `select sequence, sealed_head from audit_cuts where chain_id = $1`,
    [org],
  );
  t.equal(cut?.sequence, String(EVENTS + 2_500));
  await test.query('update audit_cuts set sealed_head = sealed_head');
  await tamper(`delete from audit_events where chain_id = '${org}' and sequence = ${EVENTS + 2_501}`);
  t.match((await verify()).complaint, `event ${EVENTS + 2_502} follows event ${EVENTS + 2_500}`);
  await tamper(
    `update audit_cuts set sequence = sequence + 1, hash = (select (canonical::json)->>'previous_hash' from audit_events
       where chain_id = '${org}' and sequence = ${EVENTS + 2_502}) where chain_id = '${org}'`,
  );
  t.match((await verify()).complaint, `events up to ${EVENTS + 2_501} were cut away, and not by this service`);
  const other = new MasterKey([randomBytes(32)]);
  await tamper(`update audit_cuts set sealed_head = '${other.seal('audit-cut', 'x')}' where chain_id = '${org}'`);
  t.match((await verify()).complaint, 'and not by this service');
});
