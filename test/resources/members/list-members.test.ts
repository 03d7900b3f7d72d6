import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { addMember, API, insertMember, registerUser } from '../../support/factories.ts';
import { readMembers } from '../../support/members.ts';
import type { MemberRecord } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';

interface Page {
  results: MemberRecord[];
  next_cursor: string | null;
}

const test = await build(t);
const company = await makeCompany(test);
const { owner, admin, developer, reader, stranger, path } = company;

void t.test('200 lists who belongs to the organization, and nobody else, to every member', async (t) => {
  for (const { token } of [owner, admin, developer, reader]) {
    const response = await test.request('GET', `${path}/members/`, { token });
    t.equal(response.statusCode, 200);
    const { results } = response.json<Page>();
    const roles = Object.fromEntries(results.map(({ email, role }) => [email, role]));
    t.same(roles, {
      [owner.email]: 'owner',
      [admin.email]: 'admin',
      [developer.email]: 'developer',
      [reader.email]: 'reader',
    });
  }
  isProblem(t, await test.request('GET', `${path}/members/`, { token: stranger.token }), { code: 'not_found' });
});

void t.test('a record has all of its fields, and the same when it is read by itself', async (t) => {
  const listed = (await readMembers(test, company)).get(reader.email)!;
  const { joined_at: joinedAt } = listed;
  t.same(Object.keys(listed), ['uuid', 'email', 'role', 'has_second_factor', 'joined_at', 'last_seen_at']);
  t.ok(Math.abs(Date.parse(joinedAt) - Date.now()) < 3_600_000);
  const response = await test.request('GET', `${path}/members/${listed.uuid}/`, { token: developer.token });
  t.equal(response.statusCode, 200);
  t.same(response.json(), listed);
  t.equal(response.headers.etag, '"1"');
  const headers = { 'if-none-match': '"1"' };
  const known = await test.request('GET', `${path}/members/${listed.uuid}/`, { token: developer.token, headers });
  t.equal(known.statusCode, 304);
});

void t.test('the same person has another uuid in another organization', async (t) => {
  await addMember(test, stranger.organizationId, { userId: reader.userId, role: 'reader' });
  const elsewhere = { path: `${API}/organizations/${stranger.organizationId}`, owner: stranger };
  const there = (await readMembers(test, elsewhere)).get(reader.email)!;
  const here = (await readMembers(test, company)).get(reader.email)!;
  t.not(there.uuid, here.uuid);
  t.not(there.uuid, reader.userId);
  const response = await test.request('GET', `${path}/members/${there.uuid}/`, { token: owner.token });
  isProblem(t, response, { code: 'not_found' });
});

void t.test('pages hold everybody once, newest first or oldest first', async (t) => {
  const user = await registerUser(test);
  const ids = [];
  for (let i = 0; i < 7; i += 1) ids.push(await insertMember(test, user.organizationId));
  const read = async (order: string) => {
    const found: string[] = [];
    let url: string | undefined = `${API}/organizations/${user.organizationId}/members/?limit=3&order=${order}`;
    while (url !== undefined) {
      const response = await test.request('GET', url, { token: user.token });
      found.push(...response.json<Page>().results.map(({ uuid }) => uuid));
      url = /<([^>]+)>; rel="next"/.exec(String(response.headers.link))?.[1];
    }
    return found;
  };
  const oldest = await read('oldest');
  t.same(oldest.slice(1), ids);
  t.same(await read('newest'), oldest.toReversed());
});

void t.test('404 for a member there is none of, and for what is no id', async (t) => {
  for (const id of ['019a3c5e-9b31-7d0a-a1c4-0f2e3d4c5b6a', 'nobody', owner.userId]) {
    isProblem(t, await test.request('GET', `${path}/members/${id}/`, { token: owner.token }), { code: 'not_found' });
  }
});

void t.test('a second factor shows at once, and gives the record another entity tag', async (t) => {
  const { uuid } = (await readMembers(test, company)).get(admin.email)!;
  const read = () => test.request('GET', `${path}/members/${uuid}/`, { token: owner.token });
  t.equal((await read()).headers.etag, '"1"');
  await test.query(
    `insert into passkeys (id, user_id, name, credential_id, public_key, sign_count, transports)
     values ($1, $2, 'Key', 'c', 'k', 0, '{}')`,
    [randomUUID(), admin.userId],
  );
  const response = await read();
  t.match(response.json(), { has_second_factor: true });
  t.equal(response.headers.etag, '"1.secured"');
  const headers = { 'if-match': '"1.secured"' };
  const body = { role: 'admin' };
  const changed = await test.request('PATCH', `${path}/members/${uuid}/`, { token: owner.token, headers, body });
  t.equal(changed.headers.etag, '"2.secured"');
});
