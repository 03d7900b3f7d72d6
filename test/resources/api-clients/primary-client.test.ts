import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import type { TestUser } from '../../support/factories.ts';
import { addColleague, check, clientPath, listSecrets } from '../../support/machines.ts';
import { isProblem } from '../../support/problems.ts';

const test = await build(t);
const owner = await registerUser(test);
const admin = await addColleague(test, owner, 'admin');
const developer = await addColleague(test, owner, 'developer');

const primary = (rest = '') => clientPath(owner, owner.clientId, rest);
const patch = ({ token }: TestUser, body: object, headers = {}) =>
  test.request('PATCH', primary(), { token, body, headers });
/** The record without its last use, which is written some time after it. */
const read = async () => {
  const response = await test.request('GET', primary(), { token: owner.token });
  return { ...response.json<object>(), last_used_at: undefined };
};

void t.test(
  '403 for a developer who asks for the secret of a primary client: it is an application’s key',
  async (t) => {
    const response = await test.request('POST', primary('regenerate-secret/'), { token: developer.token });
    isProblem(t, response, { code: 'insufficient_role' });
    t.match(response.json(), { detail: /primary client of an application.*admin/ });
    t.notMatch(response.body, /lk_live_/);
    t.equal((await check(test, owner.apiKey)).statusCode, 200, 'the key works on');
  },
);

void t.test('403 for a developer who ends a secret of a primary client, or moves its end', async (t) => {
  const [secret] = await listSecrets(test, owner, owner.clientId);
  const url = primary(`secrets/${secret!.uuid}/`);
  const { token } = developer;
  isProblem(t, await test.request('DELETE', url, { token }), { code: 'insufficient_role' });
  isProblem(t, await test.request('DELETE', `${url}?force=true`, { token }), { code: 'insufficient_role' });
  const body = { expires_at: '2099-01-01T00:00:00Z' };
  isProblem(t, await test.request('PATCH', url, { token, body }), { code: 'insufficient_role' });
  const rotation = primary('regenerate-secret/');
  for (const forced of [{ force: true }, { overlap_seconds: 60 }]) {
    isProblem(t, await test.request('POST', rotation, { token, body: forced }), { code: 'insufficient_role' });
  }
  t.equal((await check(test, owner.apiKey)).statusCode, 200, 'the key works on');
});

void t.test('403 for a developer who changes status, permissions or end of a primary client', async (t) => {
  const before = await read();
  for (const body of [
    { status: 'paused' },
    { permissions: ['api.read'] },
    { expires_at: '2099-01-01T00:00:00Z' },
    { name: 'Renamed', status: 'active' },
  ]) {
    isProblem(t, await patch(developer, body), { code: 'insufficient_role' });
    isProblem(t, await patch(developer, body, { 'if-match': '"99"' }), { code: 'insufficient_role' });
  }
  t.same(await read(), before);
});

void t.test('a developer changes the rest of a primary client', async (t) => {
  const response = await patch(developer, { name: 'Web', allowed_redirect_urls: ['https://acme.example/cb'] });
  t.equal(response.statusCode, 200);
  t.match(response.json(), { name: 'Web', allowed_redirect_urls: ['https://acme.example/cb'] });
});

void t.test('an admin changes all of a primary client', async (t) => {
  t.equal((await patch(admin, { permissions: ['api.read'], status: 'paused' })).statusCode, 200);
  t.equal((await patch(admin, { status: 'active', expires_at: null })).statusCode, 200);
  const url = primary('regenerate-secret/');
  t.equal((await test.request('POST', url, { token: admin.token, body: { overlap_seconds: 60 } })).statusCode, 200);
  const [active, retiring] = await listSecrets(test, owner, owner.clientId);
  const body = { expires_at: '2099-01-01T00:00:00Z' };
  const moved = await test.request('PATCH', primary(`secrets/${active!.uuid}/`), { token: admin.token, body });
  t.equal(moved.statusCode, 200);
  const ended = primary(`secrets/${retiring!.uuid}/?force=true`);
  t.equal((await test.request('DELETE', ended, { token: admin.token })).statusCode, 204);
});

void t.test('another client of an application is a developer’s', async (t) => {
  const { client_id: clientId } = await createClient(test, owner, { application_id: owner.applicationId });
  const { token } = developer;
  const url = clientPath(owner, clientId);
  t.equal((await test.request('PATCH', url, { token, body: { status: 'paused' } })).statusCode, 200);
  const overlap = { overlap_seconds: 60 };
  t.equal((await test.request('POST', `${url}regenerate-secret/`, { token, body: overlap })).statusCode, 200);
  const [secret] = await listSecrets(test, owner, clientId);
  t.equal((await test.request('DELETE', `${url}secrets/${secret!.uuid}/`, { token })).statusCode, 204);
});

void t.test('404 for a developer of another organization, primary or not', async (t) => {
  const stranger = await registerUser(test);
  const url = `${API}/organizations/${stranger.organizationId}/api-clients/${owner.clientId}/regenerate-secret/`;
  isProblem(t, await test.request('POST', url, { token: stranger.token }), { code: 'not_found' });
});
