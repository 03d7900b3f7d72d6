import t from 'tap';
import { verifyStored } from '../../../src/cli/audit-verification.ts';
import { MasterKey } from '../../../src/master-key/master-key.ts';
import { build } from '../../support/build-app.ts';
import { API, registerUser } from '../../support/factories.ts';

const LANES = 16;

const test = await build(t, { env: { DATABASE_POOL_MAX: '20', LATCHKEY_QUOTAS: '{"organizations":0}' } });
const { token } = await registerUser(test);

async function makeOrganization(name: string): Promise<string> {
  const response = await test.request('POST', `${API}/organizations/`, { token, body: { name } });
  return response.json<{ uuid: string }>().uuid;
}

const create = async (org: string) => {
  const body = { name: 'Backend', environment: 'live', permissions: ['api.read'] };
  return (await test.request('POST', `${API}/organizations/${org}/api-clients/`, { token, body })).statusCode;
};

/** As many at a time as there are connections: a slow machine makes nobody wait for one in vain. */
async function inLanes<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) done.push(await work(index));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return done;
}

/** What is wrong with the trail, and how many events an organization has. */
async function inspect(org?: string) {
  const { db } = test.app;
  const masterKey = new MasterKey(test.config.masterKeys);
  const { signal } = new AbortController();
  const { broken, events } = await verifyStored({ db, masterKey, signal, chainId: org, kept: undefined });
  return { broken, events };
}

void t.test('two hundred writers on one organization leave a whole chain', async (t) => {
  const org = await makeOrganization('One');
  const statuses = await inLanes(200, () => create(org));
  t.same(new Set(statuses), new Set([201]));
  t.same(await inspect(org), { broken: [], events: 201 });
});

void t.test('writers on twenty organizations at once leave twenty whole chains', async (t) => {
  const orgs = await inLanes(20, (index) => makeOrganization(`No. ${index}`));
  const statuses = await inLanes(200, (index) => create(String(orgs[index % 20])));
  t.same(new Set(statuses), new Set([201]));
  for (const org of orgs) t.same(await inspect(org), { broken: [], events: 11 });
});

void t.test('an organization that is deleted under its writers ends its chain with that', async (t) => {
  for (let round = 0; round < 3; round += 1) {
    const org = await makeOrganization('Doomed');
    const work = async (index: number) => {
      if (index !== 20) return create(org);
      const options = { token, body: { confirm: 'Doomed' } };
      return (await test.request('DELETE', `${API}/organizations/${org}/`, options)).statusCode;
    };
    const statuses = await inLanes(60, work);
    const count = (status: number) => statuses.filter((one) => one === status).length;
    t.equal(count(204), 1);
    t.equal(count(201) + count(404), 59);
    t.same(await inspect(org), { broken: [], events: count(201) + 2 });
    const [last] = await test.query(
      'select action from audit_events where chain_id = $1 order by sequence desc limit 1',
      [org],
    );
    t.same(last, { action: 'organization.delete' });
  }
});

void t.test('and none of it was a deadlock', async (t) => {
  t.notMatch(test.logs.join(''), 'a change met another one');
  t.same((await inspect()).broken, []);
});
