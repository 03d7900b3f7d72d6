import t from 'tap';
import { answerOf, countMails, waitForMail } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { makeEmail, registerUser } from '../../support/factories.ts';
import { invite, inviteOne, readChain, readInvitation } from '../../support/members.ts';
import { isProblem } from '../../support/problems.ts';
import { makeRetryKey } from '../../support/retries.ts';
import { recordStatements } from '../../support/statements.ts';

const test = await build(t);
const company = await makeCompany(test);
const { owner, admin, developer, reader, stranger, path, organizationId } = company;
const send = (body: unknown, token = owner.token, headers = {}) =>
  test.request('POST', `${path}/members/invite/`, { token, body, headers });

void t.test('200 with a result for each address, and a mail for each that was invited', async (t) => {
  const [fresh, known, open] = [makeEmail(), stranger.email, makeEmail()];
  await invite(test, company, { emails: [open] });
  const emails = [fresh, known, open, reader.email, fresh.toUpperCase()];
  const results = await invite(test, company, { emails, token: admin.token });
  const summary = results.map(({ email, result }) => [email, result]);
  t.same(summary, [
    [fresh, 'invited'],
    [known, 'invited'],
    [open, 'already_invited'],
    [reader.email, 'already_member'],
  ]);
  t.same(
    results.map(({ invitation }) => invitation === null),
    [false, false, false, true],
  );
  await waitForMail(test);
  t.equal(countMails(test, fresh), 1);
  t.equal(countMails(test, open), 1, 'who is invited already gets no second mail');
  t.equal(countMails(test, reader.email), 1, 'a member has only the mail of the registration');
});

void t.test('the mail says who invites to what, and carries the token behind the # of its link', async (t) => {
  const email = makeEmail();
  const { token } = await inviteOne(test, company, { email, role: 'admin' });
  const { content } = test.smtp.received.find(({ recipients }) => recipients.includes(email))!;
  const words = (content.text ?? '').replaceAll(/\s+/g, ' ').replaceAll('\u200b', '');
  t.match(words, `${owner.email} invites you to become a member of the organization ${owner.organizationName}`);
  t.match(words, 'with the role admin');
  const link = `${test.config.publicUrl}/console/invitation#${token}`;
  t.ok(content.text?.includes(`\n${link}\n`));
  t.equal(content.html?.split(`href="${link}"`).length, 2);
  t.notOk(content.subject?.includes(token));
});

void t.test('the answer, the mail and the work are the same whether or not an address has an account', async (t) => {
  const record = async (email: string) => {
    const statements = await recordStatements(async () => {
      const response = await send({ emails: [email], role: 'reader' });
      const id = response.json<{ results: { invitation: string }[] }>().results[0]!.invitation;
      answers.push(JSON.stringify(answerOf(response, email)).replaceAll(id, '<id>'));
    });
    const token = await readInvitation(test, email);
    const mail = test.smtp.received.findLast(({ recipients }) => recipients.includes(email))!;
    mails.push(
      `${mail.content.subject} ${mail.content.text}`.replaceAll(token, '<token>').replaceAll(email, '<email>'),
    );
    return statements;
  };
  const answers: string[] = [];
  const mails: string[] = [];
  const account = (await registerUser(test)).email;
  const [known, unknown] = [await record(account), await record(makeEmail())];
  t.same(known, unknown);
  t.equal(answers[0], answers[1]);
  t.equal(mails[0], mails[1]);
});

void t.test('only owners invite owners, only admins and owners anybody', async (t) => {
  const emails = [makeEmail()];
  for (const { token } of [developer, reader]) {
    isProblem(t, await send({ emails, role: 'reader' }, token), { code: 'insufficient_role' });
  }
  for (const role of ['owner', '01900000-0000-7000-8000-000000000001']) {
    isProblem(t, await send({ emails, role }, admin.token), { code: 'insufficient_role' });
  }
  isProblem(t, await send({ emails, role: 'reader' }, stranger.token), { code: 'not_found' });
  t.equal((await send({ emails, role: 'owner' })).statusCode, 200);
});

void t.test('400 that names every fault at once', async (t) => {
  const bad: [unknown, string[]][] = [
    [undefined, ['/emails', '/role']],
    [{ emails: [], role: 'reader' }, ['/emails']],
    [{ emails: Array.from({ length: 6 }, makeEmail), role: 'reader' }, ['/emails']],
    [{ emails: ['a@acme.example', 'a@acme.example'], role: 'reader' }, ['/emails']],
    [
      { emails: ['nobody', 'a@acme.example\r\nBcc: b@acme.example'], role: 'king' },
      ['/emails/0', '/emails/1', '/role'],
    ],
    [{ emails: [makeEmail()], role: 'reader', message: 'Hi' }, ['/message']],
  ];
  for (const [body, pointers] of bad) isProblem(t, await send(body), { code: 'invalid_request', pointers });
});

void t.test('POST members/ is the same for one email, as a reader where no role is said', async (t) => {
  const [first, second] = [makeEmail(), makeEmail()];
  const post = (body: unknown, token = owner.token) => test.request('POST', `${path}/members/`, { token, body });
  const made = await post({ email: first });
  t.equal(made.statusCode, 200);
  t.match(made.json(), { results: [{ email: first, result: 'invited' }] });
  t.equal((await post({ email: second, role: 'admin' })).statusCode, 200);
  const pending = await test.request('GET', `${path}/members/pending/`, { token: owner.token });
  const roles = pending
    .json<{ results: { email: string; role: string }[] }>()
    .results.map(({ email, role }) => [email, role]);
  t.same(roles.slice(0, 2), [
    [second, 'admin'],
    [first, 'reader'],
  ]);
  isProblem(t, await post({ email: first, role: 'owner' }, admin.token), { code: 'insufficient_role' });
  isProblem(t, await post({ emails: [first] }), { code: 'invalid_request', pointers: ['/email', '/emails'] });
});

void t.test('sent again with its Idempotency-Key it invites once, and no token is in what is kept', async (t) => {
  const email = makeEmail();
  const headers = { 'idempotency-key': makeRetryKey() };
  const first = await send({ emails: [email], role: 'reader' }, owner.token, headers);
  const again = await send({ emails: [email], role: 'reader' }, owner.token, headers);
  t.equal(again.headers['idempotency-replayed'], 'true');
  t.equal(again.body, first.body);
  t.equal(again.headers.etag, undefined);
  await waitForMail(test);
  t.equal(countMails(test, email), 1);
});

void t.test('the trail tells of it, with the role and without the token', async (t) => {
  const email = makeEmail();
  const { id, token } = await inviteOne(test, company, { email });
  const event = (await readChain(test, organizationId)).at(-1);
  const changes = { role: { from: null, to: 'developer' } };
  t.match(event, { action: 'invitation.create', actor: { id: owner.userId }, target: { id, name: email }, changes });
  const rows = await test.query('select canonical from audit_events where position($1 in canonical) > 0', [token]);
  t.same(rows, []);
});

void t.test('what an organization is called is plain text in a mail, whatever it is called', async (t) => {
  const names = [
    '<b>Acme</b><img src=x onerror=alert(1)>',
    'https://evil.example/login?a=1',
    'www.evil.example - log in at evil.example',
    'mail security@bank.example now',
    'Acme\r\nBcc: everybody@acme.example\r\n\r\nGet rich',
    'Acme\u202egro.live\u202c \u2066x\u2069 \u200f\ufeff',
    'a'.repeat(5_000),
  ];
  for (const name of names) {
    await test.query('update organizations set name = $1 where id = $2', [name, organizationId]);
    const email = makeEmail();
    const { token } = await inviteOne(test, company, { email, role: 'reader' });
    const mail = test.smtp.received.find(({ recipients }) => recipients.includes(email))!;
    const { subject = '', text = '', html = '' } = mail.content;
    t.same(mail.recipients, [email]);
    t.ok(subject.length < 120 && !/[\r\n]/.test(subject), 'one short line');
    t.notMatch(mail.raw, /^Bcc:/im);
    for (const part of [subject, text, html]) {
      t.notMatch(part, /[\u202a-\u202e\u2066-\u2069\u200f\ufeff]/u, 'nothing that turns the order of characters');
      t.notMatch(part, /evil\.example|bank\.example/, 'nothing that becomes a link');
    }
    t.notMatch(html, /<(?:b|img)[ >]/, 'no element');
    const links = [...text.matchAll(/https?:\/\/\S+/g)].map(([link]) => link.replace(/[,.]$/, ''));
    t.same(
      links.filter((link) => !link.startsWith(test.config.publicUrl)),
      [],
      'no link but ours',
    );
    t.ok(text.includes(`#${token}`));
  }
  await test.query('update organizations set name = $1 where id = $2', [owner.organizationName, organizationId]);
});
