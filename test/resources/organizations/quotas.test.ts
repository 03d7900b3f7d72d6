import t from 'tap';
import type { Test } from 'tap';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { API, registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { isProblem } from '../../support/problems.ts';

const client = { name: 'Backend', environment: 'live', permissions: ['api.read'] };

interface Quota {
  url: (owner: TestUser) => string;
  body: object;
  /** The id in the answer, and how it is deleted. */
  id: string;
  remove: (owner: TestUser, id: string) => [url: string, body?: object];
  detail: RegExp;
}

const organizationOf = ({ organizationId }: TestUser) => `${API}/organizations/${organizationId}`;
const quotas: Record<string, Quota> = {
  organizations: {
    url: () => `${API}/organizations/`,
    body: { name: 'Next' },
    id: 'uuid',
    remove: (_owner, id) => [`${API}/organizations/${id}/`, { confirm: 'Next' }],
    detail: /^The limit is 4 organizations that one user owns\.$/,
  },
  applications: {
    url: (owner) => `${organizationOf(owner)}/applications/`,
    body: {},
    id: 'uuid',
    remove: (owner, id) => [`${organizationOf(owner)}/applications/${id}/`],
    detail: /^The limit is 4 applications in one organization\.$/,
  },
  api_clients: {
    url: (owner) => `${organizationOf(owner)}/api-clients/`,
    body: client,
    id: 'client_id',
    remove: (owner, id) => [`${organizationOf(owner)}/api-clients/${id}/`],
    detail: /^The limit is 4 API clients in one organization\.$/,
  },
};

void t.test('a quota bounds what there is of each, to the last one', async (t) => {
  // Each user has one of everything already.
  const env = { LATCHKEY_QUOTAS: JSON.stringify({ organizations: 4, applications: 4, api_clients: 4 }) };
  const test = await build(t, { env });
  for (const [name, quota] of Object.entries(quotas)) {
    await t.test(name, async (t) => fillUp(t, test, quota));
  }

  await t.test('what another organization or user has takes no room', async (t) => {
    const owner = await registerUser(test);
    for (const { url, body } of Object.values(quotas)) {
      t.equal((await test.request('POST', url(owner), { token: owner.token, body })).statusCode, 201);
    }
  });
});

async function fillUp(t: Test, test: TestApp, { url, body, id, remove, detail }: Quota) {
  const owner = await registerUser(test);
  const { token } = owner;
  const create = () => test.request('POST', url(owner), { token, body });

  const answers = await Promise.all(Array.from({ length: 10 }, create));
  const made = answers.filter(({ statusCode }) => statusCode === 201);
  t.equal(made.length, 3, 'of many at once exactly those that there is room for are made');
  for (const answer of answers) {
    if (answer.statusCode === 201) continue;
    isProblem(t, answer, { code: 'quota_reached' });
    t.match(answer.json(), { detail });
  }

  const [deletedUrl, deletedBody] = remove(owner, made[0]!.json<Record<string, string>>()[id]!);
  t.equal((await test.request('DELETE', deletedUrl, { token, body: deletedBody })).statusCode, 204);
  t.equal((await create()).statusCode, 201, 'what is deleted gives its room back');
  t.equal((await create()).statusCode, 409);
}

void t.test(
  'of fifty clients at once in two processes, as many are made as there is room for after others went',
  async (t) => {
    const env = { LATCHKEY_QUOTAS: '{"api_clients":30}' };
    const test = await build(t, { env });
    const beside = await build(t, { beside: test, env });
    const owner = await registerUser(test);
    const url = `${organizationOf(owner)}/api-clients/`;
    const create = async (count: number) => {
      const made = Array.from({ length: count }, (_, index) =>
        (index % 2 === 0 ? test : beside).request('POST', url, { token: owner.token, body: client }),
      );
      return (await Promise.all(made)).map(({ statusCode }) => statusCode).filter((status) => status === 201).length;
    };
    t.equal(await create(10), 10);
    await test.query(
      `delete from api_clients where id in (
       select id from api_clients where organization_id = $1 and application_id is null limit 7)`,
      [owner.organizationId],
    );
    t.equal(await create(50), 30 - 1 - 3);
    t.equal(await create(2), 0);
  },
);

void t.test('0 is no limit, and what the setting does not name keeps its default', async (t) => {
  const test = await build(t, { env: { LATCHKEY_QUOTAS: '{"organizations":0,"api_clients":1}' } });
  const owner = await registerUser(test);
  const { token } = owner;
  for (let count = 0; count < 21; count += 1) {
    const response = await test.request('POST', `${API}/organizations/`, { token, body: { name: 'More' } });
    t.equal(response.statusCode, 201);
  }
  const url = `${organizationOf(owner)}/api-clients/`;
  isProblem(t, await test.request('POST', url, { token, body: client }), { code: 'quota_reached' });
  t.equal((await test.request('POST', `${organizationOf(owner)}/applications/`, { token })).statusCode, 201);
});
