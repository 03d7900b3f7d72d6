import t from 'tap';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { API } from '../../support/factories.ts';
import { isProblem } from '../../support/problems.ts';

const test = await build(t);
const company = await makeCompany(test);
const url = `${company.path}/credential-policy/`;

const put = (body: unknown, headers: Record<string, string> = {}, token = company.owner.token) =>
  test.request('PUT', url, { token, body, headers });
const read = (token = company.owner.token) => test.request('GET', url, { token });

const none = {
  max_secret_lifetime_days: null,
  expiry_required_for: [],
  max_overlap_seconds: null,
  allowed_ips_required_for: [],
  second_factor_required: false,
  unused_pause_days: null,
};
const all = {
  max_secret_lifetime_days: 90,
  expiry_required_for: ['live', 'staging'],
  max_overlap_seconds: 0,
  allowed_ips_required_for: ['live'],
  second_factor_required: false,
  unused_pause_days: 180,
};

void t.test('a new organization demands nothing, and every member may read that', async (t) => {
  for (const role of ['owner', 'admin', 'developer', 'reader'] as const) {
    const response = await read(company[role].token);
    t.equal(response.statusCode, 200);
    t.same(response.json(), none);
    t.equal(response.headers.etag, '"1"');
  }
});

void t.test('200 replaces the whole policy: what is left out demands nothing', async (t) => {
  const answers = [
    [all, all],
    [{ max_overlap_seconds: 3600 }, { ...none, max_overlap_seconds: 3600 }],
    [none, none],
    [all, all],
    [{}, none],
  ] as const;
  for (const [body, expected] of answers) {
    const before = (await read()).headers.etag;
    const response = await put(body);
    t.equal(response.statusCode, 200, response.body);
    t.same(response.json(), expected);
    t.not(response.headers.etag, before, 'another version');
    const again = await read();
    t.same(again.json(), expected);
    t.equal(again.headers.etag, response.headers.etag);
  }
});

void t.test('the version of the policy is its own: the organization’s does not change with it', async (t) => {
  const organization = () => test.request('GET', `${company.path}/`, { token: company.owner.token });
  const before = await organization();
  t.equal((await put({})).statusCode, 200);
  const after = await organization();
  t.equal(after.headers.etag, before.headers.etag);
  t.same(after.json(), before.json());
});

void t.test('412 when the policy is no longer the one that If-Match names; one of two writers wins', async (t) => {
  const etag = String((await put({ max_overlap_seconds: 60 })).headers.etag);
  const both = await Promise.all([1, 2].map((seconds) => put({ max_overlap_seconds: seconds }, { 'if-match': etag })));
  t.same(both.map(({ statusCode }) => statusCode).sort(), [200, 412]);
  isProblem(t, await put({}, { 'if-match': etag }), { code: 'precondition_failed' });
  t.match((await read()).json(), { max_overlap_seconds: /^[12]$/ });
});

void t.test('403 for all who are not owners, 404 for strangers, and nothing is changed', async (t) => {
  const before = (await read()).body;
  for (const role of ['admin', 'developer', 'reader'] as const) {
    isProblem(t, await put(all, {}, company[role].token), { code: 'insufficient_role' });
  }
  isProblem(t, await put(all, {}, company.stranger.token), { code: 'not_found' });
  isProblem(t, await read(company.stranger.token), { code: 'not_found' });
  const violations = await test.request('GET', `${url}violations/`, { token: company.stranger.token });
  isProblem(t, violations, { code: 'not_found' });
  t.equal((await read()).body, before);
  const elsewhere = `${API}/organizations/${company.stranger.organizationId}/credential-policy/`;
  t.same((await test.request('GET', elsewhere, { token: company.stranger.token })).json(), none);
});

void t.test('400 names everything that is out of bounds at once', async (t) => {
  const bad = {
    max_secret_lifetime_days: 0,
    expiry_required_for: ['live', 'production'],
    max_overlap_seconds: 30 * 86_400 + 1,
    allowed_ips_required_for: ['live', 'live'],
    second_factor_required: 'no',
    unused_pause_days: 1.5,
    more: 1,
  };
  const pointers = Object.keys(bad).map((name) => (name === 'expiry_required_for' ? `/${name}/1` : `/${name}`));
  isProblem(t, await put(bad), { code: 'invalid_request', pointers });
});

void t.test('a change leaves an event that says what it was and what it is', async (t) => {
  await put({});
  await put({ max_secret_lifetime_days: 30, expiry_required_for: ['live'] });
  const [event] = await test.query<{ canonical: string }>(
    `select canonical from audit_events where chain_id = $1 and action = 'credential_policy.update'
     order by sequence desc limit 1`,
    [company.organizationId],
  );
  t.match(JSON.parse(event!.canonical), {
    actor: { type: 'user', id: company.owner.userId },
    target: { type: 'organization', id: company.organizationId },
    changes: {
      max_secret_lifetime_days: { from: null, to: 30 },
      expiry_required_for: { from: [], to: ['live'] },
    },
  });
});
