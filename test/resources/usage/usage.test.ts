import t from 'tap';
import { build, waitFor } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { createApplication, makeCompany } from '../../support/company.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import type { TestClient } from '../../support/factories.ts';
import { basic, clientPath, forgeSecret } from '../../support/machines.ts';
import { introspect, issueToken, requestToken, sendAs } from '../../support/oauth.ts';
import { isProblem } from '../../support/problems.ts';

interface Usage {
  since: string;
  results: { day: string; accepted: number; refused: number }[];
}

const test = await build(t);
const company = await makeCompany(test);

const today = () => new Date().toISOString().slice(0, 10);

/** What the service has counted for a row, once it has stopped and written all of it. */
async function countsOf({ query }: TestApp, column: string, id: string) {
  const rows = await query<{ accepted: number; refused: number }>(
    `select sum(accepted)::int as accepted, sum(refused)::int as refused from client_usage
     where subject_id = (select ${column} from api_clients where client_id = $1)`,
    [id],
  );
  return { ...rows[0] };
}

const verify = (service: TestApp, secret: string, query = '') =>
  service.request('GET', `${API}/verify/${query}`, { headers: { 'x-api-key': secret } });

void t.test(
  'every check of a known client is counted once, as accepted or as refused, and written by a stop',
  async (t) => {
    const service = await build(t);
    const owner = await registerUser(service);
    const set = async ({ client_id }: TestClient, body: object) => {
      const response = await service.request('PATCH', clientPath(owner, client_id), { token: owner.token, body });
      t.equal(response.statusCode, 200, response.body);
    };
    const names = [
      'secret',
      'token',
      'asked',
      'wrong',
      'lacking',
      'elsewhere',
      'paused',
      'bound',
      'narrow',
      'other',
    ] as const;
    const made = await Promise.all(
      names.map(async (name) => [name, await createClient(service, owner, { name })] as const),
    );
    const clients = Object.fromEntries(made) as Record<(typeof names)[number], TestClient>;
    const { secret, token, asked, wrong, lacking, elsewhere, paused, bound, narrow, other } = clients;
    const unknown = await createClient(service, owner);

    await verify(service, secret.client_secret);
    await verify(service, secret.client_secret, '?permission=api.read&environment=live');
    const issued = await issueToken(service, token);
    await service.request('GET', `${API}/verify/`, { token: issued });
    const askedToken = await issueToken(service, asked);
    t.match(await introspect(service, secret, askedToken), { active: true });
    await verify(service, forgeSecret(wrong.client_secret, { keepId: true }));
    await verify(service, lacking.client_secret, '?permission=api.write');
    await verify(service, elsewhere.client_secret, '?environment=staging');
    const pausedToken = await issueToken(service, paused);
    await set(paused, { status: 'paused' });
    await verify(service, paused.client_secret);
    await requestToken(service, paused);
    await service.request('GET', `${API}/verify/`, { token: pausedToken });
    t.match(await introspect(service, secret, pausedToken), { active: false });
    await set(bound, { allowed_ips: ['192.0.2.1'] });
    await verify(service, bound.client_secret);
    t.equal((await requestToken(service, narrow, { scope: 'api.write' })).statusCode, 400);
    const revoked = await issueToken(service, narrow);
    await sendAs(service, narrow, { route: 'revoke', form: { token: revoked } });
    await service.request('GET', `${API}/verify/`, { token: revoked });
    const authorization = basic(secret.client_id, other.client_secret);
    t.equal((await service.request('GET', `${API}/verify/`, { headers: { authorization } })).statusCode, 401);
    // Of nobody.
    await verify(service, forgeSecret(unknown.client_secret, {}));
    await verify(service, 'garbage');
    await service.request('GET', `${API}/verify/`);
    await service.app.close();

    const expected: [TestClient, accepted: number, refused: number][] = [
      [secret, 4, 0],
      [token, 2, 0],
      [asked, 2, 0],
      [wrong, 0, 1],
      [lacking, 0, 1],
      [elsewhere, 0, 1],
      [paused, 1, 4],
      [bound, 0, 1],
      [narrow, 2, 2],
      [other, 0, 1],
    ];
    for (const [index, [client, accepted, refused]] of expected.entries()) {
      t.same(await countsOf(service, 'id', client.client_id), { accepted, refused }, String(index));
    }
    t.same(await countsOf(service, 'id', unknown.client_id), { accepted: null, refused: null });
    const sum = (at: 1 | 2) => expected.reduce((total, row) => total + row[at], 0);
    t.same(await countsOf(service, 'organization_id', secret.client_id), { accepted: sum(1), refused: sum(2) });
  },
);

void t.test('a check shows within seconds, and two processes of a deployment sum up', async (t) => {
  const beside = await build(t, { beside: test });
  const client = await createClient(test, company.owner);
  const services = [test, beside, beside];
  for (const service of services) t.equal((await verify(service, client.client_secret)).statusCode, 200);
  const { token } = company.reader;
  const usage = await waitFor(async () => {
    const response = await test.request('GET', clientPath(company.owner, client.client_id, 'usage/'), { token });
    const { results } = response.json<Usage>();
    return results[0]?.accepted === services.length ? results : undefined;
  });
  t.same(usage, [{ day: today(), accepted: 3, refused: 0 }]);
});

void t.test('the routes tell the sums of a client, of an application and of an organization', async (t) => {
  const application = await createApplication(test, company);
  const own = await createClient(test, company.owner, { application_id: application.uuid });
  const rows = [
    [0, 5, 1],
    [29, 7, 0],
    [30, 9, 9],
    [399, 2, 2],
    [400, 4, 4],
  ] as const;
  for (const [age, accepted, refused] of rows) {
    await test.query(
      `insert into client_usage (subject_id, day, accepted, refused)
       select subject, (now() at time zone 'utc')::date - $2::int, $3, $4
       from api_clients, unnest(array[id, application_id]) as subject where client_id = $1`,
      [own.client_id, age, accepted, refused],
    );
  }
  const read = async (path: string, token = company.reader.token) => {
    const response = await test.request('GET', `${company.path}/${path}`, { token });
    t.equal(response.statusCode, 200, response.body);
    return response.json<Usage>();
  };
  for (const path of [`api-clients/${own.client_id}/usage/`, `applications/${application.uuid}/usage/`]) {
    const month = await read(path);
    t.same(
      month.results.map(({ accepted, refused }) => [accepted, refused]),
      [
        [7, 0],
        [5, 1],
      ],
      'the oldest first',
    );
    t.equal(month.results.at(-1)?.day, today());
    t.equal(month.since, month.results[0]?.day);
    t.same(await read(`${path}?days=1`), { since: today(), results: [{ day: today(), accepted: 5, refused: 1 }] });
    t.equal((await read(`${path}?days=31`)).results.length, 3);
    t.equal((await read(`${path}?days=400`)).results.length, 4, 'what is older is not told');
  }
  t.ok((await read('usage/')).results.length <= 1, 'the organization has rows of its own');
  t.same((await read(`api-clients/${application.client_id}/usage/`)).results, [], 'another client of it has its own');
});

void t.test('404 for strangers and for what is another organization’s; 400 for days out of bounds', async (t) => {
  const { owner, stranger, path } = company;
  const foreign = [`api-clients/${stranger.clientId}/usage/`, `applications/${stranger.applicationId}/usage/`];
  for (const part of foreign) {
    isProblem(t, await test.request('GET', `${path}/${part}`, { token: owner.token }), { code: 'not_found' });
  }
  for (const part of ['usage/', `api-clients/${owner.clientId}/usage/`, `applications/${owner.applicationId}/usage/`]) {
    isProblem(t, await test.request('GET', `${path}/${part}`, { token: stranger.token }), { code: 'not_found' });
    for (const days of ['0', '401', '1.5', 'all']) {
      const response = await test.request('GET', `${path}/${part}?days=${days}`, { token: owner.token });
      isProblem(t, response, { code: 'invalid_request', pointers: ['?days'] });
    }
  }
});
