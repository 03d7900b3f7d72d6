import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createStateReader } from '../../src/secrets/state-reader.ts';
import { build, waitFor } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import type { TestClient } from '../support/factories.ts';
import { clientPath, makeSecretId, regenerate } from '../support/machines.ts';
import { readFigures } from '../support/metrics.ts';
import { issueToken, sendAs } from '../support/oauth.ts';
import { openDb } from '../support/secret-tools.ts';

const here = await build(t);
const elsewhere = await build(t, { beside: here });
const owner = await registerUser(here);

/** The part of a secret that finds its row. */
const idOf = (secret: string) => secret.slice(-71, -49);

interface Gate {
  answered: () => void;
  opened: Promise<void>;
}

/** A reader that says where its answers come from, and whose queries can be held up. */
function openReader(t: Parameters<typeof openDb>[0]) {
  const { db, pool } = openDb(t, here);
  const queries: string[] = [];
  const held = new Map<string, Gate>();
  const query = pool.query.bind(pool) as (asked: { name: string }) => Promise<unknown>;
  const failing = new Set<string>();
  pool.query = (async (asked: { name: string }) => {
    queries.push(asked.name);
    if (failing.has(asked.name)) throw new Error('the database is away');
    const answer = await query(asked);
    const gate = held.get(asked.name);
    gate?.answered();
    await gate?.opened;
    return answer;
  }) as unknown as typeof pool.query;
  let forgotten = 0;
  const reader = createStateReader(db, { figures: { onForgotten: () => (forgotten += 1) } });

  /** The queries that a piece of work takes. */
  async function took(work: () => Promise<unknown>): Promise<string[]> {
    queries.length = 0;
    await work();
    return [...queries];
  }

  /** Lets a query be answered by the database, and nobody be told. */
  async function hold(name: string, work: () => Promise<unknown>): Promise<{ release: () => Promise<unknown> }> {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const answered = new Promise<void>((resolve) => held.set(name, { answered: resolve, opened }));
    const done = work();
    await answered;
    held.delete(name);
    return {
      release: () => {
        open();
        return done;
      },
    };
  }
  return { reader, queries, took, hold, failing, forgotten: () => forgotten };
}

const QUESTION = 'find_state_changes';
const READ = 'find_states_by_lookup_id';
const TOKEN_READ = 'find_states_by_token';

void t.test('what one process remembers is refused by it as soon as another has answered the change', async (t) => {
  const remembered = async () =>
    Number((await readFigures(elsewhere)).get('latchkey_state_answers_total', { source: 'memory' }));
  const patch = (client: TestClient, body: object) =>
    here.request('PATCH', clientPath(owner, client.client_id), { token: owner.token, body });
  const changes: Record<string, (client: TestClient, token: string) => Promise<{ statusCode: number } | object>> = {
    delete: (client) => here.request('DELETE', clientPath(owner, client.client_id), { token: owner.token }),
    regenerate: (client) => regenerate(here, owner, { clientId: client.client_id }),
    pause: (client) => patch(client, { status: 'paused' }),
    'take the permission': (client) => patch(client, { permissions: ['api.read'] }),
    'allow other addresses': (client) => patch(client, { allowed_ips: ['192.0.2.1'] }),
    'revoke the token': (client, token) => sendAs(here, client, { route: 'revoke', form: { token } }),
    'let it run out, by hand': (client) =>
      here.query('update api_clients set expires_at = now() where client_id = $1', [client.client_id]),
    'delete the organization, by hand': async (client) => {
      const other = await registerUser(here);
      await here.query(`alter table api_clients disable trigger api_clients__immutable`);
      await here.query('update api_clients set organization_id = $2 where client_id = $1', [client.client_id, other.organizationId]); // prettier-ignore
      await here.query(`alter table api_clients enable trigger api_clients__immutable`);
      await elsewhere.request('GET', `${API}/verify/`, { headers: { 'x-api-key': client.client_secret } });
      return here.query('delete from organizations where id = $1', [other.organizationId]);
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    const client = await createClient(here, owner, { permissions: ['api.read', 'api.write'] });
    const token = await issueToken(here, client);
    const headersOf = { secret: { 'x-api-key': client.client_secret }, token: { authorization: `Bearer ${token}` } };
    const statusOf = async (kind: keyof typeof headersOf) =>
      (await elsewhere.request('GET', `${API}/verify/?permission=api.write`, { headers: headersOf[kind] })).statusCode;
    for (const kind of ['secret', 'token'] as const) {
      await waitFor(async () => {
        const before = await remembered();
        return (await statusOf(kind)) === 200 && (await remembered()) > before ? true : undefined;
      });
    }
    await change(client, token);
    const lost = what === 'take the permission' ? 403 : 401;
    t.equal(await statusOf('token'), lost, `${what}: the token`);
    t.equal(await statusOf('secret'), what === 'revoke the token' ? 200 : lost, `${what}: the secret`);
  }
});

void t.test('a state is read once, and then asked about by all who wait together', async (t) => {
  const { reader, took } = openReader(t);
  const [id, other] = await Promise.all([0, 1].map(async () => idOf((await createClient(here, owner)).client_secret)));
  if (id === undefined || other === undefined) throw new Error('two secrets were made');
  t.same(await took(() => reader.findByLookupId(id)), [READ], 'nothing to ask about');
  t.same(await took(() => Promise.all([id, id, id].map((each) => reader.findByLookupId(each)))), [QUESTION]);
  t.same((await took(() => Promise.all([id, other].map((each) => reader.findByLookupId(each))))).toSorted(), [QUESTION, READ]); // prettier-ignore
  t.same(await took(() => Promise.all([id, other].map((each) => reader.findByLookupId(each)))), [QUESTION]);
  const token = { secretId: (await reader.findByLookupId(id))?.secretId ?? '', jti: randomUUID() };
  t.same(await took(() => reader.findByToken(token)), [TOKEN_READ]);
  t.same(await took(() => Promise.all([reader.findByToken(token), reader.findByLookupId(id)])), [QUESTION]);
  await here.query('insert into revoked_access_tokens (jti, expires_at) values ($1, now())', [token.jti]);
  t.match(await reader.findByToken(token), { isRevoked: true });
  t.same(await took(() => reader.findByToken(token)), [TOKEN_READ], 'that it is revoked is not remembered');
  t.same(await took(() => reader.findByLookupId(id)), [QUESTION], 'the secret it came from is');
});

void t.test('that there is nothing is never remembered', async (t) => {
  const { reader, took } = openReader(t);
  const id = makeSecretId();
  t.equal(await reader.findByLookupId(id), undefined);
  const client = await createClient(here, owner);
  await here.query('update secrets set lookup_id = $2 where lookup_id = $1', [idOf(client.client_secret), id]);
  t.match(await reader.findByLookupId(id), { clientId: client.client_id });
  t.same(await took(() => reader.findByLookupId(makeSecretId())), [READ]);
});

void t.test('what changes while it is read is not remembered as it was', async (t) => {
  const { reader, took, hold } = openReader(t);
  const [known, changing] = [await createClient(here, owner), await createClient(here, owner)];
  await reader.findByLookupId(idOf(known.client_secret));
  const early = await hold(READ, () => reader.findByLookupId(idOf(changing.client_secret)));
  await here.query(`update api_clients set status = 'paused' where client_id = $1`, [changing.client_id]);
  t.same(await took(() => reader.findByLookupId(idOf(known.client_secret))), [QUESTION], 'now the change is known');
  t.match(await early.release(), { status: 'active' }, 'it began before the change was made');
  t.match(await reader.findByLookupId(idOf(changing.client_secret)), { status: 'paused' });
});

void t.test(
  'where every check is the first of its kind, the changes between them do not keep memory from beginning anew',
  async (t) => {
    const { reader, took } = openReader(t);
    const clients = [await createClient(here, owner), await createClient(here, owner)];
    const ids = clients.map(({ client_secret }) => idOf(client_secret));
    await reader.findByLookupId(ids[0] ?? '');
    await here.query(`update api_clients set name = 'other' where client_id = any($1)`, [clients.map(({ client_id }) => client_id)]); // prettier-ignore
    // Nothing of this one is remembered, and so nobody asks on its behalf.
    await waitFor(async () =>
      (await took(() => reader.findByLookupId(ids[1] ?? ''))).includes(READ) ? undefined : true,
    );
    t.match(await reader.findByLookupId(ids[1] ?? ''), { name: 'other' });
  },
);

void t.test('an answer that another one has overtaken vouches for nothing', async (t) => {
  const { reader, took, hold } = openReader(t);
  const [client, other] = [await createClient(here, owner), await createClient(here, owner)];
  const find = () => reader.findByLookupId(idOf(client.client_secret));
  await find();
  const early = await hold(QUESTION, find);
  await here.query(`update api_clients set name = 'other' where client_id = $1`, [other.client_id]);
  t.same(await took(find), [QUESTION], 'one that knows of the change');
  t.same(await took(() => early.release()), [READ]);
});

void t.test('who asks when all has just been forgotten reads', async (t) => {
  const { reader, took, hold } = openReader(t);
  const client = await createClient(here, owner);
  const find = () => reader.findByLookupId(idOf(client.client_secret));
  await here.query(`update api_clients set name = 'one more' where client_id = $1`, [client.client_id]);
  await find();
  await here.query('delete from state_changes where number = (select max(number) from state_changes)');
  // As many as are under way at once: the next one waits for it.
  const first = await hold(QUESTION, find);
  const asked = await took(async () => {
    const second = find();
    await first.release();
    t.match(await second, { name: 'one more' });
  });
  t.notOk(asked.includes(QUESTION), 'there is no version to ask about');
});

void t.test('who is too far behind forgets everything, and reads', async (t) => {
  const { reader, took, forgotten } = openReader(t);
  const client = await createClient(here, owner);
  const find = () => reader.findByLookupId(idOf(client.client_secret));
  await find();
  const missed = (count: number) =>
    here.query(
      `insert into state_changes (number, keys)
        select newest + i, '{}' from (select max(number) as newest from state_changes) as log, generate_series(1, $1::int) as i`,
      [count],
    );
  await missed(499);
  t.same(await took(find), [QUESTION]);
  t.equal(forgotten(), 0);
  await missed(500);
  t.same(await took(find), [QUESTION, READ]);
  t.equal(forgotten(), 1);
});

void t.test('a question that fails where nobody waits for it fails nobody', async (t) => {
  const { reader, queries, failing } = openReader(t);
  const [known, other] = [await createClient(here, owner), await createClient(here, owner)];
  await reader.findByLookupId(idOf(known.client_secret));
  await here.query(`update api_clients set name = 'other' where client_id = $1`, [known.client_id]);
  failing.add(QUESTION);
  t.match(await reader.findByLookupId(idOf(other.client_secret)), { clientId: other.client_id });
  await waitFor(() => (queries.includes(QUESTION) ? true : undefined));
  failing.delete(QUESTION);
  t.match(await reader.findByLookupId(idOf(known.client_secret)), { name: 'other' });
});

void t.test('what runs out while it is remembered has run out by the clock of the database', async (t) => {
  const { reader, took } = openReader(t);
  const client = await createClient(here, owner);
  const id = idOf(client.client_secret);
  await here.query(`update api_clients set expires_at = now() + interval '1 second' where client_id = $1`, [
    client.client_id,
  ]);
  const isOver = async () =>
    (await here.query('select from api_clients where client_id = $1 and expires_at <= now()', [client.client_id]))
      .length > 0;
  await reader.findByLookupId(id);
  await waitFor(async () => ((await isOver()) ? true : undefined));
  t.same(await took(async () => t.match(await reader.findByLookupId(id), { isExpired: true })), [QUESTION]);
  t.same(await took(async () => t.match(await reader.findByLookupId(id), { isExpired: true })), [QUESTION]);
});

void t.test('a database whose history is another one is taken at its word', async (t) => {
  const newest = '(select max(number) from state_changes)';
  const histories: Record<string, string> = {
    'a tail was lost': `delete from state_changes where number = ${newest}`,
    'the tail was lost, and others came': `update state_changes set nonce = gen_random_uuid(), keys = '{}' where number = ${newest}`,
    'the log was cut': `update state_changes set number = number + 5 where number = ${newest}`,
    'the log is empty': 'delete from state_changes',
    'others have the numbers, and went on': `with other as (update state_changes set nonce = gen_random_uuid() where number = ${newest})
      insert into state_changes (number, keys) values (${newest} + 1, '{}')`,
  };
  for (const [what, statement] of Object.entries(histories)) {
    const { reader, took, forgotten } = openReader(t);
    const client = await createClient(here, owner);
    const id = idOf(client.client_secret);
    await here.query(`update api_clients set name = 'one more' where client_id = $1`, [client.client_id]);
    await reader.findByLookupId(id);
    t.same(await took(() => reader.findByLookupId(id)), [QUESTION]);
    // What that history has of the client was never noted in this one.
    await here.query(`alter table api_clients disable trigger user`);
    await here.query(`update api_clients set status = 'paused' where client_id = $1`, [client.client_id]);
    await restoreTriggers();
    await here.query(statement);
    t.match(await reader.findByLookupId(id), { status: 'paused' }, what);
    t.equal(forgotten(), 1, what);
    await here.query(`update api_clients set name = 'the next' where client_id = $1`, [client.client_id]);
    t.match(await reader.findByLookupId(id), { name: 'the next' });
    await waitFor(async () => ((await took(() => reader.findByLookupId(id))).includes(READ) ? undefined : true));
  }
});

void t.test('a creation that was lost with a server is not remembered on the next one', async (t) => {
  const { reader, took, forgotten } = openReader(t);
  const client = await createClient(here, owner);
  const id = idOf(client.client_secret);
  await reader.findByLookupId(id);
  t.same(await took(() => reader.findByLookupId(id)), [QUESTION]);
  // A new client has no row in the log; here it never was.
  await here.query('alter table api_clients disable trigger user');
  await here.query('alter table secrets disable trigger user');
  await here.query('delete from api_clients where client_id = $1', [client.client_id]);
  await restoreTriggers();
  // The same rows in another file, as on another server.
  await here.query('vacuum full state_changes');
  t.equal(await reader.findByLookupId(id), undefined);
  t.equal(forgotten(), 1);
});

/** As migrations/0001 and 0026 have left them. */
async function restoreTriggers(): Promise<void> {
  await here.query('alter table api_clients enable trigger user');
  const always = await here.query<{ name: string; table: string }>(
    `select tgname as name, tgrelid::regclass::text as table from pg_trigger where tgname ~ '__(note|number)_'`,
  );
  for (const { name, table } of always) await here.query(`alter table ${table} enable always trigger "${name}"`);
}
