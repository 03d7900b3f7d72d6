import pg from 'pg';
import t from 'tap';
import { verifyStored } from '../../src/cli/audit-verification.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { makeDeployment } from '../support/deployment.ts';
import { until } from '../support/embedded-service.ts';
import { makeRetryKey } from '../support/retries.ts';
import { openDb } from '../support/secret-tools.ts';
import { call } from '../support/service-process.ts';
import { createApiClient, expectStatus, signUp, verify } from '../support/service-user.ts';

const { launch, databaseUrl, smtp, env } = await makeDeployment(t);
const survivor = launch({ ...env, LATCHKEY_QUOTAS: '{"organizations":0}' });
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

/** A step of a change at which its process is killed. */
interface Step {
  name: string;
  trigger: string;
  of: readonly Operation[];
  /** Only with a key is there such a step. */
  isKeyed?: boolean;
  /** Of this operation it is sent together with the commit, and Postgres carries out what has arrived. */
  isLastOf?: Operation;
}

type Operation = 'create' | 'regenerate';

const both = ['create', 'regenerate'] as const;
const steps: Step[] = [
  { name: 'client', trigger: 'before insert on api_clients', of: ['create'] },
  { name: 'old secret', trigger: 'before update of status on secrets', of: ['regenerate'] },
  { name: 'new secret', trigger: 'before insert on secrets', of: both },
  { name: 'record', trigger: 'before update of version on api_clients', of: ['regenerate'] },
  { name: 'event', trigger: 'before insert on audit_events', of: both, isLastOf: 'regenerate' },
  { name: 'head', trigger: 'before update on audit_chains', of: both, isLastOf: 'regenerate' },
  { name: 'answer', trigger: 'before insert on kept_answers', of: both, isKeyed: true },
  { name: 'commit', trigger: 'after insert on secrets deferrable initially deferred', of: both },
];

// A change pauses at the step that is named for its organization, which is known from the first row it writes on.
await admin.query(`create table pauses (organization_id text primary key, step text not null);
create function pause() returns trigger language plpgsql as $$
declare
  written jsonb := to_jsonb(new);
  organization text := coalesce(nullif(current_setting('pause.organization', true), ''), written ->> 'organization_id',
    (select organization_id::text from api_clients where id = (written ->> 'api_client_id')::uuid), written ->> 'chain_id',
    written ->> 'id');
begin
  perform set_config('pause.organization', organization, true);
  if exists (select from pauses where organization_id = organization and step = TG_ARGV[0]) then
    perform set_config('lock_timeout', '0', true);
    perform pg_advisory_xact_lock_shared(${PAUSE});
  end if;
  return new;
end $$`);

async function countWaiting(): Promise<number> {
  const { rows } = await admin.query(
    `select from pg_locks where locktype = 'advisory' and objid = ${PAUSE} and not granted`,
  );
  return rows.length;
}

/** Has a process of its own carry all of it out, and kills that once each has come to its step. */
async function killAll(scenes: readonly Scene[]): Promise<void> {
  const victim = launch({ ...env, DATABASE_POOL_MAX: String(scenes.length + 4) });
  const origin = await victim.listening();
  for (const [index, { name, trigger }] of steps.entries()) {
    const kind = trigger.includes('deferrable') ? 'constraint trigger' : 'trigger';
    await admin.query(`create ${kind} pause_${index} ${trigger} for each row execute function pause('${name}')`);
  }
  for (const { step, asking } of scenes) {
    await admin.query('insert into pauses values ($1, $2)', [asking.organizationId, step.name]);
  }
  await admin.query(`select pg_advisory_lock(${PAUSE})`);
  const asked = Promise.allSettled(scenes.map((scene) => send(origin, scene)));
  await until(async () => (await countWaiting()) === scenes.length);
  victim.kill('SIGKILL');
  await victim.ended();
  await admin.query('delete from pauses');
  await admin.query(`select pg_advisory_unlock(${PAUSE})`);
  for (const { status } of await asked) if (status === 'fulfilled') throw new Error('a killed process has answered');
  // Waits for the transactions of the killed process, whichever way they end.
  for (const [index, { trigger }] of steps.entries()) {
    await admin.query(`drop trigger pause_${index} on ${/ on (\w+)/.exec(trigger)?.[1] ?? ''}`);
  }
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

/** One change that is under way when its process is killed, in an organization of its own. */
interface Scene {
  title: string;
  step: Step;
  operation: Operation;
  asking: Asking;
  old: Made;
}

async function makeScene(step: Step, operation: Operation, isKeyed: boolean): Promise<Scene> {
  const asking = askIn(await makeOrganization(), isKeyed ? makeRetryKey() : undefined);
  const title = `${operation} ${isKeyed ? 'with' : 'without'} a key, at its ${step.name}`;
  return { title, step, operation, asking, old: await makeOld(asking) };
}

/** What a check looks at changes one transaction at a time, from just before its commit: of two only one comes to it. */
function takeTurns(scenes: readonly Scene[]): Scene[][] {
  const [, ...later] = scenes.filter(({ step, operation }) => step.name === 'commit' && operation === 'regenerate');
  return [scenes.filter((scene) => !later.includes(scene)), ...later.map((scene) => [scene])];
}

const send = (origin: string, { operation, asking, old }: Scene) =>
  operation === 'create' ? create(origin, asking) : regenerate(origin, old, asking);

/** What is true of a change, from each place that would show it. */
async function look({ operation, asking, old }: Scene) {
  const action = operation === 'create' ? 'api_client.create' : 'secret.rotate';
  const events = await admin.query('select from audit_events where chain_id = $1 and action = $2', [
    asking.organizationId,
    action,
  ]);
  const isCreate = operation === 'create';
  return {
    isMade: isCreate ? (await countClients(asking)) === 2 : (await verify(safe, old.client_secret)) === 401,
    // One tells of the client that was there before.
    isTold: events.rows.length === (isCreate ? 2 : 1),
  };
}

void t.test(
  'kill -9 at every step of a change: all of it or nothing, and the same key gives the same secret',
  async (t) => {
    const scenes: Scene[] = [];
    for (const step of steps) {
      for (const operation of step.of) {
        scenes.push(await makeScene(step, operation, true));
        if (step.isKeyed !== true) scenes.push(await makeScene(step, operation, false));
      }
    }
    for (const atOnce of takeTurns(scenes)) await killAll(atOnce);
    for (const scene of scenes) {
      const { title, step, operation, asking, old } = scene;
      const { isMade, isTold } = await look(scene);
      t.equal(isTold, isMade, `${title}: there is an event when there is a change`);
      const isSentWhole = step.name === 'commit' || step.isLastOf === operation;
      if (isSentWhole) t.ok(isMade, `${title}: what was committed is there`);
      // Without one a change may be a single statement, which Postgres carries to its end.
      else if (asking.key !== undefined) t.notOk(isMade, `${title}: nothing was committed`);
      if (!isMade) t.equal(await verify(safe, old.client_secret), 200, title);
      const { status, body, headers } = await send(safe, scene);
      t.equal(status, operation === 'create' ? 201 : 200, title);
      t.equal(await verify(safe, body.client_secret), 200, `${title}: its secret works`);
      if (asking.key !== undefined) {
        t.equal(headers.get('idempotency-replayed'), isMade ? 'true' : null, title);
        t.same((await send(safe, scene)).body, body, `${title}: the same again`);
        t.match(await look(scene), { isMade: true, isTold: true }, `${title}: made once`);
      }
    }
    const { rows } = await admin.query(`select c.id from api_clients c
    where (select count(*) from secrets s where s.api_client_id = c.id and s.expires_at is null) <> 1`);
    t.same(rows, [], 'every client has one lasting secret');
    const { db } = openDb(t, { databaseUrl });
    const { signal } = new AbortController();
    const masterKey = new MasterKey([Buffer.from(env.LATCHKEY_MASTER_KEY, 'base64')]);
    const { broken } = await verifyStored({ db, masterKey, signal, chainId: undefined, kept: undefined });
    t.same(broken, [], 'every chain is whole');
  },
);
