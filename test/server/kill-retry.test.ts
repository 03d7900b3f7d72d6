import pg from 'pg';
import t from 'tap';
import { makeDeployment } from '../support/deployment.ts';
import { until } from '../support/embedded-service.ts';
import { makeRetryKey } from '../support/retries.ts';
import { call } from '../support/service-process.ts';
import { createApiClient, expectStatus, signUp, verify } from '../support/service-user.ts';

const { launch, databaseUrl, smtp, env } = await makeDeployment(t);
const survivor = launch(env);
const safe = await survivor.listening();
const user = await signUp(safe, smtp);
const admin = new pg.Client({ connectionString: databaseUrl });
await admin.connect();
t.teardown(() => admin.end());

const PAUSE = 4_711;
const fields = { name: 'New', environment: 'live', permissions: ['api.read'] };

interface Made {
  client_id: string;
  client_secret: string;
}

/** An organization for each request that is under way: two changes of one wait for each other. */
async function makeOrganization(): Promise<string> {
  const made = call<{ uuid: string }>(safe, '/auth/v2/organizations/', { token: user.token, body: { name: 'Acme' } });
  return (await expectStatus(201, made)).body.uuid;
}

/** Where in a change the process is killed: what Postgres waits at, and whether the change is made all the same. */
const points = [
  { name: 'in the midst of the transaction', trigger: 'before insert on secrets', survives: false, isKeyless: true },
  { name: 'while the answer is kept', trigger: 'before insert on kept_answers', survives: false, isKeyless: false },
  {
    name: 'between the commit and the answer',
    trigger: 'after insert on secrets deferrable initially deferred',
    survives: true,
    isKeyless: true,
  },
];

await admin.query(`create function pause() returns trigger language plpgsql as $$ begin
  perform set_config('lock_timeout', '0', true);
  perform pg_advisory_xact_lock_shared(${PAUSE});
  return new;
end $$`);

async function countWaiting(): Promise<number> {
  const { rows } = await admin.query(
    `select from pg_locks where locktype = 'advisory' and objid = ${PAUSE} and not granted`,
  );
  return rows.length;
}

/** Sends what `ask` asks for to a process of its own, and kills that at a point of the change. */
async function killAt(trigger: string, count: number, ask: (origin: string) => Promise<unknown>[]): Promise<void> {
  const victim = launch(env);
  const origin = await victim.listening();
  const kind = trigger.includes('deferrable') ? 'constraint trigger' : 'trigger';
  const [when = '', table = ''] = trigger.split(' on ');
  await admin.query(`create ${kind} pause ${when} on ${table} for each row execute function pause()`);
  await admin.query(`select pg_advisory_lock(${PAUSE})`);
  const asked = Promise.allSettled(ask(origin));
  await until(async () => (await countWaiting()) === count);
  victim.kill('SIGKILL');
  await victim.ended();
  await admin.query(`select pg_advisory_unlock(${PAUSE})`);
  for (const { status } of await asked) if (status === 'fulfilled') throw new Error('a killed process has answered');
  // Waits for the transactions of the killed process, whichever way they end.
  await admin.query(`drop trigger pause on ${table.split(' ')[0]}`);
}

interface Asking {
  organizationId: string;
  key?: string;
}

const askIn = (organizationId: string, key?: string): Asking => ({ organizationId, ...(key !== undefined && { key }) });
const headersOf = ({ key }: Asking) => (key === undefined ? {} : { headers: { 'idempotency-key': key } });
const clientsOf = ({ organizationId }: Asking) => `/auth/v2/organizations/${organizationId}/api-clients/`;

const create = (origin: string, asking: Asking) =>
  call<Made>(origin, clientsOf(asking), { token: user.token, body: fields, ...headersOf(asking) });

const regenerate = (origin: string, { client_id: id }: Made, asking: Asking) =>
  call<Made>(origin, `POST ${clientsOf(asking)}${id}/regenerate-secret/`, { token: user.token, ...headersOf(asking) });

async function makeOld({ organizationId }: Asking): Promise<Made> {
  return (await expectStatus(201, createApiClient(safe, { organizationId, token: user.token }, 'Old'))).body;
}

async function countClients({ organizationId }: Asking): Promise<number> {
  const { rows } = await admin.query('select from api_clients where organization_id = $1', [organizationId]);
  return rows.length;
}

for (const { name, trigger, survives, isKeyless } of points) {
  void t.test(`kill -9 ${name}: no half of a change, and the same key gives the same secret`, async (t) => {
    const organizations = await Promise.all(Array.from({ length: 4 }, makeOrganization));
    const [first = '', second = '', third = '', fourth = ''] = organizations;
    const keyed = { create: askIn(first, makeRetryKey()), regenerate: askIn(second, makeRetryKey()) };
    const keyless = { create: askIn(third), regenerate: askIn(fourth) };
    const old = { keyed: await makeOld(keyed.regenerate), keyless: await makeOld(keyless.regenerate) };
    await killAt(trigger, isKeyless ? 4 : 2, (origin) => [
      create(origin, keyed.create),
      regenerate(origin, old.keyed, keyed.regenerate),
      ...(isKeyless ? [create(origin, keyless.create), regenerate(origin, old.keyless, keyless.regenerate)] : []),
    ]);

    t.equal(await countClients(keyed.create), survives ? 1 : 0);
    t.equal(await verify(safe, old.keyed.client_secret), survives ? 401 : 200);
    for (const ask of [() => create(safe, keyed.create), () => regenerate(safe, old.keyed, keyed.regenerate)]) {
      const { body, headers } = await ask();
      t.equal(headers.get('idempotency-replayed'), survives ? 'true' : null);
      t.equal(await verify(safe, body.client_secret), 200);
      t.same((await ask()).body, body);
    }
    t.equal(await countClients(keyed.create), 1);
    t.equal(await verify(safe, old.keyed.client_secret), 401);

    if (isKeyless) {
      t.equal(await countClients(keyless.create), survives ? 1 : 0);
      t.equal(await verify(safe, old.keyless.client_secret), survives ? 401 : 200);
      t.equal((await create(safe, keyless.create)).status, 201);
      const { body } = await expectStatus(200, regenerate(safe, old.keyless, keyless.regenerate));
      t.equal(await verify(safe, body.client_secret), 200);
    }
    const { rows } = await admin.query(`select c.id from api_clients c
      where (select count(*) from secrets s where s.api_client_id = c.id and s.expires_at is null) <> 1`);
    t.same(rows, [], 'every client has one lasting secret');
  });
}
