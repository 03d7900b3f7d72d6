import t from 'tap';
import { build } from '../../support/build-app.ts';
import { addMember, API, createClient, registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { AUDIENCE, startIssuer } from '../../support/oidc-issuer.ts';
import { introspect } from '../../support/oauth.ts';
import { isProblem } from '../../support/problems.ts';
import { removeTotp, setUpPasskey, setUpTotp } from '../../support/second-factor.ts';

const issuer = await startIssuer(t);
const test = await build(t, {
  env: { LATCHKEY_TRUSTED_ISSUER: issuer.url, LATCHKEY_TRUSTED_AUDIENCE: AUDIENCE },
});

const demand = { second_factor_required: true };
const policyOf = ({ organizationId }: TestUser) => `${API}/organizations/${organizationId}/credential-policy/`;
const put = (owner: TestUser, body: object) => test.request('PUT', policyOf(owner), { token: owner.token, body });
const statusFor = async ({ organizationId }: TestUser, token: string) =>
  (await test.request('GET', `${API}/organizations/${organizationId}/`, { token })).statusCode;

async function registerStrictOwner(): Promise<TestUser> {
  const owner = await registerUser(test);
  await setUpTotp(test, owner);
  const response = await put(owner, demand);
  if (response.statusCode !== 200) throw new Error(`the policy answered ${response.statusCode}: ${response.body}`);
  return owner;
}

async function addReader(owner: TestUser): Promise<TestUser> {
  const member = await registerUser(test);
  await addMember(test, owner.organizationId, { userId: member.userId, role: 'reader' });
  return member;
}

void t.test('403 for an owner who demands a second factor without having one, and nothing changes', async (t) => {
  const owner = await registerUser(test);
  isProblem(t, await put(owner, { ...demand, max_overlap_seconds: 60 }), { code: 'second_factor_required' });
  const read = await test.request('GET', policyOf(owner), { token: owner.token });
  t.match(read.json(), { second_factor_required: false, max_overlap_seconds: null });
});

void t.test('403 for members without one from the answer on, 200 as soon as they have one', async (t) => {
  const owner = await registerUser(test);
  const [withTotp, withPasskey] = [await addReader(owner), await addReader(owner)];
  for (const { token } of [owner, withTotp, withPasskey]) t.equal(await statusFor(owner, token), 200);
  await setUpTotp(test, owner);
  t.equal((await put(owner, demand)).statusCode, 200);
  t.equal(await statusFor(owner, owner.token), 200);
  for (const { token } of [withTotp, withPasskey]) {
    const refused = await test.request('GET', `${API}/organizations/${owner.organizationId}/`, { token });
    isProblem(t, refused, { code: 'second_factor_required' });
  }
  await setUpTotp(test, withTotp);
  await setUpPasskey(test, withPasskey);
  for (const { token } of [withTotp, withPasskey]) t.equal(await statusFor(owner, token), 200);
  await removeTotp(test, withTotp.token);
  t.equal(await statusFor(owner, withTotp.token), 403, 'and 403 again without it');
});

void t.test('an authenticator that was not confirmed is no second factor', async (t) => {
  const owner = await registerStrictOwner();
  const { token } = await addReader(owner);
  t.equal((await test.request('POST', `${API}/account/2fa/totp/`, { token })).statusCode, 201);
  t.equal(await statusFor(owner, token), 403);
});

void t.test('their own account, their other organizations and the list of them stay open', async (t) => {
  const owner = await registerStrictOwner();
  const member = await addReader(owner);
  const { token } = member;
  t.equal(await statusFor(member, token), 200);
  const mine = await test.request('GET', `${API}/organizations/me/`, { token });
  t.equal(mine.json<unknown[]>().length, 2);
  for (const path of ['account/passkeys/', 'account/security-events/']) {
    t.equal((await test.request('GET', `${API}/${path}`, { token })).statusCode, 200);
  }
});

void t.test('every route of the organization is closed, whatever is sent, and machines go on', async (t) => {
  const owner = await registerStrictOwner();
  const member = await registerUser(test);
  await addMember(test, owner.organizationId, { userId: member.userId, role: 'owner' });
  const routes = test.app.routeTable.filter(({ url }) => url.startsWith(`${API}/organizations/:org/`));
  t.ok(routes.length > 20);
  for (const { method, url } of routes) {
    const path = url.replace(':org', owner.organizationId).replaceAll(/:\w+/g, 'x');
    const { statusCode } = await test.request(method, path, { token: member.token });
    t.equal(statusCode, 403, `${method} ${url}`);
  }
  const checked = await test.request('GET', `${API}/verify/`, { headers: { 'x-api-key': owner.apiKey } });
  t.equal(checked.statusCode, 200);
});

void t.test('404, and not 403, for who is no member', async (t) => {
  const owner = await registerStrictOwner();
  const stranger = await registerUser(test);
  t.equal(await statusFor(owner, stranger.token), 404);
});

void t.test('a trusted issuer answers for its users', async (t) => {
  const owner = await registerStrictOwner();
  const { email, token } = await addReader(owner);
  t.equal(await statusFor(owner, token), 403);
  t.equal(await statusFor(owner, await issuer.sign({ email })), 200);
});

void t.test('violations name members without one, among the API clients, page by page', async (t) => {
  const owner = await registerUser(test);
  const [first, second] = [await addReader(owner), await addReader(owner)];
  const list = async (query = '') => {
    const url = `${policyOf(owner)}violations/${query}`;
    return (await test.request('GET', url, { token: owner.token })).json<Listed>();
  };
  await setUpTotp(test, owner);
  t.same((await list()).results, [], 'nothing is demanded yet');
  await put(owner, { ...demand, expiry_required_for: ['live'] });
  const all = (await list()).results;
  t.same(
    all.map(({ member, client_id }) => member?.email ?? client_id),
    [second.email, first.email, owner.clientId],
  );
  t.match(all[0], {
    client_id: null,
    name: null,
    environment: null,
    status: null,
    violations: [{ rule: 'second_factor_required', value: true, secret_id: null }],
  });
  t.equal(all[2]?.member, null);
  const paged: Listed['results'] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { results, next_cursor }: Listed = await list(`?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
    t.equal(results.length, 1);
    paged.push(...results);
    cursor = next_cursor;
  }
  t.same(paged, all);
  t.same((await list('?order=oldest')).results, all.toReversed());
  await setUpTotp(test, first);
  t.same((await list()).results.length, 2);
});

void t.test('a resource server is not told of organizations that are closed to the bearer', async (t) => {
  const owner = await registerStrictOwner();
  const member = await addReader(owner);
  const server = await createClient(test, owner);
  const env = { LATCHKEY_ADMIN_RESOURCE_SERVERS: server.client_id };
  const platform = await build(t, { beside: test, env });
  const organizationsOf = async ({ token }: TestUser) => {
    const answer = (await introspect(platform, server, token)) as object as { organizations: { uuid: string }[] };
    return answer.organizations.map(({ uuid }) => uuid);
  };
  t.same(await organizationsOf(member), [member.organizationId]);
  t.same(await organizationsOf(owner), [owner.organizationId]);
  await setUpTotp(test, member);
  t.same(new Set(await organizationsOf(member)), new Set([member.organizationId, owner.organizationId]));
});

interface Listed {
  results: { client_id: string | null; member: { uuid: string; email: string } | null; violations: object[] }[];
  next_cursor: string | null;
}
