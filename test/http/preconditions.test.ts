import t from 'tap';
import { build } from '../support/build-app.ts';
import { createApplication, makeCompany } from '../support/company.ts';
import { createClient, insertInvitation, insertMember } from '../support/factories.ts';
import { isProblem } from '../support/problems.ts';

void t.test('If-Match', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, path } = company;
  const { token } = owner;
  const { uuid } = await createApplication(test, company);
  const client = await createClient(test, owner);
  const records = {
    organization: `${path}/`,
    application: `${path}/applications/${uuid}/`,
    'API client': `${path}/api-clients/${client.client_id}/`,
    member: `${path}/members/${await insertMember(test, company.organizationId)}/`,
  };
  const patch = (url: string, ifMatch?: string) =>
    test.request('PATCH', url, { token, body: {}, headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } });
  const versionOf = async (url: string) => {
    const tag = String((await test.request('GET', url, { token })).headers.etag);
    return Number(/^"(\d+)"$/.exec(tag)?.[1]);
  };

  for (const [name, url] of Object.entries(records)) {
    await t.test(
      `${name}: every change gives a new entity tag, the same in the answer and in the next read`,
      async (t) => {
        const before = await versionOf(url);
        const response = await patch(url);
        t.equal(response.headers.etag, `"${before + 1}"`);
        t.equal(await versionOf(url), before + 1);
      },
    );

    await t.test(
      `${name}: 200 without a condition, for any version, and for a list with the current one`,
      async (t) => {
        t.equal((await patch(url)).statusCode, 200);
        for (const any of ['*', ' * ']) t.equal((await patch(url, any)).statusCode, 200);
        for (const listOf of [
          (v: number) => `"${v}"`,
          (v: number) => `"${v - 1}", "${v}", "${v + 1}"`,
          (v: number) => `"x","${v}"`,
          (v: number) => `W/"1" ,, "${v}"`,
        ]) {
          const tag = listOf(await versionOf(url));
          t.equal((await patch(url, tag)).statusCode, 200, tag);
        }
      },
    );

    await t.test(
      `${name}: 400 for a condition of more than 1,000 characters, which is named in the detail`,
      async (t) => {
        for (const response of [await patch(url, `"${'1'.repeat(999)}"`), await patch(url, ' '.repeat(1001) + '"1"')]) {
          isProblem(t, response, { code: 'invalid_request' });
          t.match(response.json(), { detail: /^The header if-match must have at most 1000 characters\.$/ });
          t.notOk('errors' in response.json<object>());
        }
      },
    );

    await t.test(`${name}: 200 for the current tag as compressing proxies make it`, async (t) => {
      for (const make of [
        (v: number) => `W/"${v}"`,
        (v: number) => `"${v}-gzip"`,
        (v: number) => `"${v};gzip"`,
        (v: number) => `"${v}-br"`,
        (v: number) => `"${v}--zstd"`,
        (v: number) => `W/"${v}-gzip"`,
        (v: number) => `"x", W/"${v}"`,
      ]) {
        const tag = make(await versionOf(url));
        t.equal((await patch(url, tag)).statusCode, 200, tag);
      }
    });

    await t.test(`${name}: 412 for a tag that is not the current one, and nothing changes`, async (t) => {
      const v = await versionOf(url);
      const passed = [`"${v - 1}"`, `"${v + 1}"`, `"${v - 1}", "${v - 2}"`];
      const alike = [`${v}`, `"0${v}"`, `"${v}.0"`, `"+${v}"`, `" ${v}"`, `'${v}'`, `w/"${v}"`, `"${v}""`, `"${v}-"`];
      alike.push(`"${v}-1"`, `"${v} gzip"`, `"${v}gzip"`, `"-gzip"`, `"${v + 1}-gzip"`, `W/"${v + 1}"`, `W/${v}`);
      const garbage = ['', '"', '""', '"*"', 'null', '"-1"', '"1e3"', '"0"', '"9999999999"', '"1" or true'];
      for (const tag of [...passed, ...alike, ...garbage]) {
        isProblem(t, await patch(url, tag), { code: 'precondition_failed', message: tag });
      }
      t.equal(await versionOf(url), v);
    });
  }

  await t.test('404 comes before the condition where there is no record', async (t) => {
    const missing = `${path}/applications/0199a000-0000-7000-8000-000000000000/`;
    for (const tag of ['*', '"1"']) isProblem(t, await patch(missing, tag), { code: 'not_found' });
    isProblem(t, await test.request('DELETE', missing, { token, headers: { 'if-match': '"1"' } }), {
      code: 'not_found',
    });
  });
});

void t.test('If-None-Match', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, path } = company;
  const { token } = owner;
  const { uuid } = await createApplication(test, company);
  const client = await createClient(test, owner);
  const ids: Record<string, string> = {
    org: company.organizationId,
    app: uuid,
    client_id: client.client_id,
    member: await insertMember(test, company.organizationId),
    invitation: await insertInvitation(test, company.organizationId),
  };
  const read = (url: string, known?: string, as = token) =>
    test.request('GET', url, { token: as, headers: known === undefined ? {} : { 'if-none-match': known } });

  await t.test('304 without a body for the tag that a read gave, on every single record that has one', async (t) => {
    const { paths } = test.app.swagger() as unknown as {
      paths: Record<string, { get?: { responses: Record<string, { headers?: object }> } }>;
    };
    const tagged = Object.entries(paths).filter(([, { get }]) => 'ETag' in (get?.responses['200']?.headers ?? {}));
    t.ok(tagged.length >= 3);
    for (const [template, { get }] of tagged) {
      const url = template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => String(ids[name]));
      const full = await read(url);
      t.equal(full.statusCode, 200, url);
      const tag = String(full.headers.etag);
      const unquoted = tag.slice(1, -1);
      t.ok('304' in (get?.responses ?? {}), `${template} says so`);
      for (const known of [tag, `W/${tag}`, `"${unquoted}-gzip"`, `W/"${unquoted};gzip"`, `"x", ${tag}`, '*', ' * ']) {
        const answer = await read(url, known);
        t.same([answer.statusCode, answer.body, answer.headers.etag], [304, '', tag], `${known} of ${template}`);
        for (const name of ['content-type', 'content-length']) t.equal(answer.headers[name], undefined, name);
        t.equal(answer.headers['cache-control'], 'no-store');
      }
      const head = await test.request('HEAD', url, { token, headers: { 'if-none-match': tag } });
      t.equal(head.statusCode, 304, template);
      for (const other of ['"0"', '', 'x', unquoted, `"${unquoted}0"`, `"${unquoted}-1"`, `"x${unquoted}"`]) {
        t.same((await read(url, other)).json(), full.json(), `${other} of ${template}`);
      }
    }
  });

  await t.test('200 again once the record has changed', async (t) => {
    const url = `${path}/api-clients/${client.client_id}/`;
    const before = String((await read(url)).headers.etag);
    await test.request('PATCH', url, { token, body: { name: 'Renamed' } });
    const after = await read(url, before);
    t.same([after.statusCode, after.json<{ name: string }>().name], [200, 'Renamed']);
    await test.request('POST', `${url}regenerate-secret/`, { token });
    t.equal((await read(url, String(after.headers.etag))).statusCode, 200, 'its hint is another one');
  });

  await t.test(
    '200 again when the role that an organization shows is another, and If-Match takes the tag',
    async (t) => {
      const { admin } = company;
      const url = `${path}/`;
      const before = String((await read(url, undefined, admin.token)).headers.etag);
      t.equal((await read(url, before, admin.token)).statusCode, 304);
      const headers = { 'if-match': before };
      const changed = await test.request('PATCH', url, { token: admin.token, body: { name: 'Acme' }, headers });
      t.equal(changed.statusCode, 200);
      const tag = String(changed.headers.etag);
      await test.query(`update memberships set role = 'reader' where user_id = $1`, [admin.userId]);
      const after = await read(url, tag, admin.token);
      t.same([after.statusCode, after.json<{ role: string }>().role], [200, 'reader']);
    },
  );

  await t.test('who may not read a record hears nothing of its tag', async (t) => {
    const url = `${path}/api-clients/${client.client_id}/`;
    isProblem(t, await read(url, '*', company.stranger.token), { code: 'not_found' });
    t.equal((await test.request('GET', url, { headers: { 'if-none-match': '*' } })).statusCode, 401);
    isProblem(t, await read(`${path}/api-clients/${'A'.repeat(22)}/`, '*'), { code: 'not_found' });
  });
});
