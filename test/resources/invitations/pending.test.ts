import t from 'tap';
import { deleteLeftovers } from '../../../src/plugins/maintenance.ts';
import { leftovers } from '../../../src/services.ts';
import { countMails, waitForMail } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { makeEmail, PASSWORD } from '../../support/factories.ts';
import { accept, addressOf, invite, inviteOne, readChain, readInvitation } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';

interface InvitationRecord {
  uuid: string;
  email: string;
  role: string;
  invited_by: string | null;
  created_at: string;
  sent_at: string;
  expires_at: string;
}

const WEEK_MS = 7 * 86_400_000;

const test = await build(t);
const company = await makeCompany(test);
const { owner, admin, developer, reader, stranger, path, organizationId } = company;
const resend = (url: string, token = owner.token, headers = {}) => test.request('POST', url, { token, headers });
const withdraw = (url: string, token = owner.token, headers = {}) => test.request('DELETE', url, { token, headers });
const list = async (token = owner.token, order = 'newest') => {
  const response = await test.request('GET', `${path}/members/pending/?limit=100&order=${order}`, { token });
  return response.json<{ results: InvitationRecord[] }>().results;
};
const expire = (email: string) =>
  test.query(`update invitations set expires_at = now() - interval '1 second' where email = $1`, [email]);

void t.test('the open invitations are listed, with who sent them, to admins and owners', async (t) => {
  const email = makeEmail();
  await invite(test, company, { emails: [makeEmail()], role: 'reader', token: admin.token });
  await invite(test, company, { emails: [email], role: 'reader', token: admin.token });
  const records = await list(admin.token);
  t.same((await list(admin.token, 'oldest')).toReversed(), records, 'the other order has them as well');
  const [record] = records;
  t.match(record, { email, role: 'reader', invited_by: admin.email });
  t.equal(record!.created_at, record!.sent_at);
  t.equal(Date.parse(record!.expires_at) - Date.parse(record!.sent_at), WEEK_MS);
  const url = `${path}/members/pending/${record!.uuid}/`;
  const read = await test.request('GET', url, { token: owner.token });
  t.same(read.json(), record);
  t.equal(read.headers.etag, '"1"');
  for (const { token } of [developer, reader]) {
    for (const address of [`${path}/members/pending/`, url]) {
      isProblem(t, await test.request('GET', address, { token }), { code: 'insufficient_role' });
    }
  }
  const foreign = await test.request('GET', url.replace(organizationId, stranger.organizationId), stranger);
  isProblem(t, foreign, { code: 'not_found' });
});

void t.test('sent again it has a new token and a week more, and the old token is good for nothing', async (t) => {
  const email = makeEmail();
  const { url, token: old } = await inviteOne(test, company, { email });
  await test.query(`update invitations set expires_at = now() + interval '1 hour' where email = $1`, [email]);
  const response = await resend(url, admin.token);
  t.equal(response.statusCode, 200);
  t.equal(response.headers.etag, '"2"');
  const record = response.json<InvitationRecord>();
  t.equal(Date.parse(record.expires_at) - Date.parse(record.sent_at), WEEK_MS);
  const fresh = await readInvitation(test, email, 2);
  t.not(fresh, old);
  isProblem(t, await accept(test, { token: old, password: PASSWORD }), { code: 'invalid_invitation' });
  t.equal((await accept(test, { token: fresh, password: PASSWORD })).statusCode, 200);
  isProblem(t, await resend(url), { code: 'not_found' });
});

void t.test('withdrawn, its token is good for nothing, and the email can be invited anew', async (t) => {
  const email = makeEmail();
  const { url, token } = await inviteOne(test, company, { email });
  t.equal((await withdraw(url, admin.token)).statusCode, 204);
  isProblem(t, await accept(test, { token, password: PASSWORD }), { code: 'invalid_invitation' });
  isProblem(t, await withdraw(url), { code: 'not_found' });
  t.notOk((await list()).some((record) => record.email === email));
  const [again] = await invite(test, company, { emails: [email] });
  t.equal(again?.result, 'invited');
});

void t.test('after its week it is as if there was none, and maintenance removes it', async (t) => {
  const email = makeEmail();
  const { url, token } = await inviteOne(test, company, { email });
  await expire(email);
  isProblem(t, await accept(test, { token, password: PASSWORD }), { code: 'invalid_invitation' });
  for (const send of [resend, withdraw]) isProblem(t, await send(url), { code: 'not_found' });
  isProblem(t, await test.request('GET', url, { token: owner.token }), { code: 'not_found' });
  t.notOk((await list()).some((record) => record.email === email));
  const [again] = await invite(test, company, { emails: [email], role: 'admin' });
  t.equal(again?.result, 'invited');
  const renewed = await readInvitation(test, email, 2);
  t.match((await accept(test, { token: renewed, password: PASSWORD })).json(), { role: 'admin' });

  const late = makeEmail();
  await invite(test, company, { emails: [late] });
  await expire(late);
  await deleteLeftovers(test.app, leftovers);
  t.same(await test.query('select 1 from invitations where email = $1', [late]), []);
});

void t.test('an invitation outlives the place of who sent it; an admin can withdraw it', async (t) => {
  const left = await build(t, { beside: test });
  const other = await makeCompany(left);
  const [first, second] = [makeEmail(), makeEmail()];
  const kept = await inviteOne(test, { ...other, owner: other.admin }, { email: first });
  const gone = await inviteOne(test, { ...other, owner: other.admin }, { email: second });
  const removed = await test.request('DELETE', await addressOf(test, other, other.admin), { token: other.owner.token });
  t.equal(removed.statusCode, 204);
  isProblem(t, await resend(kept.url, other.admin.token), { code: 'not_found' });
  t.equal((await withdraw(gone.url, other.owner.token)).statusCode, 204);
  t.equal((await accept(test, { token: kept.token, password: PASSWORD })).statusCode, 200);
  isProblem(t, await accept(test, { token: gone.token, password: PASSWORD }), { code: 'invalid_invitation' });
});

void t.test('an invitation to be an owner is sent again by owners alone; an admin may withdraw it', async (t) => {
  const { url } = await inviteOne(test, company, { email: makeEmail(), role: 'owner' });
  isProblem(t, await resend(url, admin.token), { code: 'insufficient_role' });
  t.equal((await resend(url)).statusCode, 200);
  t.equal((await withdraw(url, admin.token)).statusCode, 204);
});

void t.test('412 when it was sent again since it was read', async (t) => {
  const { url } = await inviteOne(test, company, { email: makeEmail() });
  t.equal((await resend(url, owner.token, { 'if-match': '"1"' })).statusCode, 200);
  for (const send of [resend, withdraw]) {
    isProblem(t, await send(url, owner.token, { 'if-match': '"1"' }), { code: 'precondition_failed' });
  }
  t.equal((await withdraw(url, owner.token, { 'if-match': '"2"' })).statusCode, 204);
});

void t.test('400 for anything in the body of sending it again', async (t) => {
  const { url } = await inviteOne(test, company, { email: makeEmail() });
  const response = await test.request('POST', url, { token: owner.token, body: { role: 'owner' } });
  isProblem(t, response, { code: 'invalid_request', pointers: ['/role'] });
});

void t.test('the trail tells of both', async (t) => {
  const email = makeEmail();
  const { id, url } = await inviteOne(test, company, { email });
  await resend(url, admin.token);
  await withdraw(url);
  const target = { type: 'invitation', id, name: email };
  t.match((await readChain(test, organizationId)).slice(-2), [
    { action: 'invitation.resend', actor: { id: admin.userId }, target },
    { action: 'invitation.delete', actor: { id: owner.userId }, target },
  ]);
});

void t.test(
  'beyond the mails that an email may get nobody is mailed, and sending again changes nothing: the last link goes on',
  async (t) => {
    const email = makeEmail();
    const { url } = await inviteOne(test, company, { email });
    for (let count = 2; count <= 5; count += 1) {
      t.equal((await resend(url)).statusCode, 200);
      await readInvitation(test, email, count);
    }
    await test.query(`update invitations set expires_at = now() + interval '1 hour' where email = $1`, [email]);
    const before = await test.request('GET', url, { token: owner.token });
    const events = await readChain(test, organizationId);
    const beyond = await resend(url);
    t.match(beyond, { statusCode: 200, headers: { etag: before.headers.etag } });
    t.same(beyond.json(), before.json(), 'neither its end nor when it was sent');
    t.same((await test.request('GET', url, { token: owner.token })).json(), before.json());
    t.same(await readChain(test, organizationId), events);
    const other = { path: `/auth/v2/organizations/${stranger.organizationId}`, owner: stranger };
    const [elsewhere] = await invite(test, other, { emails: [email] });
    t.equal(elsewhere?.result, 'invited', 'another organization does not learn of it');
    await waitForMail(test);
    t.equal(countMails(test, email), 5);
    const token = await readInvitation(test, email, 5);
    t.equal((await accept(test, { token, password: PASSWORD })).statusCode, 200);
  },
);

void t.test('429 beyond the mails that an organization may send, over all processes', async (t) => {
  const beside = await build(t, { beside: test });
  const other = await makeCompany(test);
  await test.query(
    `insert into invitation_mails (subject, mailed_at, expires_at)
     values ($1, array(select now() from generate_series(1, 98)), now() + interval '1 day')`,
    [other.organizationId],
  );
  t.equal((await invite(beside, other, { emails: [makeEmail()] })).length, 1);
  const body = { emails: [makeEmail(), makeEmail()], role: 'reader' };
  const refused = await test.request('POST', `${other.path}/members/invite/`, { token: other.owner.token, body });
  isProblem(t, refused, { code: 'rate_limited' });
  t.equal(refused.headers['retry-after'], '3600');
  const rows = await test.query('select 1 from invitations where email = any($1)', [body.emails]);
  t.same(rows, [], 'of several, none is invited then');
  t.equal((await invite(test, other, { emails: [makeEmail()] })).length, 1);
  await test.query(
    `update invitation_mails set mailed_at = array(select at - interval '1 hour' from unnest(mailed_at) as at)
     where subject = $1`,
    [other.organizationId],
  );
  t.equal((await invite(test, other, { emails: body.emails })).length, 2);
});

void t.test('409 beyond the invitations that may be open; what ran out takes no room', async (t) => {
  const small = await build(t, { env: { LATCHKEY_QUOTAS: '{"pending_invitations":2}' }, beside: test });
  const other = await makeCompany(small);
  const [first, second, third] = [makeEmail(), makeEmail(), makeEmail()];
  await invite(small, other, { emails: [first] });
  const ask = (emails: string[]) =>
    small.request('POST', `${other.path}/members/invite/`, {
      token: other.owner.token,
      body: { emails, role: 'reader' },
    });
  isProblem(t, await ask([second, third]), { code: 'quota_reached' });
  t.equal((await ask([second, first])).statusCode, 200);
  isProblem(t, await ask([third]), { code: 'quota_reached' });
  t.equal((await ask([second, first])).statusCode, 200, 'who is invited already takes no more');
  await expire(first);
  t.equal((await ask([third])).statusCode, 200);
});
