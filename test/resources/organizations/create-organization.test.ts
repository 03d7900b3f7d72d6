import t from 'tap';
import { build } from '../../support/build-app.ts';
import { refuseInserts } from '../../support/company.ts';
import { API, registerUser } from '../../support/factories.ts';
import { isProblem, shown } from '../../support/problems.ts';

const PATH = `${API}/organizations/`;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface OrganizationRecord {
  uuid: string;
  created_at: string;
}

void t.test('POST organizations/', async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  const { token } = user;
  const create = (body?: unknown) => test.request('POST', PATH, { token, body });
  const count = async () => (await test.query('select 1 from organizations')).length;

  await t.test('201 with the record, and the caller is its owner', async (t) => {
    const response = await create({ name: 'Acme', contact_email: 'platform@acme.example' });
    t.equal(response.statusCode, 201);
    t.equal(response.headers.etag, '"1"');
    t.equal(response.headers['cache-control'], 'no-store');
    const record = response.json<OrganizationRecord>();
    t.same(record, {
      uuid: record.uuid,
      name: 'Acme',
      contact_email: 'platform@acme.example',
      role: 'owner',
      created_at: record.created_at,
    });
    t.match(record.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'a UUIDv7');
    t.match(record.created_at, RFC_3339);
    const read = await test.request('GET', `${PATH}${record.uuid}/`, { token });
    t.same(read.json(), record);
  });

  await t.test('201 with the caller’s email where no contact is given, and without the trailing slash', async (t) => {
    const response = await test.request('POST', `${API}/organizations`, { token, body: { name: 'Acme' } });
    t.equal(response.statusCode, 201);
    t.match(response.json(), { name: 'Acme', contact_email: user.email });
  });

  await t.test('201 for a name that another organization has: names are not unique', async (t) => {
    t.equal((await create({ name: 'Acme' })).statusCode, 201);
  });

  await t.test('201 with a name of 200 characters, whatever their planes', async (t) => {
    for (const name of ['x'.repeat(200), '😀'.repeat(200), ' Zürich  Söhne ', "O'Brien -- <b> %s \\ ☃"]) {
      const response = await create({ name });
      t.equal(response.statusCode, 201, shown(name));
      t.equal(response.json<{ name: string }>().name, name, 'it is kept as it was sent');
    }
  });

  await t.test('400 names everything that is wrong at once', async (t) => {
    const body = { name: 7, contact_email: 'nobody', colour: 'red', 'a/b': 1, 'c~d': 2, '': 3, role: 'owner' };
    const pointers = ['/name', '/contact_email', '/colour', '/a~1b', '/c~0d', '/', '/role'];
    isProblem(t, await create(body), { code: 'invalid_request', pointers });
  });

  await t.test('400 names what is missing, whether the body is {}, empty or not there', async (t) => {
    for (const body of [{}, '', undefined]) {
      isProblem(t, await create(body), { code: 'invalid_request', pointers: ['/name'] });
    }
  });

  await t.test('400 for a name that is blank, too long, or no plain line of text', async (t) => {
    const before = await count();
    const names = ['', ' ', '\u3000\t', 'x'.repeat(201), '😀'.repeat(201), 'a\u0000', 'a\nb', 'a\u001b[31m', 'a\u007f'];
    for (const name of [...names, 'a\u0085b', 'a\u2028b', '\ud800', 'a\udc00b', null, ['Acme'], { a: 1 }]) {
      const message = shown(name);
      const response = await create({ name });
      t.equal(response.statusCode, 400, message);
      const { errors } = response.json<{ errors: { pointer: string }[] }>();
      t.ok(errors.length > 0 && errors.every(({ pointer }) => pointer === '/name'), message);
    }
    t.equal(await count(), before, 'nothing was made');
  });

  await t.test('400 for a contact that is no email address', async (t) => {
    const emails = [
      '',
      'a',
      'a@',
      '@b.example',
      'a@b@c.example',
      'a b@c.example',
      'a@b.example\u0000',
      'a@b.example\n',
    ];
    for (const contact_email of [...emails, `${'a'.repeat(250)}@b.example`, null, 1, 'ä\ud800@b.example']) {
      const response = await create({ name: 'Acme', contact_email });
      t.equal(response.statusCode, 400, shown(contact_email));
      t.match(response.json(), { errors: [{ pointer: '/contact_email' }] });
    }
  });

  await t.test('400 for an unknown query parameter', async (t) => {
    const response = await test.request('POST', `${PATH}?dry_run=1`, { token, body: { name: 'Acme' } });
    isProblem(t, response, { code: 'invalid_request', pointers: ['?dry_run'] });
    const both = await test.request('POST', `${PATH}?dry_run=1&limit=5`, { token, body: { label: 'Acme' } });
    isProblem(t, both, { code: 'invalid_request', pointers: ['/name', '/label', '?dry_run', '?limit'] });
  });

  await t.test('401 without a token', async (t) => {
    const response = await test.request('POST', PATH, { body: { name: 'Acme' } });
    isProblem(t, response, { code: 'unauthorized' });
    t.equal(response.headers['www-authenticate'], 'Bearer realm="latchkey"');
  });

  await t.test('413 and 415 for a body that is too large or no JSON', async (t) => {
    isProblem(t, await create({ name: 'x'.repeat(300_000) }), { code: 'content_too_large' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await test.request('POST', PATH, { token, body: 'name=Acme', headers });
    isProblem(t, response, { code: 'unsupported_media_type' });
  });

  await t.test('a failure half-way leaves no organization that nobody owns', async (t) => {
    const before = await count();
    const restore = await refuseInserts(test, 'memberships');
    isProblem(t, await create({ name: 'Half' }), { code: 'internal_error' });
    t.equal(await count(), before);
    await restore();
    t.equal((await create({ name: 'Whole' })).statusCode, 201);
  });
});
