import t from 'tap';
import { verifyStored } from '../../../src/cli/audit-verification.ts';
import { MasterKey } from '../../../src/master-key/master-key.ts';
import { build } from '../../support/build-app.ts';
import { API, registerUser } from '../../support/factories.ts';

/** Far more than there are connections. */
const WRITERS = 200;

const test = await build(t, { env: { LATCHKEY_QUOTAS: '{"organizations":0}' } });
const { token } = await registerUser(test);

async function makeOrganization(name: string): Promise<string> {
  const response = await test.request('POST', `${API}/organizations/`, { token, body: { name } });
  return response.json<{ uuid: string }>().uuid;
}

async function create(org: string): Promise<number> {
  const body = { name: 'Backend', environment: 'live', permissions: ['api.read'] };
  const answer = await test.request('POST', `${API}/organizations/${org}/api-clients/`, { token, body });
  const isBusy = answer.statusCode === 503 || answer.statusCode === 429;
  if (isBusy && answer.headers['retry-after'] === undefined) throw new Error('busy, and nobody says for how long');
  return answer.statusCode;
}

/** All at once; whoever is told that the service is busy comes again, with all the others who were. */
async function insistAtOnce(works: readonly (() => Promise<number>)[]): Promise<{ statuses: number[]; busy: number }> {
  const statuses: number[] = [];
  let busy = 0;
  for (let left = works; left.length > 0;) {
    const answers = await Promise.all(left.map((work) => work()));
    const isDone = (_work: unknown, index: number) => ![429, 503].includes(Number(answers[index]));
    statuses.push(...answers.filter((status) => ![429, 503].includes(status)));
    left = left.filter((work, index) => !isDone(work, index));
    busy += left.length;
  }
  return { statuses, busy };
}

async function countClients(org: string): Promise<number> {
  const [row] = await test.query<{ count: number }>(
    'select count(*)::int as count from api_clients where organization_id = $1',
    [org],
  );
  return row?.count ?? 0;
}

/** What is wrong with the trail, and how many events an organization has. */
async function inspect(org?: string) {
  const { db } = test.app;
  const masterKey = new MasterKey(test.config.masterKeys);
  const { signal } = new AbortController();
  const { broken, events } = await verifyStored({ db, masterKey, signal, chainId: org, kept: undefined });
  return { broken, events };
}

void t.test('two hundred writers at once on one organization leave a whole chain, and none is lost', async (t) => {
  const org = await makeOrganization('One');
  const { statuses, busy } = await insistAtOnce(Array.from({ length: WRITERS }, () => () => create(org)));
  t.same(new Set(statuses), new Set([201]));
  t.equal(await countClients(org), WRITERS, 'who was told that the service is busy had made nothing');
  t.same(await inspect(org), { broken: [], events: WRITERS + 1 });
  t.comment(`${busy} were told to come again`);
});

void t.test('writers on twenty organizations at once leave twenty whole chains', async (t) => {
  const orgs: string[] = [];
  while (orgs.length < 20) orgs.push(await makeOrganization(`No. ${orgs.length}`));
  const works = Array.from({ length: WRITERS }, (_one, index) => () => create(String(orgs[index % 20])));
  const { statuses } = await insistAtOnce(works);
  t.same(new Set(statuses), new Set([201]));
  for (const org of orgs) t.same(await inspect(org), { broken: [], events: WRITERS / 20 + 1 });
});

void t.test('an organization that is deleted under its writers ends its chain with that', async (t) => {
  for (let round = 0; round < 3; round += 1) {
    const org = await makeOrganization('Doomed');
    const remove = async () => {
      const options = { token, body: { confirm: 'Doomed' } };
      return (await test.request('DELETE', `${API}/organizations/${org}/`, options)).statusCode;
    };
    const works = Array.from({ length: 100 }, (_one, index) => (index === 30 ? remove : () => create(org)));
    const { statuses } = await insistAtOnce(works);
    const count = (status: number) => statuses.filter((one) => one === status).length;
    t.equal(count(204), 1);
    t.equal(count(201) + count(404), 99);
    t.same(await inspect(org), { broken: [], events: count(201) + 2 });
    const [last] = await test.query(
      'select action from audit_events where chain_id = $1 order by sequence desc limit 1',
      [org],
    );
    t.same(last, { action: 'organization.delete' });
    t.equal(await countClients(org), 0);
  }
});

void t.test('and none of it was a deadlock', async (t) => {
  t.notMatch(test.logs.join(''), 'a change met another one');
  t.same((await inspect()).broken, []);
});
